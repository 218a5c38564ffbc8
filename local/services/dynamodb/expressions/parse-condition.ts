import type { ConditionChecks } from './condition-checks.ts';
import { conditionChecks } from './condition-checks.ts';
import { type ExpressionScope, OperandReader, Problems } from './expression-scope.ts';
import { type Condition, type ConditionFunction, isPath, type Operand, type ParsedCondition } from './expression-tree.ts';
import { TokenStream } from './token-stream.ts';

const KEYWORDS = ['AND', 'OR', 'NOT', 'IN', 'BETWEEN'];
const COMPARATORS: readonly string[] = ['=', '<>', '<', '<=', '>', '>='];
const CONDITION_KINDS = ['name', 'value', 'operand', 'distinct', 'function'];
/** Each level is an operator or a redundant parenthesis, so a deeper expression breaks one of their rules anyway. */
const MAX_DEPTH = 300;

/** Part of a condition while it is read: it may turn out to be an operand. */
type Part =
  | { readonly condition: Condition; readonly inParentheses?: boolean }
  | { readonly operand: Operand | FunctionCall; readonly inParentheses?: boolean };

interface FunctionCall {
  readonly type: 'function';
  readonly name: string;
  readonly args: readonly Operand[];
}

/** Parses a `ConditionExpression`, `FilterExpression` or `KeyConditionExpression`. @returns the problem as a text. */
export function parseCondition(expression: string, scope: ExpressionScope): ParsedCondition | string {
  return new ConditionParser(expression, scope).parse();
}

class ConditionParser {
  readonly #tokens: TokenStream;
  readonly #problems = new Problems();
  readonly #reader: OperandReader;
  readonly #checks: ConditionChecks;
  #depth = 0;

  constructor(expression: string, scope: ExpressionScope) {
    this.#tokens = new TokenStream(expression);
    this.#reader = new OperandReader(this.#tokens, scope, this.#problems, KEYWORDS);
    this.#checks = conditionChecks(this.#problems);
  }

  parse(): ParsedCondition | string {
    const expression = this.#asCondition(this.#or());
    this.#tokens.expectEnd();
    const problem = this.#problems.first(['depth', 'parentheses', 'unknown', 'misused', 'reserved', 'condition']);
    return problem ?? { expression, nestedPaths: this.#reader.nestedPaths, pathHeads: this.#reader.pathHeads };
  }

  #or(): Part {
    let left = this.#and();
    while (this.#tokens.isWord('OR')) {
      const first = this.#asCondition(left);
      this.#tokens.takeWord('OR');
      left = { condition: { type: 'or', args: [first, this.#asCondition(this.#and())] } };
    }
    return left;
  }

  #and(): Part {
    let left = this.#not();
    while (this.#tokens.isWord('AND')) {
      const first = this.#asCondition(left);
      this.#tokens.takeWord('AND');
      left = { condition: { type: 'and', args: [first, this.#asCondition(this.#not())] } };
    }
    return left;
  }

  #not(): Part {
    if (!this.#tokens.takeWord('NOT')) return this.#comparison();
    return this.#deeper(() => ({ condition: { type: 'not', args: [this.#asCondition(this.#not())] } }));
  }

  #comparison(): Part {
    const left = this.#primary();
    if ('condition' in left) return left;
    const condition = this.#comparisonOf(left.operand as Operand);
    if (condition === undefined) return left;
    this.#sealCondition();
    return { condition };
  }

  #comparisonOf(left: Operand): Condition | undefined {
    const token = this.#tokens.peek();
    if (token?.kind === 'sign' && COMPARATORS.includes(token.text)) {
      this.#tokens.takeSign(token.text);
      const right = this.#operand();
      this.#checks.comparison(token.text, left, right);
      return { type: token.text as '=', args: [left, right] };
    }
    if (this.#tokens.takeWord('BETWEEN')) {
      const low = this.#operand();
      this.#tokens.expectWord('AND');
      const high = this.#operand();
      this.#checks.between(left, low, high);
      return { type: 'between', args: [left, low, high] };
    }
    if (!this.#tokens.takeWord('IN')) return undefined;
    this.#tokens.expectSign('(');
    const candidates = this.#list();
    this.#checks.in(left, candidates);
    return { type: 'in', args: [left, ...candidates] };
  }

  #primary(): Part {
    if (!this.#tokens.takeSign('(')) return { operand: this.#simpleOperand() };
    return this.#deeper(() => {
      const inner = this.#or();
      this.#tokens.expectSign(')');
      if (inner.inParentheses) this.#problems.add('parentheses', 'The expression has redundant parentheses;');
      return { ...inner, inParentheses: true };
    });
  }

  /** An operand on the right of an operator or among arguments; parentheses may enclose it. */
  #operand(): Operand {
    if (!this.#tokens.takeSign('(')) return this.#simpleOperand() as Operand;
    return this.#deeper(() => {
      if (this.#tokens.peek()?.text === '(') this.#problems.add('parentheses', 'The expression has redundant parentheses;');
      const inner = this.#operand();
      this.#tokens.expectSign(')');
      return inner;
    });
  }

  #simpleOperand(): Operand | FunctionCall {
    const token = this.#tokens.peek();
    if (token?.kind === 'value') return this.#reader.value();
    const next = this.#tokens.peek(1);
    if (token?.kind !== 'word' || next?.text !== '(' || KEYWORDS.includes(token.text.toUpperCase())) return this.#reader.path();
    return this.#deeper(() => {
      this.#tokens.take('word');
      this.#tokens.expectSign('(');
      const args = this.#list();
      this.#checks.functionCall(token.text, args);
      return { type: 'function', name: token.text, args };
    });
  }

  /** `a, b)` */
  #list(): Operand[] {
    const members = [this.#operand()];
    while (this.#tokens.takeSign(',')) members.push(this.#operand());
    this.#tokens.expectSign(')');
    return members;
  }

  /** A function may stand alone, a path or a value may not. */
  #asCondition(part: Part): Condition {
    if ('condition' in part) return part.condition;
    const { operand } = part;
    if (isPath(operand) || !('type' in operand)) throw this.#tokens.unexpected();
    if (operand.name === 'size') this.#checks.misused('size');
    this.#sealCondition();
    return { type: 'function', name: operand.name as ConditionFunction, args: operand.args };
  }

  /** Of the problems inside conditions the first condition that has one counts. */
  #sealCondition(): void {
    const problem = this.#problems.first(CONDITION_KINDS);
    if (problem !== undefined) this.#problems.add('condition', problem);
    this.#problems.clear(CONDITION_KINDS);
  }

  #deeper<T>(read: () => T): T {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw new DepthError();
    const result = read();
    this.#depth -= 1;
    return result;
  }
}

/** Nested beyond what a valid expression can be. */
export class DepthError extends Error {
  override readonly name = 'DepthError';

  constructor() {
    super(`The expression contains too many operators; operator count: ${MAX_DEPTH + 1}`);
  }
}

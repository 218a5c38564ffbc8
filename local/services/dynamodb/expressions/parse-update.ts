import { type AttributeType, typeOf } from '../values/attribute-value.ts';
import { checkOverlap, type ExpressionScope, OperandReader, Problems, pathText, sameOperand } from './expression-scope.ts';
import { type DocumentPath, isPath, type ParsedUpdate, type UpdateOperand, type UpdateSection } from './expression-tree.ts';
import { DepthError } from './parse-condition.ts';
import { TokenStream } from './token-stream.ts';

const CLAUSES = ['SET', 'REMOVE', 'ADD', 'DELETE'] as const;
type Clause = (typeof CLAUSES)[number];
const OF_CONDITIONS: readonly string[] = ['size', 'contains', 'begins_with', 'attribute_exists', 'attribute_not_exists', 'attribute_type'];
const TYPE_NAMES: Readonly<Partial<Record<AttributeType, string>>> = {
  S: 'STRING',
  N: 'NUMBER',
  B: 'BINARY',
  NULL: 'NULL',
  BOOL: 'BOOLEAN',
  L: 'LIST',
  M: 'MAP',
};
const ORDER = ['reserved', 'unknown', 'misused', 'section', 'name', 'value', 'overlap', 'conflict', 'operand', 'function', 'distinct'];
const MAX_DEPTH = 300;

/** Parses an `UpdateExpression`. @returns the problem as a text. */
export function parseUpdate(expression: string, scope: ExpressionScope): ParsedUpdate | string {
  return new UpdateParser(expression, scope).parse();
}

class UpdateParser {
  readonly #tokens: TokenStream;
  readonly #problems = new Problems();
  readonly #reader: OperandReader;
  readonly #paths: DocumentPath[] = [];
  #depth = 0;

  constructor(expression: string, scope: ExpressionScope) {
    this.#tokens = new TokenStream(expression);
    this.#reader = new OperandReader(this.#tokens, scope, this.#problems, CLAUSES);
  }

  parse(): ParsedUpdate | string {
    const sections: UpdateSection[] = [];
    const seen = new Set<Clause>();
    do {
      const clause = CLAUSES.find((candidate) => this.#tokens.takeWord(candidate));
      if (clause === undefined) throw this.#tokens.unexpected();
      if (seen.has(clause)) this.#problems.add('section', `The "${clause}" section can only be used once in an update expression;`);
      seen.add(clause);
      do sections.push(this.#section(clause));
      while (this.#tokens.takeSign(','));
    } while (this.#tokens.peek() !== undefined);
    return this.#problems.first(ORDER) ?? { sections, paths: this.#paths, nestedPaths: this.#reader.nestedPaths };
  }

  #section(clause: Clause): UpdateSection {
    const path = this.#reader.path();
    checkOverlap(this.#paths, path, this.#problems);
    this.#paths.push(path);
    if (clause === 'REMOVE') return { type: 'remove', path };
    if (clause === 'SET') {
      this.#tokens.expectSign('=');
      const val = this.#sum();
      return { type: 'set', path, val, attrType: typeOfOperand(val) };
    }
    const val = this.#reader.value();
    const type = typeOf(val);
    if (TYPE_NAMES[type] !== undefined && !(clause === 'ADD' && type === 'N')) {
      this.#problems.add(
        'operand',
        `Incorrect operand type for operator or function; operator: ${clause}, operand type: ${TYPE_NAMES[type]}, typeSet: ALLOWED_FOR_${clause}_OPERAND`,
      );
    }
    return { type: clause === 'ADD' ? 'add' : 'delete', path, val, attrType: type };
  }

  /** `a + :b`, or one operand; parentheses may enclose either. */
  #sum(): UpdateOperand {
    if (this.#tokens.peek()?.text === '(') {
      return this.#deeper(() => {
        this.#tokens.expectSign('(');
        const inner = this.#sum();
        this.#tokens.expectSign(')');
        return 'type' in inner && !isPath(inner) && inner.type !== 'function' ? inner : this.#sumFrom(inner);
      });
    }
    return this.#sumFrom(this.#operand());
  }

  #sumFrom(left: UpdateOperand): UpdateOperand {
    const sign = ['+', '-'].find((candidate) => this.#tokens.takeSign(candidate));
    if (sign === undefined) return left;
    const args = [left, this.#operand()] as const;
    for (const operand of args) {
      if (!isPath(operand) && 'type' in operand && operand.type === 'function' && operand.name === 'list_append') {
        this.#problems.add('misused', 'The function is not allowed to be used this way in an expression; function: list_append');
      }
    }
    const type = args.map(typeOfLiteral).find((candidate) => candidate !== undefined && candidate !== 'N');
    if (type !== undefined) this.#problems.add('function', wrongType(sign, type));
    return { type: sign === '+' ? 'add' : 'subtract', args };
  }

  #operand(): UpdateOperand {
    const token = this.#tokens.peek();
    if (token?.kind === 'value') return this.#reader.value();
    if (token?.text === '(') {
      return this.#deeper(() => {
        this.#tokens.expectSign('(');
        const inner = this.#operand();
        this.#tokens.expectSign(')');
        return inner;
      });
    }
    if (token?.kind === 'word' && this.#tokens.peek(1)?.text === '(') return this.#deeper(() => this.#functionCall(token.text));
    return this.#reader.path();
  }

  #functionCall(name: string): UpdateOperand {
    this.#tokens.take('word');
    this.#tokens.expectSign('(');
    const args = [this.#operand()];
    while (this.#tokens.takeSign(',')) args.push(this.#operand());
    this.#tokens.expectSign(')');
    this.#checkFunction(name, args);
    return { type: 'function', name: name as 'list_append', args: args as unknown as [UpdateOperand, UpdateOperand] };
  }

  #checkFunction(name: string, args: readonly UpdateOperand[]): void {
    if (name !== 'if_not_exists' && name !== 'list_append') {
      const problem = OF_CONDITIONS.includes(name) ? 'The function is not allowed in an update expression' : 'Invalid function name';
      this.#problems.add('unknown', `${problem}; function: ${name}`);
    } else if (args.length !== 2) {
      this.#problems.add(
        'function',
        `Incorrect number of operands for operator or function; operator or function: ${name}, number of operands: ${args.length}`,
      );
    } else if (name === 'if_not_exists') {
      const [path, otherwise] = args;
      if (!isPath(path)) this.#problems.add('function', `Operator or function requires a document path; operator or function: ${name}`);
      else if (isPath(otherwise) && pathText(path) === pathText(otherwise)) this.#problems.add('distinct', sameOperand(name, path));
    } else {
      const type = args.map(typeOfLiteral).find((candidate) => candidate !== undefined && candidate !== 'L');
      if (type !== undefined) this.#problems.add('function', wrongType(name, type));
    }
  }

  #deeper<T>(read: () => T): T {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw new DepthError();
    const result = read();
    this.#depth -= 1;
    return result;
  }
}

function typeOfLiteral(operand: UpdateOperand): AttributeType | undefined {
  return isPath(operand) || 'type' in operand ? undefined : typeOf(operand);
}

/** The type of an assigned value, where it is known before the item is read. */
function typeOfOperand(operand: UpdateOperand | undefined): AttributeType | undefined {
  if (operand === undefined || isPath(operand)) return undefined;
  if (!('type' in operand)) return typeOf(operand);
  if (operand.type !== 'function') return 'N';
  return operand.name === 'list_append' ? 'L' : typeOfOperand(operand.args[1]);
}

function wrongType(operator: string, type: string): string {
  return `Incorrect operand type for operator or function; operator or function: ${operator}, operand type: ${type}`;
}

import type { AttributeValue } from '../values/attribute-value.ts';
import type { DocumentPath } from './expression-tree.ts';
import { isReservedWord } from './reserved-words.ts';
import type { TokenStream } from './token-stream.ts';

/** What expressions of one request share: the placeholders, and which of them are used. */
export class ExpressionScope {
  readonly #names: Readonly<Record<string, string>>;
  readonly #values: Readonly<Record<string, AttributeValue>>;
  readonly unusedNames: Set<string>;
  readonly unusedValues: Set<string>;

  constructor(names: Readonly<Record<string, string>> = {}, values: Readonly<Record<string, AttributeValue>> = {}) {
    this.#names = names;
    this.#values = values;
    this.unusedNames = new Set(Object.keys(names));
    this.unusedValues = new Set(Object.keys(values));
  }

  name(placeholder: string): string | undefined {
    this.unusedNames.delete(placeholder);
    return Object.hasOwn(this.#names, placeholder) ? this.#names[placeholder] : undefined;
  }

  value(placeholder: string): AttributeValue | undefined {
    this.unusedValues.delete(placeholder);
    return Object.hasOwn(this.#values, placeholder) ? this.#values[placeholder] : undefined;
  }
}

/**
 * Problems of a well-formed expression. DynamoDB reads all of it and then reports one by kind, not the first one:
 * a kind keeps its first problem.
 */
export class Problems {
  readonly #found = new Map<string, string>();

  add(kind: string, problem: string): void {
    if (!this.#found.has(kind)) this.#found.set(kind, problem);
  }

  first(kinds: readonly string[]): string | undefined {
    const kind = kinds.find((candidate) => this.#found.has(candidate));
    return kind === undefined ? undefined : this.#found.get(kind);
  }

  clear(kinds: readonly string[]): void {
    for (const kind of kinds) this.#found.delete(kind);
  }
}

/** Reads document paths and values of an expression. */
export class OperandReader {
  readonly tokens: TokenStream;
  readonly problems: Problems;
  readonly nestedPaths: Record<string, boolean> = Object.create(null);
  readonly pathHeads: Record<string, boolean> = Object.create(null);
  readonly #scope: ExpressionScope;
  readonly #keywords: readonly string[];

  constructor(tokens: TokenStream, scope: ExpressionScope, problems: Problems, keywords: readonly string[]) {
    this.tokens = tokens;
    this.#scope = scope;
    this.problems = problems;
    this.#keywords = keywords;
  }

  /** `a.b[1].#c` */
  path(): DocumentPath {
    const path: (string | number)[] = [this.#step()];
    for (;;) {
      if (this.tokens.takeSign('.')) {
        path.push(this.#step());
      } else if (this.tokens.takeSign('[')) {
        path.push(Number(this.tokens.take('number').text));
        this.tokens.expectSign(']');
      } else break;
    }
    const head = String(path[0]);
    if (path.length > 1) this.nestedPaths[head] = true;
    this.pathHeads[head] = true;
    return path;
  }

  /** `:v`. An undefined placeholder is a problem; the value is then an empty text, which nobody sees. */
  value(): AttributeValue {
    const { text } = this.tokens.take('value');
    const value = this.#scope.value(text);
    if (value !== undefined) return value;
    this.problems.add('value', `An expression attribute value used in expression is not defined; attribute value: ${text}`);
    return { S: '' };
  }

  #step(): string {
    const token = this.tokens.peek();
    if (token?.kind === 'name') {
      this.tokens.take('name');
      const name = this.#scope.name(token.text);
      if (name === undefined)
        this.problems.add('name', `An expression attribute name used in the document path is not defined; attribute name: ${token.text}`);
      return name ?? token.text;
    }
    if (token?.kind !== 'word' || this.#keywords.includes(token.text.toUpperCase())) throw this.tokens.unexpected();
    this.tokens.take('word');
    if (isReservedWord(token.text)) this.problems.add('reserved', `Attribute name is a reserved keyword; reserved keyword: ${token.text}`);
    return token.text;
  }
}

/** `[a, [1], b]` */
export function pathText(path: DocumentPath): string {
  return `[${path.map((step) => (typeof step === 'number' ? `[${step}]` : step)).join(', ')}]`;
}

/** The problem of an operator or function that gets the same path twice. */
export function sameOperand(operator: string, path: DocumentPath): string {
  return `The first operand must be distinct from the remaining operands for this operator or function; operator: ${operator}, first operand: ${pathText(path)}`;
}

/** Records when a path is part of another, or takes for a list what another takes for a map. */
export function checkOverlap(paths: readonly DocumentPath[], path: DocumentPath, problems: Problems): void {
  for (const other of paths) {
    const length = Math.min(path.length, other.length);
    let same = 0;
    while (same < length && path[same] === other[same]) same += 1;
    const text = `must remove or rewrite one of these paths; path one: ${pathText(other)}, path two: ${pathText(path)}`;
    if (same === length) problems.add('overlap', `Two document paths overlap with each other; ${text}`);
    else if (typeof path[same] !== typeof other[same]) problems.add('conflict', `Two document paths conflict with each other; ${text}`);
  }
}

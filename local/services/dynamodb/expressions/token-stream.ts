/** A word, placeholder, number or sign of an expression. */
export interface Token {
  readonly kind: 'word' | 'name' | 'value' | 'number' | 'sign';
  readonly text: string;
  readonly start: number;
}

const TOKEN = /([A-Za-z_][A-Za-z0-9_]*)|(#[A-Za-z0-9_]+)|(:[A-Za-z0-9_]+)|(\d+)|(<>|<=|>=|\S)/g;
const KINDS = ['word', 'name', 'value', 'number', 'sign'] as const;

/** An expression that DynamoDB's grammar does not have. */
export class ExpressionSyntaxError extends Error {
  override readonly name = 'ExpressionSyntaxError';
}

/** Reads an expression token by token. */
export class TokenStream {
  readonly #expression: string;
  readonly #tokens: readonly Token[];
  #position = 0;

  constructor(expression: string) {
    this.#expression = expression;
    this.#tokens = [...expression.matchAll(TOKEN)].map((match) => {
      const kind = KINDS[match.slice(1).findIndex((group) => group !== undefined)] as Token['kind'];
      return { kind, text: match[0], start: match.index };
    });
  }

  /** The token that comes next, or one behind it; undefined at the end. */
  peek(ahead = 0): Token | undefined {
    return this.#tokens[this.#position + ahead];
  }

  /** Takes the next token when it is this sign. */
  takeSign(sign: string): boolean {
    const token = this.peek();
    if (token?.kind !== 'sign' || token.text !== sign) return false;
    this.#position += 1;
    return true;
  }

  /** Takes the next token when it is this word, in any case. */
  takeWord(word: string): boolean {
    if (!this.isWord(word)) return false;
    this.#position += 1;
    return true;
  }

  isWord(word: string): boolean {
    const token = this.peek();
    return token?.kind === 'word' && token.text.toUpperCase() === word;
  }

  take(kind: Token['kind']): Token {
    const token = this.peek();
    if (token?.kind !== kind) throw this.unexpected();
    this.#position += 1;
    return token;
  }

  expectSign(sign: string): void {
    if (!this.takeSign(sign)) throw this.unexpected();
  }

  expectWord(word: string): void {
    if (!this.takeWord(word)) throw this.unexpected();
  }

  expectEnd(): void {
    if (this.peek() !== undefined) throw this.unexpected();
  }

  /** The error that names the next token with its neighbours, in DynamoDB's words. */
  unexpected(): ExpressionSyntaxError {
    const at = this.#position;
    const next = this.#tokens[at + 1];
    const from = this.#tokens[at - 1]?.start ?? 0;
    const to = next === undefined ? this.#expression.length : next.start + next.text.length;
    const near = this.#expression.slice(from, to);
    return new ExpressionSyntaxError(`Syntax error; token: "${this.#tokens[at]?.text ?? '<EOF>'}", near: "${near}"`);
  }
}

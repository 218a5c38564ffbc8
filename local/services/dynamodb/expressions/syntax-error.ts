/** Where dynalite's parser stopped. */
export interface ParserStop {
  readonly offset: number;
}

interface Token {
  readonly text: string;
  readonly start: number;
}

const TOKEN = /[A-Za-z0-9_#:][A-Za-z0-9_]*|\S/g;

/** The message that DynamoDB gives for an expression that it cannot parse: the token that it did not expect, with its neighbours. */
export function syntaxErrorMessage(expression: string, { offset }: ParserStop): string {
  const tokens: Token[] = [...expression.matchAll(TOKEN)].map((match) => ({ text: match[0], start: match.index }));
  const position = tokens.findIndex((token) => token.start + token.text.length > offset);
  const at = position < 0 ? tokens.length : position;
  const previous = tokens[at - 1];
  const next = tokens[at + 1];
  const end = next === undefined ? expression.length : next.start + next.text.length;
  const near = expression.slice(previous?.start ?? 0, end);
  return `Syntax error; token: "${tokens[at]?.text ?? '<EOF>'}", near: "${near}"`;
}

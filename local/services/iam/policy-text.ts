import type { RequestContext } from './request-context.ts';

/** How a text of a policy is compared. */
export type Comparison = 'exact' | 'ignoringCase' | 'like' | 'arn' | 'resource';

/** Whether a text of the request fits. Undefined: the policy's text holds a variable that the request has no value for. */
export type TextTest = (text: string, context: RequestContext) => boolean | undefined;

type Fits = (text: string) => boolean;
type Token =
  | { readonly literal: string }
  | { readonly wildcard: '*' | '?'; readonly written: string }
  | { readonly variable: string; readonly fallback?: string };

/** `${key}`, `${key, 'default'}`, and the escapes `${*}`, `${?}` and `${$}`. */
const VARIABLE = /\$\{([^}]+)\}/;
const WITH_DEFAULT = /^(.*?)\s*,\s*'(.*)'$/s;
const COLONS_BEFORE_RESOURCE = 5;

/**
 * Makes a test from a text of a policy.
 *
 * @param variables whether `${…}` is a variable; it is one only from policy version 2012-10-17 on
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */
export function compileText(source: string, comparison: Comparison, variables: boolean): TextTest {
  const tokens = tokenize(source, variables);
  if (!tokens.some((token) => 'variable' in token)) return fitterOf(tokens, comparison);
  return (text, context) => {
    const resolved = substitute(tokens, context);
    return resolved && fitterOf(resolved, comparison)(text);
  };
}

/** Whether the text of a policy means something else for each request. */
export const holdsVariable = (source: string): boolean => /\$\{[^*?$}]/.test(source);

/** Whether a text fits a pattern with `*` and `?`. */
export const fitsPattern = (pattern: string, text: string): boolean => patternTest(pattern)(text);

/** What tells of many texts whether they fit such a pattern. */
export const patternTest = (pattern: string): ((text: string) => boolean) => fitterOf(tokenize(pattern, false), 'like');

/** Every second piece of the split is the inside of `${…}`. */
function tokenize(source: string, variables: boolean): readonly Token[] {
  const pieces = variables ? source.split(VARIABLE) : [source];
  return pieces.flatMap((piece, index) => (index % 2 === 0 ? tokenizePlain(piece) : [tokenizeVariable(piece)]));
}

function tokenizePlain(text: string): readonly Token[] {
  const pieces = text.split(/(\*+|\?)/).filter((piece) => piece !== '');
  return pieces.map((piece) => {
    if (piece === '?') return { wildcard: '?', written: piece };
    return piece.startsWith('*') ? { wildcard: '*', written: piece } : { literal: piece };
  });
}

function tokenizeVariable(inside: string): Token {
  if (inside === '*' || inside === '?' || inside === '$') return { literal: inside };
  const [, name, fallback] = WITH_DEFAULT.exec(inside) ?? [];
  return name === undefined || fallback === undefined ? { variable: inside.trim() } : { variable: name.trim(), fallback };
}

/** A value is taken as it is: a `*` in a tag's value is no wildcard. */
function substitute(tokens: readonly Token[], context: RequestContext): readonly Token[] | undefined {
  const resolved: Token[] = [];
  for (const token of tokens) {
    if (!('variable' in token)) {
      resolved.push(token);
      continue;
    }
    const value = context.single(token.variable) ?? token.fallback;
    if (value === undefined) return undefined;
    resolved.push({ literal: value });
  }
  return resolved;
}

function fitterOf(tokens: readonly Token[], comparison: Comparison): Fits {
  if (comparison === 'exact') return sameAs(plainText(tokens));
  if (comparison === 'ignoringCase') {
    const wanted = plainText(tokens).toLowerCase();
    return (text) => text.toLowerCase() === wanted;
  }
  if (comparison === 'arn' && plainText(tokens).split(':').length <= COLONS_BEFORE_RESOURCE) return () => false;
  if (!tokens.some((token) => 'wildcard' in token)) return sameAs(plainText(tokens));
  const [only] = tokens;
  if (tokens.length === 1 && only !== undefined && 'wildcard' in only && only.wildcard === '*') return () => true;
  const pattern = new RegExp(`^${comparison === 'like' ? likeSource(tokens) : arnSource(tokens, comparison === 'resource')}$`, 's');
  return (text) => pattern.test(text);
}

const sameAs =
  (wanted: string): Fits =>
  (text) =>
    text === wanted;

/** The text with its wildcards as plain characters. */
const plainText = (tokens: readonly Token[]): string =>
  tokens.map((token) => ('literal' in token ? token.literal : 'wildcard' in token ? token.written : '')).join('');

const likeSource = (tokens: readonly Token[]): string =>
  tokens
    .map((token) => ('literal' in token ? escaped(token.literal) : 'wildcard' in token && token.wildcard === '*' ? '.*' : '.'))
    .join('');

/**
 * Each of the first five parts of an ARN is compared for itself; the sixth may hold colons. In `Resource` a `*` at the end of a part
 * may go on beyond the colon.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
 */
function arnSource(tokens: readonly Token[], trailingStarCrosses: boolean): string {
  let colons = 0;
  return tokens
    .map((token, index) => {
      if ('literal' in token) {
        colons += token.literal.split(':').length - 1;
        return escaped(token.literal);
      }
      const crosses = colons >= COLONS_BEFORE_RESOURCE || (trailingStarCrosses && endsPart(tokens[index + 1]));
      const repeated = 'wildcard' in token && token.wildcard === '*' ? '*' : '';
      return `${crosses && (repeated !== '' || colons >= COLONS_BEFORE_RESOURCE) ? '.' : '[^:]'}${repeated}`;
    })
    .join('');
}

const endsPart = (next: Token | undefined): boolean => next === undefined || ('literal' in next && next.literal.startsWith(':'));

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

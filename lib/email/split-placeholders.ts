import type { CompiledText, PlaceholderKind } from '../../contracts/email-options.ts';

const placeholder = /\{\{([^{}]*)\}\}/g;
const valueName = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
const tag = /<\/?[A-Za-z][^\s/>]*(?:"[^"]*"|'[^']*'|[^'">])*>/g;
const attribute = /([^\s=>"'/]+)\s*=\s*("[^"]*"|'[^']*'|[^\s>"']+)/g;
const styleElement = /<style\b[\s\S]*?<\/style\s*>/gi;
/** Attributes whose value leads somewhere. */
const urlAttributes: ReadonlySet<string> = new Set(['href', 'src', 'action', 'background', 'cite', 'poster', 'formaction', 'xlink:href']);

/**
 * What an address begins with before a value may follow: a host that ends, so that a value such as `.evil.example` cannot be a part of
 * it, and no scheme that runs something.
 */
const addressStart = /^\s*(?:https?:\/\/[^\s/?#{}\\]+[/?#]|mailto:|tel:|cid:|\{\{)/i;

interface Range {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

const rangesOf = (text: string, pattern: RegExp): readonly Range[] =>
  [...text.matchAll(pattern)].map((match) => ({ start: match.index, end: match.index + match[0].length, text: match[0] }));

const covering = (ranges: readonly Range[], index: number): Range | undefined =>
  ranges.find(({ start, end }) => start <= index && index < end);

/** @param before what stands before the value in its attribute */
const kindInAddress = (before: string, fail: (advice: string) => Error): PlaceholderKind => {
  if (before.trim() === '') return 'url';
  if (addressStart.test(before)) return 'attribute';
  throw fail('let the value be the whole address, or follow a host and a slash, as https://shop.example.com/{{id}}');
};

const kindInTag = (range: Range, index: number, fail: (advice: string) => Error): PlaceholderKind => {
  for (const match of range.text.matchAll(attribute)) {
    const [whole, name = '', quoted = ''] = match;
    const end = range.start + match.index + whole.length;
    const begin = end - quoted.length;
    if (index < begin || index >= end) continue;
    if (!/^["']/.test(quoted)) throw fail('put the value of the attribute into quotes');
    const lower = name.toLowerCase();
    if (lower.startsWith('on') || lower === 'style' || lower === 'srcset' || lower === 'srcdoc') {
      throw fail(`a value cannot be part of the attribute ${name}: put it into the text, or into another attribute`);
    }
    return urlAttributes.has(lower) ? kindInAddress(range.text.slice(begin + 1 - range.start, index - range.start), fail) : 'attribute';
  }
  throw fail('a value cannot be part of a tag: put it into the text, or into an attribute');
};

/** Where values stand in HTML. */
const htmlKinds = (html: string, at: string): ((index: number, name: string) => PlaceholderKind) => {
  if (/<script\b/i.test(html)) throw new Error(`${at} has a script, which no reader of e-mail runs: take it out`);
  const tags = rangesOf(html, tag);
  const styles = rangesOf(html, styleElement);
  return (index, name) => {
    const fail = (advice: string): Error => new Error(`${at} has {{${name}}} where it cannot be made safe: ${advice}`);
    if (covering(styles, index) !== undefined) throw fail('a value cannot be part of a style: put it into the text');
    const inside = covering(tags, index);
    return inside === undefined ? 'text' : kindInTag(inside, index, fail);
  };
};

/** Values are always escaped, so that there is no form with three braces; and an end that was forgotten would be sent as it is. */
const assertClosed = (text: string, at: string): void => {
  const [strange] = /\{\{\{[^{}]*\}\}\}?|\{\{(?![^{}]*\}\}).{0,20}/s.exec(text) ?? [];
  if (strange !== undefined)
    throw new Error(`${at} has ${JSON.stringify(strange)}: write values with two braces on each side, as {{name}}`);
};

/**
 * Takes a template's text apart at its `{{name}}`.
 *
 * @param at names the option, for errors
 * @throws Error for an expression in the place of a name, and for values in HTML where no escaping makes them safe
 */
export const splitPlaceholders = (text: string, form: 'text' | 'html', at: string): CompiledText => {
  assertClosed(text, at);
  const kindAt = form === 'html' ? htmlKinds(text, at) : (): PlaceholderKind => 'text';
  const parts: CompiledText[number][] = [];
  let end = 0;
  for (const match of text.matchAll(placeholder)) {
    const name = (match[1] ?? '').trim();
    if (!valueName.test(name))
      throw new Error(`${at} has {{${match[1]}}}: name values with a letter, then letters, digits and _, as {{name}}`);
    if (match.index > end) parts.push(text.slice(end, match.index));
    parts.push({ value: name, as: kindAt(match.index, name) });
    end = match.index + match[0].length;
  }
  if (end < text.length) parts.push(text.slice(end));
  return parts;
};

/** The names of the values of a text. */
export const valuesOf = (compiled: CompiledText): readonly string[] =>
  compiled.flatMap((part) => (typeof part === 'string' ? [] : [part.value]));

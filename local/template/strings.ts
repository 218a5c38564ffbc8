/** A part of a `Fn::Sub` text: plain text, or the name between `${` and `}`. */
export type SubPart = { readonly text: string } | { readonly name: string };

/**
 * Takes a `Fn::Sub` text apart. `${!Literal}` is the way to write `${Literal}` itself.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-sub.html
 */
export function parseSub(template: string): SubPart[] {
  const parts: SubPart[] = [];
  let end = 0;
  for (const match of template.matchAll(/\$\{([^}]*)\}/g)) {
    const [whole, inner = ''] = match;
    if (match.index > end) parts.push({ text: template.slice(end, match.index) });
    parts.push(inner.startsWith('!') ? { text: `\${${inner.slice(1)}}` } : { name: inner.trim() });
    end = match.index + whole.length;
  }
  if (end < template.length) parts.push({ text: template.slice(end) });
  return parts;
}

/**
 * `Fn::Split`. CloudFormation takes the delimiter as plain text.
 *
 * @throws RangeError for an empty delimiter, which CloudFormation refuses too
 */
export function split(delimiter: string, text: string): string[] {
  if (delimiter === '') throw new RangeError('the delimiter is empty');
  return text.split(delimiter);
}

/**
 * `Fn::Select`.
 *
 * @throws RangeError for an index that is no whole number or outside the list
 */
export function select<Item>(index: unknown, list: readonly Item[]): Item {
  const position = typeof index === 'number' || (typeof index === 'string' && /^\d+$/.test(index)) ? Number(index) : Number.NaN;
  const item = Number.isInteger(position) ? list[position] : undefined;
  if (item === undefined) throw new RangeError(`there is no item ${String(index)} in a list of ${list.length}`);
  return item;
}

import type { CompiledTemplate, CompiledText, PlaceholderKind } from '../../contracts/email-options.ts';

export type Values = Readonly<Record<string, string | number | boolean>>;

const references: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => references[character] ?? '');

const asHtml = (text: string, kind: PlaceholderKind): string => {
  const safe = escaped(text);
  return kind === 'text' ? safe.replace(/\r\n|\r|\n/g, '<br>') : safe;
};

/** Puts values between the texts of a template. What a value holds is never looked at again. */
const fill = (compiled: CompiledText, values: Values, show: (text: string, kind: PlaceholderKind) => string): string =>
  compiled
    .map((part) => {
      if (typeof part === 'string') return part;
      const value = Object.hasOwn(values, part.value) ? values[part.value] : undefined;
      return value === undefined ? '' : show(String(value), part.as);
    })
    .join('');

/** What a template says with these values. */
export const renderTemplate = ({ subject, html, text }: CompiledTemplate, values: Values) => ({
  subject: fill(subject, values, (value) => value),
  html: fill(html, values, asHtml),
  text: fill(text, values, (value) => value),
});

/** The names of values that stand in a text in one of these places. */
export const placesOf = (compiled: CompiledText, kinds: readonly PlaceholderKind[]): readonly string[] => [
  ...new Set(compiled.flatMap((part) => (typeof part !== 'string' && kinds.includes(part.as) ? [part.value] : []))),
];

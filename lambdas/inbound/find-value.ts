import type { ValueSource } from '../../contracts/inbound.ts';

const asText = (value: unknown): string | undefined => {
  if (typeof value === 'string' && value !== '') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
};

const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;

/** What a JSON pointer leads to (RFC 6901). */
const atPointer = (body: unknown, pointer: string): unknown =>
  pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce(member, body);

/** A value of a request as a text; undefined where there is none. */
export const findValue = (
  source: ValueSource | undefined,
  { headers }: { readonly headers: Readonly<Record<string, string>> },
  body: unknown,
): string | undefined => {
  if (source === undefined) return undefined;
  return asText('header' in source ? headers[source.header.toLowerCase()] : atPointer(body, source.pointer));
};

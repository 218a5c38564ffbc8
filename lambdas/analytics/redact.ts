import { redacted } from '../../contracts/analytics.ts';

/**
 * Properties without the values of those whose names are among `pii`, at any depth.
 *
 * @param pii in lower case
 */
export const redact = (properties: Readonly<Record<string, unknown>>, pii: ReadonlySet<string>): Readonly<Record<string, unknown>> => {
  const clean = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(clean);
    return typeof value === 'object' && value !== null ? redact(value as Readonly<Record<string, unknown>>, pii) : value;
  };
  return Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [name, pii.has(name.toLowerCase()) ? redacted : clean(value)]),
  );
};

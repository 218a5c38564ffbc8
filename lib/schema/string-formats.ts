/** What `.trim()` and its like do, by the name that the keyword `x-normalize` gives it. */
export const normalizers = {
  trim: (text: string): string => text.trim(),
  toLowerCase: (text: string): string => text.toLowerCase(),
  toUpperCase: (text: string): string => text.toUpperCase(),
  normalize: (text: string): string => text.normalize(),
} as const;

export type Normalizer = keyof typeof normalizers;

/** Texts on which no two normalizers, and hardly any other function, agree. */
const probes = [' aB ', 'ÀÉ\t', 'e\u0301x', '\u00a0Straße', ''];

/** Finds out which normalizer a function is. Zod keeps only the function. */
export const recognizeNormalizer = (change: (text: string) => unknown): Normalizer | undefined =>
  (Object.keys(normalizers) as Normalizer[]).find((name) => probes.every((probe) => change(probe) === normalizers[name](probe)));

/**
 * The formats of Zod that a pattern decides (https://zod.dev/api, "String formats"), by Zod's names.
 * Their patterns are Zod's own, but for `url`, which has none: here it is an absolute http or https URL.
 */
export const patternFormats: ReadonlySet<string> = new Set([
  ...['email', 'url', 'uuid', 'guid', 'nanoid', 'cuid', 'cuid2', 'ulid', 'xid', 'ksuid', 'emoji', 'e164', 'hostname', 'hex', 'mac'],
  ...['datetime', 'date', 'time', 'duration', 'ipv4', 'ipv6', 'cidrv4', 'cidrv6', 'base64', 'base64url'],
  ...['regex', 'starts_with', 'ends_with', 'includes', 'lowercase', 'uppercase'],
]);

/** The host may be a name, an IPv4 address or an IPv6 address in brackets; no user and password, no control characters. */
export const urlPattern =
  '^https?:\\/\\/(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252})|\\[[0-9A-Fa-f:.]{2,45}\\])(?::[0-9]{1,5})?(?:[\\/?#][^\\s\\p{Cc}"<>\\\\^`{|}]*)?$';

/**
 * The longest text that a field with a pattern takes, if it does not say so itself. A longer one needs an explicit `.max()`.
 * Addresses and URLs have limits of their own (RFC 5321, section 4.5.3.1; what browsers and servers agree on).
 */
export const defaultMaxLength = (format: string | undefined): number => {
  if (format === 'email') return 254;
  return format === 'uri' ? 2_048 : 1_024;
};

/**
 * Types that run, or load what runs, when a browser shows them (WHATWG HTML, MIME Sniffing): never included in a pattern, and
 * always served as attachments.
 */
const activeTypes: ReadonlySet<string> = new Set([
  'text/html',
  'text/xml',
  'text/xsl',
  'application/xml',
  'application/xhtml+xml',
  'application/xslt+xml',
  'image/svg+xml',
  'multipart/x-mixed-replace',
  'message/rfc822',
  'application/x-shockwave-flash',
  'application/wasm',
]);

/** A restricted name of RFC 6838 on both sides of the slash. */
const typePattern = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/;

/** A media type in lower case and without its parameters, or undefined for what is none: `Image/PNG; x=1` is `image/png`. */
export const normalizeMediaType = (type: string): string | undefined => {
  const essence = (type.split(';', 1)[0] ?? '').trim().toLowerCase();
  return typePattern.test(essence) ? essence : undefined;
};

/** Whether files of this type may run in a browser that shows them. */
export const isActiveType = (type: string): boolean =>
  activeTypes.has(type) || /\+xml$/.test(type) || /^(text|application)\/(x-)?(java|ecma|j|live)script/.test(type);

/**
 * Whether a folder takes files of this type.
 *
 * @param patterns of the folder: `image/png`, or `image/*`, which includes no active type
 * @param type normalized
 */
export const takesType = (patterns: readonly string[], type: string): boolean =>
  patterns.some((pattern) => pattern === type || (pattern.endsWith('/*') && type.startsWith(pattern.slice(0, -1)) && !isActiveType(type)));

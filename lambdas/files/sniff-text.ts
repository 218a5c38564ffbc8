/** Bytes that no text holds: "binary data byte", MIME Sniffing Standard (WHATWG). */
const isBinaryByte = (byte: number): boolean =>
  byte <= 0x08 || byte === 0x0b || (byte >= 0x0e && byte <= 0x1a) || (byte >= 0x1c && byte <= 0x1f);

const isUtf16 = (bytes: Uint8Array): boolean => (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);

/** Whether this may be the beginning of a text, in whatever encoding. */
export const isText = (bytes: Uint8Array): boolean => isUtf16(bytes) || !bytes.some(isBinaryByte);

/** The beginning of a text, without its byte order mark. */
export const textOf = (bytes: Uint8Array): string => {
  const encoding = bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : isUtf16(bytes) ? 'utf-16le' : 'utf-8';
  return new TextDecoder(encoding).decode(bytes);
};

/** The tags by which browsers know HTML: "Identifying a resource with an unknown MIME type", MIME Sniffing Standard. */
const htmlStart = /^<(!doctype html|html|head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p)[\s>/]|^<!--/i;
/** Neither declarations nor comments say what a document is. */
const preamble = /^(\s+|<\?xml[^>]*\?>|<!--[\s\S]*?-->|<!doctype\s+svg[^>[]*(\[[\s\S]*?\]\s*)?>)/i;

const rootOf = (text: string): string => {
  let rest = text;
  for (let found = preamble.exec(rest); found !== null && found[0] !== ''; found = preamble.exec(rest)) rest = rest.slice(found[0].length);
  return rest;
};

/** What a browser could take a text for that would run: undefined for harmless texts. */
export const activeTextOf = (text: string): 'html' | 'svg' | 'xml' | undefined => {
  const start = text.trimStart();
  const root = rootOf(start);
  if (/^<(\w+:)?svg[\s>/]/i.test(root)) return 'svg';
  if (htmlStart.test(root) || htmlStart.test(start)) return 'html';
  return /^<\?xml\s/i.test(start) ? 'xml' : undefined;
};

/** Whether this may be the beginning of a JSON text; a whole one must be well-formed. */
export const isJson = (text: string, isWhole: boolean): boolean => {
  if (!isWhole) return /^\s*[[{"\d-]/.test(text);
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

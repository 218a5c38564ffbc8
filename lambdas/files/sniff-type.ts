import { fileTypeFromBuffer, supportedMimeTypes } from 'file-type';
import { isActiveType } from '../../contracts/media-types.ts';
import { activeTextOf, isJson, isText, textOf } from './sniff-text.ts';
import { areAlike, hasSignature } from './type-families.ts';

/** How many bytes of a file tell its type: no signature lies further inside. */
export const sniffedBytes = 4_100;

/** The beginning of a file. */
export interface Beginning {
  readonly bytes: Uint8Array;
  /** There is nothing behind it. */
  readonly isWhole: boolean;
}

const known: ReadonlySet<string> = supportedMimeTypes as ReadonlySet<string>;

const startsWith = (bytes: Uint8Array, signature: readonly number[]): boolean => signature.every((byte, index) => bytes[index] === byte);

/** Signatures that file-type looks behind, where our bytes may end. */
const shortSignatures: readonly { readonly signature: readonly number[]; readonly type: string }[] = [
  { signature: [0x49, 0x44, 0x33], type: 'audio/mpeg' },
  { signature: [0x50, 0x4b, 0x03, 0x04], type: 'application/zip' },
  { signature: [0x49, 0x49, 0x2a, 0x00], type: 'image/tiff' },
  { signature: [0x4d, 0x4d, 0x00, 0x2a], type: 'image/tiff' },
];

const detect = async (bytes: Uint8Array): Promise<string | undefined> => {
  const found = await fileTypeFromBuffer(bytes).catch(() => undefined);
  const type = found?.mime.split(';', 1)[0]?.toLowerCase();
  return type ?? shortSignatures.find(({ signature }) => startsWith(bytes, signature))?.type;
};

const isXmlType = (type: string): boolean => /[/+]xml$/.test(type);

/** What browsers could run is allowed only where it was said to be that. */
const agreesOnActive = (declared: string, active: 'html' | 'svg' | 'xml'): boolean => {
  if (active === 'html') return ['text/html', 'application/xhtml+xml', 'text/markdown'].includes(declared);
  return isXmlType(declared) || (active === 'xml' && declared === 'text/html');
};

const agreesOnText = (declared: string, { bytes, isWhole }: Beginning): boolean => {
  const text = textOf(bytes);
  const active = activeTextOf(text);
  if (active !== undefined && !agreesOnActive(declared, active)) return false;
  if (declared === 'image/svg+xml') return active === 'svg' || active === 'xml';
  if (isXmlType(declared)) return active !== undefined || /^\s*</.test(text);
  if (declared === 'application/json' || declared.endsWith('+json')) return isJson(text, isWhole);
  return true;
};

const isTextType = (type: string): boolean => /^text\/|[/+]json$|javascript$/.test(type) || isXmlType(type) || isActiveType(type);

/**
 * Whether a file may be what it was said to be, by its first bytes. Types whose files begin in no way of their own are believed, as
 * long as a browser would not take the bytes for a page.
 *
 * @param declared normalized
 */
export const isOfType = async (declared: string, beginning: Beginning): Promise<boolean> => {
  const { bytes } = beginning;
  if (declared === 'application/octet-stream') return true;
  const detected = await detect(bytes);
  const isBinary = detected !== undefined && detected !== 'application/xml' && !detected.startsWith('text/');
  if (isBinary) return areAlike(detected, declared);
  if (hasSignature(declared, known)) return false;
  if (isText(bytes)) return agreesOnText(declared, beginning);
  return !isTextType(declared);
};

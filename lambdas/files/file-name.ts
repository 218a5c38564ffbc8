import { ApiError } from '../../contracts/errors.ts';
import { fileLimits } from '../../contracts/files.ts';

/** C0, DEL and C1; line and paragraph separators; characters that turn the direction, so that `exe.gpj` looks like `jpg.exe`. */
const hidden = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;
const separators = /[/\\]/;
/** The same, as somebody who decodes the name once more would get them. */
const encodedSeparators = /%(2f|5c|[01][0-9a-f]|7f)/i;
const encodedDots = /%2e/gi;

const invalid = (detail: string): ApiError =>
  new ApiError('invalid_path', detail, { errors: [{ pointer: '/name', code: 'invalid_path', detail }] });

/** Undoes `%25`, so that nothing hides behind two layers of encoding. */
const withoutLayers = (name: string): string => {
  let outer = name;
  for (let inner = outer.replace(/%25/g, '%'); inner !== outer; inner = outer.replace(/%25/g, '%')) outer = inner;
  return outer;
};

/**
 * The canonical form of a file's name: NFC, one segment of a path. Names are data and address nothing, but they end up in paths of
 * those who download, so what could lead elsewhere there is refused.
 *
 * @throws ApiError `invalid_path`
 */
export const canonicalName = (given: string): string => {
  const name = given.normalize('NFC');
  const plain = withoutLayers(name);
  if (name.trim() === '') throw invalid('The name is empty. Give the file a name.');
  if (separators.test(name) || encodedSeparators.test(plain)) {
    throw invalid('The name holds a path separator. Give the name alone, without folders.');
  }
  if (/^\.\.?$/.test(plain.replace(encodedDots, '.'))) throw invalid('The name must not be . or ... Give the file another name.');
  if (hidden.test(name)) throw invalid('The name holds control characters. Leave them out.');
  if (Buffer.byteLength(name) > fileLimits.nameBytes) {
    throw invalid(`The name has more than ${fileLimits.nameBytes} bytes of UTF-8. Shorten it.`);
  }
  return name;
};

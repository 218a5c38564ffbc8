import { ApiError, type FieldError } from '../../contracts/errors.ts';
import { escapePointer } from './json-pointer.ts';

/** Bytes of a request body at the most. Lambda takes 6 MB with the event around it; a larger body never gets here. */
const maxBodyBytes = 5 * 1024 * 1024;
/** Levels of a body. DynamoDB stores 32; the envelope of a batch or transaction adds a few. */
const maxDepth = 40;
const maxArrayItems = 10_000;
const maxObjectKeys = 5_000;
const prohibitedKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** A body as the gateway hands it over. */
export interface EncodedBody {
  readonly text: string;
  readonly isBase64Encoded: boolean;
}

const invalidJson = (detail: string): ApiError => new ApiError('invalid_json', detail);

/** What a decoder puts in the place of bytes that are no UTF-8. */
const replacement = '\ufffd';

/** The gateway decodes JSON before it gets here, and the character may stand for bytes that were not what the sender meant. */
const assertUnreplaced = (text: string): string => {
  if (!text.includes(replacement)) return text;
  throw invalidJson('The body is not valid UTF-8, or it holds the character U+FFFD. Encode it as UTF-8, and write U+FFFD as \\ufffd.');
};

/** The text of a body that somebody has signed. The signature tells whether it is what the sender meant, U+FFFD and all. */
export const decodeRawBody = (body: EncodedBody): string => {
  if (Buffer.byteLength(body.text, body.isBase64Encoded ? 'base64' : 'utf8') > maxBodyBytes) {
    throw new ApiError('body_too_large', `The body is larger than ${maxBodyBytes} bytes. Send less in one request.`);
  }
  if (!body.isBase64Encoded) return body.text;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(body.text, 'base64'));
  } catch (cause) {
    throw new ApiError('invalid_json', 'The body is not valid UTF-8. Encode it as UTF-8.', { cause });
  }
};

/** The body's text. Refuses bytes that are not UTF-8 instead of storing replacement characters. */
export const decodeBody = (body: EncodedBody): string => {
  const text = decodeRawBody(body);
  return body.isBase64Encoded ? text : assertUnreplaced(text);
};

const quote = 0x22;
const backslash = 0x5c;

/** The index of the quote that ends the string that begins at `start`. */
const endOfString = (text: string, start: number): number => {
  let index = start + 1;
  while (index < text.length && text.charCodeAt(index) !== quote) index += text.charCodeAt(index) === backslash ? 2 : 1;
  return index;
};

const depthChange = (char: number): number => {
  if (char === 0x7b || char === 0x5b) return 1;
  return char === 0x7d || char === 0x5d ? -1 : 0;
};

/** Looks at brackets only, in one pass, so that no recursion ever meets a deep body. */
const assertShallow = (text: string): void => {
  let depth = 0;
  for (let index = 0; index < text.length; index += 1) {
    const char = text.charCodeAt(index);
    if (char === quote) index = endOfString(text, index);
    depth += depthChange(char);
    if (depth > maxDepth) throw new ApiError('too_deep', `The body is nested more than ${maxDepth} levels deep. Flatten it.`);
  }
};

const refuse = (code: 'prohibited_key' | 'too_many_items' | 'validation_failed', error: FieldError): never => {
  throw new ApiError(code, error.detail, { errors: [error] });
};

const checkString = (value: string, pointer: string): void => {
  if (!value.isWellFormed()) {
    refuse('validation_failed', {
      pointer,
      code: 'invalid_string',
      detail: 'The text holds half a surrogate pair, which cannot be stored.',
    });
  }
};

const checkArray = (value: readonly unknown[], pointer: string): void => {
  if (value.length > maxArrayItems) {
    refuse('too_many_items', {
      pointer,
      code: 'too_many_items',
      detail: `The list has ${value.length} items; ${maxArrayItems} are allowed.`,
    });
  }
  value.forEach((item, index) => {
    checkValue(item, `${pointer}/${index}`);
  });
};

const checkObject = (value: object, pointer: string): void => {
  const keys = Object.keys(value);
  if (keys.length > maxObjectKeys) {
    refuse('too_many_items', {
      pointer,
      code: 'too_many_items',
      detail: `The object has ${keys.length} keys; ${maxObjectKeys} are allowed.`,
    });
  }
  for (const key of keys) {
    const at = `${pointer}/${escapePointer(key)}`;
    if (prohibitedKeys.has(key))
      refuse('prohibited_key', { pointer: at, code: 'prohibited_key', detail: `The key ${key} is never allowed. Rename it.` });
    checkString(key, at);
    checkValue((value as Record<string, unknown>)[key], at);
  }
};

const checkValue = (value: unknown, pointer: string): void => {
  if (typeof value === 'string') checkString(value, pointer);
  else if (typeof value === 'number' && !Number.isFinite(value)) {
    refuse('validation_failed', { pointer, code: 'invalid_number', detail: 'The number is too large to be stored exactly.' });
  } else if (Array.isArray(value)) checkArray(value, pointer);
  else if (typeof value === 'object' && value !== null) checkObject(value, pointer);
};

/**
 * Parses a JSON object from an untrusted body.
 *
 * @throws ApiError `invalid_json`, `validation_failed`, `prohibited_key`, `too_deep`, `too_many_items`
 */
export const parseJsonObject = (text: string): Record<string, unknown> => {
  assertShallow(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own message quotes the body, so it is neither shown nor kept as the cause.
    throw invalidJson('The body is not valid JSON. Check quotes, commas and brackets.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ApiError('validation_failed', 'The body must be a JSON object.', {
      errors: [{ pointer: '', code: 'invalid_type', detail: 'Expected an object.' }],
    });
  }
  checkObject(value, '');
  return value as Record<string, unknown>;
};

import fc from 'fast-check';
import { ApiError } from '../../contracts/errors.ts';
import { decodeBody, decodeRawBody, parseJsonObject } from '../../lambdas/runtime/json-body.ts';

const codeOf = (text: string): string => {
  try {
    parseJsonObject(text);
    return 'accepted';
  } catch (error) {
    return error instanceof ApiError ? error.code : `not an ApiError: ${String(error)}`;
  }
};

const nested = (levels: number, open: string, close: string): string => `{"a":${open.repeat(levels)}1${close.repeat(levels)}}`;

describe('parseJsonObject', () => {
  it.each([
    ['malformed JSON', '{"a":', 'invalid_json'],
    ['an empty body', '', 'invalid_json'],
    ['null', 'null', 'validation_failed'],
    ['an array', '[]', 'validation_failed'],
    ['a string', '"x"', 'validation_failed'],
    ['a number', '1', 'validation_failed'],
    ['a byte order mark', '\ufeff{}', 'invalid_json'],
    ['a bare NaN', '{"a":NaN}', 'invalid_json'],
    ['a number beyond double', '{"a":1e400}', 'validation_failed'],
    ['half a surrogate pair', '{"a":"\\ud800"}', 'validation_failed'],
    ['half a surrogate pair as a key', '{"\\ud800":1}', 'validation_failed'],
    ['__proto__ at the top', '{"__proto__":{"isAdmin":true}}', 'prohibited_key'],
    ['__proto__ five levels down', '{"a":{"b":{"c":{"d":{"__proto__":1}}}}}', 'prohibited_key'],
    ['__proto__ after a sibling array', '{"a":[1,{"b":2}],"c":{"__proto__":1}}', 'prohibited_key'],
    ['constructor.prototype', '{"constructor":{"prototype":{"x":1}}}', 'prohibited_key'],
    ['10,000 nested arrays', nested(10_000, '[', ']'), 'too_deep'],
    ['10,000 nested objects', nested(10_000, '{"a":', '}'), 'too_deep'],
    ['brackets that never close', '['.repeat(50_000), 'too_deep'],
    ['a list of 100,000 items', `{"tags":[${'1,'.repeat(99_999)}1]}`, 'too_many_items'],
    ['an object of 50,000 keys', `{"o":{${Array.from({ length: 50_000 }, (_, index) => `"k${index}":1`).join()}}}`, 'too_many_items'],
  ])('refuses %s', (_name, text, code) => {
    expect(codeOf(text)).toBe(code);
  });

  it('leaves Object.prototype alone', () => {
    codeOf('{"__proto__":{"isAdmin":true}}');
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
  });

  it('does not count brackets inside strings', () => {
    expect(parseJsonObject(`{"a":${JSON.stringify('[{"\\'.repeat(100))}}`)).toEqual({ a: '[{"\\'.repeat(100) });
  });

  it('says nothing of the body in its refusal', () => {
    expect(() => parseJsonObject('{"password":"hunter2')).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
    );
  });

  it('reads what JSON.parse reads, for any harmless object', () => {
    const key = fc.string().filter((name) => !['__proto__', 'constructor', 'prototype'].includes(name) && name.isWellFormed());
    const value = fc.jsonValue({ maxDepth: 6 });
    const harmless = fc.dictionary(key, value).filter((object) => !/__proto__|constructor|prototype/.test(JSON.stringify(object)));
    fc.assert(
      fc.property(harmless, (object) => {
        const text = JSON.stringify(object);
        expect(parseJsonObject(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('refuses any other text with an ApiError', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(codeOf(text)).not.toContain('not an ApiError');
      }),
    );
  });
});

describe('decodeRawBody', () => {
  it('takes the character that stands for other bytes: a signature tells what was meant', () => {
    expect(decodeRawBody({ text: '\ufffd', isBase64Encoded: false })).toBe('\ufffd');
  });
});

describe('decodeBody', () => {
  const encoded = (bytes: readonly number[]) => ({ text: Buffer.from(bytes).toString('base64'), isBase64Encoded: true });

  it.each([
    ['an invalid byte', [0x7b, 0xff, 0x7d]],
    ['an overlong encoding', [0xc0, 0xaf]],
    ['an encoded surrogate', [0xed, 0xa0, 0x80]],
  ])('refuses %s', (_name, bytes) => {
    expect(() => decodeBody(encoded(bytes))).toThrow(expect.objectContaining({ code: 'invalid_json' }));
  });

  it('refuses the replacement character in text that the gateway decoded, and takes it escaped', () => {
    expect(() => decodeBody({ text: '{"a":"\ufffd"}', isBase64Encoded: false })).toThrow(expect.objectContaining({ code: 'invalid_json' }));
    expect(parseJsonObject(decodeBody({ text: '{"a":"\\ufffd"}', isBase64Encoded: false }))).toEqual({ a: '\ufffd' });
  });

  it('refuses a body above 5 MB', () => {
    expect(() => decodeBody({ text: 'x'.repeat(5 * 1024 * 1024 + 1), isBase64Encoded: false })).toThrow(
      expect.objectContaining({ code: 'body_too_large' }),
    );
  });

  it('gives back the text byte for byte', () => {
    const text = '{"a":"e\u0301 \u{1F468}\u200d\u{1F469} \u202e \\u0000"}';
    expect(decodeBody({ text: Buffer.from(text).toString('base64'), isBase64Encoded: true })).toBe(text);
  });
});

import { contentDisposition } from '../../lambdas/files/content-disposition.ts';
import { canonicalName } from '../../lambdas/files/file-name.ts';

describe('canonicalName', () => {
  it.each([
    ['ST01 a step up', '../B/x'],
    ['ST01 an encoded step up', '%2e%2e%2f'],
    ['ST01 one that is encoded twice', '%252e%252e%252fx'],
    ['ST01 encoded dots', '%2e%2E'],
    ['ST01 a backslash', '..\\'],
    ['ST01 an absolute path', '/abs'],
    ['ST01 an empty segment', 'a//b'],
    ['ST01 NUL', 'a\0b'],
    ['ST01 an encoded NUL', 'a%00b'],
    ['ST01 a name of 1,025 bytes', 'x'.repeat(1_025)],
    ['ST04 an encoded slash', 'a%2Fb'],
    ['ST14 a line break', 'a\r\nSet-Cookie: x'],
    ['ST14 300 characters', 'é'.repeat(150)],
    ['a point', '.'],
    ['nothing', ''],
    ['nothing but spaces', '  '],
    ['a turned direction', 'photo\u202egpj.exe'],
  ])('refuses %s', (_what, name) => {
    expect(() => canonicalName(name)).toThrow(expect.objectContaining({ code: 'invalid_path' }));
  });

  it.each([
    ['ST04 a plus', 'a+b'],
    ['ST04 a space', 'a b'],
    ['ST16 a question mark', 'what?.png'],
    ['ST16 a hash', '#1.png'],
    ['points', '...hidden..png'],
    ['a percent sign', '100%.txt'],
    ['255 bytes', 'x'.repeat(255)],
    ['the upper case', 'A'],
  ])('keeps %s', (_what, name) => {
    expect(canonicalName(name)).toBe(name);
  });

  it('ST04 gives NFC and NFD the same name', () => {
    expect(canonicalName('e\u0301.pdf')).toBe('\u00e9.pdf');
  });
});

describe('contentDisposition', () => {
  it.each([
    ['image/png', 'inline'],
    ['video/mp4', 'inline'],
    ['text/plain', 'inline'],
    ['application/pdf', 'attachment'],
    ['text/html', 'attachment'],
    ['image/svg+xml', 'attachment'],
  ])('ST05 shows %s %s', (type, kind) => {
    expect(contentDisposition('x', type)).toBe(`${kind}; filename="x"; filename*=UTF-8''x`);
  });

  it('ST14 quotes no quotes, and encodes what is not ASCII', () => {
    expect(contentDisposition('a"\u00e9 (1)\\%.pdf', 'image/png', true)).toBe(
      `attachment; filename="a__ (1)__.pdf"; filename*=UTF-8''a%22%C3%A9%20%281%29%5C%25.pdf`,
    );
  });
});

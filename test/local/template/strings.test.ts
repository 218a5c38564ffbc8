// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how Fn::Sub is written
import fc from 'fast-check';
import { parseSub, select, split } from '../../../local/template/strings.ts';

const text = fc.string({ unit: 'binary' });

describe('split', () => {
  it('is undone by joining with the same delimiter', () => {
    fc.assert(
      fc.property(text, fc.string({ minLength: 1 }), (whole, delimiter) => {
        expect(split(delimiter, whole).join(delimiter)).toBe(whole);
      }),
    );
  });

  it('gives back the parts that were joined, when none holds the delimiter', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[^|]*$/), { minLength: 1 }), (parts) => {
        expect(split('|', parts.join('|'))).toEqual(parts);
      }),
    );
  });

  it('refuses an empty delimiter', () => {
    expect(() => split('', 'abc')).toThrow(RangeError);
  });
});

describe('select', () => {
  it('takes the item at any index of the list, given as a number or as a text', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1 }), fc.nat(), (list, seed) => {
        const index = seed % list.length;
        expect(select(index, list)).toBe(list[index]);
        expect(select(String(index), list)).toBe(list[index]);
      }),
    );
  });

  it.each([-1, 3, 1.5, '1.5', '-1', '', 'one', null, undefined, {}])('refuses the index %p of three items', (index) => {
    expect(() => select(index, ['a', 'b', 'c'])).toThrow(RangeError);
  });
});

describe('parseSub', () => {
  const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9.:]*$/);
  const plain = fc.stringMatching(/^[^$]+$/);

  it('finds exactly the texts and names that a template was made of', () => {
    const part = fc.oneof(
      plain.map((value) => ({ written: value, parsed: { text: value } })),
      name.map((value) => ({ written: `\${${value}}`, parsed: { name: value } })),
    );
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        const merged = parseSub(parts.map(({ written }) => written).join(''));
        const shown = (list: readonly object[]): string => list.map((item) => JSON.stringify(item)).join('');
        const joinedTexts = (list: string): string => list.replaceAll('"}{"text":"', '');
        expect(joinedTexts(shown(merged))).toBe(joinedTexts(shown(parts.map(({ parsed }) => parsed))));
      }),
    );
  });

  it('keeps any text without a dollar sign as it is', () => {
    fc.assert(fc.property(plain, (value) => expect(parseSub(value)).toEqual([{ text: value }])));
  });

  it('reads ${!Name} as the text ${Name}', () => {
    expect(parseSub('a${!Literal}b${Real}')).toEqual([{ text: 'a' }, { text: '${Literal}' }, { text: 'b' }, { name: 'Real' }]);
  });

  it('keeps a dollar sign that opens nothing', () => {
    expect(parseSub('cost: $5 ${')).toEqual([{ text: 'cost: $5 ${' }]);
  });
});

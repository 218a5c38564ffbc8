import { type AttributeValue, contentOf, type Item, typeOf } from './attribute-value.ts';

/**
 * Bytes of an item as DynamoDB bills them: the names and values in UTF-8, 3 bytes for a map or list and 1 for each of its members.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
export function itemSize(item: Item): number {
  let size = 0;
  for (const name of Object.keys(item)) size += textSize(name) + valueSize(item[name] as AttributeValue);
  return size;
}

export function valueSize(value: AttributeValue): number {
  const content = contentOf(value);
  switch (typeOf(value)) {
    case 'S':
      return textSize(content as string);
    case 'N':
      return numberSize(content as string);
    case 'B':
      return binarySize(content as string);
    case 'BOOL':
    case 'NULL':
      return 1;
    case 'SS':
      return sum(content as string[], textSize);
    case 'NS':
      return sum(content as string[], numberSize);
    case 'BS':
      return sum(content as string[], binarySize);
    case 'L':
      return 3 + sum(content as AttributeValue[], (member) => 1 + valueSize(member));
    case 'M':
      return 3 + Object.keys(content as Item).length + itemSize(content as Item);
  }
}

function sum<T>(members: readonly T[], size: (member: T) => number): number {
  let total = 0;
  for (const member of members) total += size(member);
  return total;
}

function textSize(text: string): number {
  return Buffer.byteLength(text);
}

/** Bytes behind a base64 text, without decoding it. */
export function binarySize(base64: string): number {
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0;
  return (base64.length / 4) * 3 - padding;
}

/** One byte for the exponent, one for each pair of significant digits in base 100, one for a minus sign. */
export function numberSize(text: string): number {
  const negative = text.startsWith('-');
  const unsigned = negative ? text.slice(1) : text;
  const point = unsigned.indexOf('.');
  const whole = (point < 0 ? unsigned : unsigned.slice(0, point)).replace(/^0+/, '');
  const fraction = point < 0 ? '' : unsigned.slice(point + 1);
  const significant = (whole + fraction).replace(/^0+/, '').replace(/0+$/, '');
  if (significant === '') return 1;
  const trailing = fraction === '' ? whole.length - whole.replace(/0+$/, '').length : fraction.length;
  const aligned = trailing % 2 === 0 ? 0 : 1;
  return 1 + Math.ceil((significant.length + aligned) / 2) + (negative ? 1 : 0);
}

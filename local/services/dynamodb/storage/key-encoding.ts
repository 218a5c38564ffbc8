import { hash } from 'node:crypto';
import dynalite from 'dynalite/db/index.js';
import { type AttributeValue, contentOf, type KeyType, typeOf } from '../values/attribute-value.ts';

/**
 * The text of a key attribute that sorts as DynamoDB sorts the attribute: hexadecimal bytes, numbers by sign, exponent and digits.
 * It holds no `/` and no `~`, so `/` may end it and `~` may bound a range.
 */
export function encodeKeyValue(value: AttributeValue): string {
  const content = contentOf(value) as string;
  switch (typeOf(value) as KeyType) {
    case 'S':
      return Buffer.from(content).toString('hex');
    case 'B':
      return Buffer.from(content, 'base64').toString('hex');
    case 'N':
      return dynalite.toLexiStr(content, 'N');
  }
}

/** How many hexadecimal digits of the hash spread the partitions. Scan segments divide the first {@link SEGMENT_DIGITS}. */
const HASH_DIGITS = 6;
export const SEGMENT_DIGITS = 3;

/** The beginning of all keys of one partition. */
export function partitionPrefix(hashValue: AttributeValue): string {
  const encoded = encodeKeyValue(hashValue);
  return `${hash('md5', encoded).slice(0, HASH_DIGITS)}/${encoded}/`;
}

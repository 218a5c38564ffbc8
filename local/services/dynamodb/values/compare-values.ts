import { Big } from 'big.js';
import { type AttributeValue, contentOf, typeOf } from './attribute-value.ts';

/**
 * Orders two values of one scalar type: numbers by value, strings by their UTF-8 bytes, binary by its bytes.
 * Undefined when DynamoDB does not order them: different types, or a type other than S, N and B.
 */
export function compareValues(left: AttributeValue, right: AttributeValue): number | undefined {
  const type = typeOf(left);
  if (type !== typeOf(right)) return undefined;
  const a = contentOf(left) as string;
  const b = contentOf(right) as string;
  switch (type) {
    case 'N':
      return new Big(a).cmp(b);
    case 'S':
      return Buffer.compare(Buffer.from(a), Buffer.from(b));
    case 'B':
      return Buffer.compare(Buffer.from(a, 'base64'), Buffer.from(b, 'base64'));
    default:
      return undefined;
  }
}

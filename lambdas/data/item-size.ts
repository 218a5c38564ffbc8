import { dataLimits } from '../../contracts/data.ts';
import { ApiError } from '../../contracts/errors.ts';

/** Two digits a byte, one byte more, and one for the sign ("DynamoDB item sizes and formats", Developer Guide). */
const numberBytes = (value: number): number => {
  const [mantissa = ''] = Math.abs(value).toExponential().split('e');
  const digits = mantissa.replace('.', '').replace(/0+$/, '').length;
  return Math.ceil(digits / 2) + 1 + (value < 0 ? 1 : 0);
};

const listBytes = (values: readonly unknown[]): number => values.reduce<number>((sum, value) => sum + 1 + valueBytes(value), 3);

const mapBytes = (values: object): number =>
  Object.entries(values).reduce((sum, [name, value]) => sum + 1 + Buffer.byteLength(name) + valueBytes(value), 3);

const valueBytes = (value: unknown): number => {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (typeof value === 'number') return numberBytes(value);
  if (typeof value !== 'object' || value === null) return 1;
  return Array.isArray(value) ? listBytes(value) : mapBytes(value);
};

/** The bytes that DynamoDB counts for an item: the names and values of its attributes. */
export const itemBytes = (item: Readonly<Record<string, unknown>>): number =>
  Object.entries(item).reduce((sum, [name, value]) => (value === undefined ? sum : sum + Buffer.byteLength(name) + valueBytes(value)), 0);

/** @throws ApiError `item_too_large` */
export const assertItemFits = (item: Readonly<Record<string, unknown>>): void => {
  const bytes = itemBytes(item);
  if (bytes > dataLimits.maxItemBytes) {
    throw new ApiError('item_too_large', `The record has ${bytes} bytes with all its names; ${dataLimits.maxItemBytes} are allowed.`);
  }
};

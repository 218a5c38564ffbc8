// How a key of several fields, or of a field that DynamoDB cannot use as a key, is written into one string attribute.
// DynamoDB orders strings by their UTF-8 bytes ("Key conditions", DynamoDB Developer Guide); so does this encoding order its values.

/** A value that can be part of a key. Dates are ISO strings in UTC with milliseconds, which sort as text. */
export type KeyValue = string | number | boolean;

/** The partition of an index that is declared with `'*'`. */
export const wholeModelPartition = '*';

/** The attribute that DynamoDB's time to live looks at: seconds since the epoch. Written for models with `ttl`. */
export const expiryAttribute = '$expiry';

/** The attributes of the table of unique values, counts, idempotency keys, unfinished deletes and the key of cursors. */
export const constraintsTable = { partitionKey: 'pk', timeToLive: 'expiresAt' } as const;

/** What the keys of unfinished deletes begin with in that table. */
export const deletionPrefix = 'D#';

/** Ends every encoded value. Lower than anything that can follow, so that `a` comes before `ab`. */
const terminator = '\u0000';
/** Follows a terminator that is part of a text. Higher than the tag of any value, so that `a` + next value comes before `a\0`. */
const escaped = '\uffff';
/** Higher than the tag of any value and lower than {@link escaped}. */
const afterAnyValue = '~';

/** The bits of an IEEE 754 number as 16 hexadecimal digits that sort as the numbers do. */
const encodeNumber = (value: number): string => {
  const view = new DataView(new ArrayBuffer(8));
  // -0 and 0 are one number.
  view.setFloat64(0, value === 0 ? 0 : value);
  const bits = view.getBigUint64(0);
  const negative = bits >> 63n === 1n;
  const sortable = negative ? bits ^ 0xffff_ffff_ffff_ffffn : bits | (1n << 63n);
  return sortable.toString(16).padStart(16, '0');
};

/** One value without its terminator. */
const encodeOpenValue = (value: KeyValue): string => {
  if (typeof value === 'boolean') return value ? 'b1' : 'b0';
  if (typeof value === 'number') return `n${encodeNumber(value)}`;
  return `s${value.replaceAll(terminator, terminator + escaped)}`;
};

/** Encodes the values of a key so that encoded keys sort as the lists of values do: booleans, then numbers, then texts. */
export const encodeKey = (values: readonly KeyValue[]): string => values.map((value) => encodeOpenValue(value) + terminator).join('');

/** Bounds, both included, of the encoded keys that begin with `prefix` and go on with a value in the given range. */
export interface KeyRange {
  readonly lowest: string;
  readonly highest: string;
}

/** One end of a range of values. */
export interface KeyBound {
  readonly value: KeyValue;
  readonly included: boolean;
}

/**
 * The range of encoded keys whose first values are `prefix` and whose next value lies between two bounds.
 * An absent bound leaves that side open.
 */
export const encodedRange = (prefix: readonly KeyValue[], lower?: KeyBound, upper?: KeyBound): KeyRange => {
  const start = encodeKey(prefix);
  const open = (bound: KeyBound): string => start + encodeOpenValue(bound.value);
  const lowest = lower === undefined ? start : open(lower) + terminator + (lower.included ? '' : afterAnyValue);
  // Without its terminator, an excluded upper value is above all smaller values and below itself.
  const highest = upper === undefined ? start + afterAnyValue : open(upper) + (upper.included ? terminator + afterAnyValue : '');
  return { lowest, highest };
};

/** What the encoded keys begin with whose first values are `prefix` and whose next value is a text that begins with `text`. */
export const encodedTextStart = (prefix: readonly KeyValue[], text: string): string => encodeKey(prefix) + encodeOpenValue(text);

import type { CompiledIndex, CompiledModel } from '../../contracts/compiled.ts';
import { dataLimits } from '../../contracts/data.ts';
import type { FieldError } from '../../contracts/errors.ts';
import { encodeKey, expiryAttribute, type KeyValue, wholeModelPartition } from '../../contracts/key-encoding.ts';
import { validationError } from '../runtime/validate-body.ts';
import { expirySecondsOf } from './system-fields.ts';

/** One key attribute of the model's indexes. */
interface KeyAttribute {
  readonly attribute: string;
  readonly fields: readonly string[];
  readonly encoded: boolean;
  readonly index: string;
  readonly maxBytes: number;
}

const attributesOf = (index: CompiledIndex): readonly KeyAttribute[] => {
  const partition = {
    attribute: index.partitionAttribute,
    fields: [index.partition],
    encoded: index.partitionEncoded,
    index: index.name,
    maxBytes: dataLimits.maxPartitionKeyBytes,
  };
  if (index.sortAttribute === undefined) return [partition];
  const sort = {
    attribute: index.sortAttribute,
    fields: index.sort,
    encoded: index.sortEncoded,
    index: index.name,
    maxBytes: dataLimits.maxSortKeyBytes,
  };
  return [partition, sort];
};

const known = new WeakMap<CompiledModel, readonly KeyAttribute[]>();
const keyAttributes = (model: CompiledModel): readonly KeyAttribute[] => {
  let attributes = known.get(model);
  if (attributes === undefined) {
    attributes = model.indexes.flatMap(attributesOf);
    known.set(model, attributes);
  }
  return attributes;
};

const isKeyValue = (value: unknown): value is KeyValue =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';

const encoded = ({ fields }: KeyAttribute, values: Readonly<Record<string, unknown>>): string | undefined => {
  if (fields[0] === wholeModelPartition) return wholeModelPartition;
  const parts = fields.map((field) => values[field]);
  return parts.every(isKeyValue) ? encodeKey(parts) : undefined;
};

/** What happens to the key attributes when fields change. */
export interface KeyChanges {
  readonly set: Readonly<Record<string, KeyValue>>;
  readonly remove: readonly string[];
  /** A key is made of changed fields and of others whose values are needed, too. */
  readonly incomplete: boolean;
}

/**
 * The attributes that follow from changed fields: encoded keys and the time to live.
 * A record without a value for one of an index's fields is not in that index.
 *
 * @param values the new values of the changed fields; undefined for a removed one
 */
export const keyChanges = (model: CompiledModel, values: Readonly<Record<string, unknown>>): KeyChanges => {
  const set: Record<string, KeyValue> = {};
  const remove: string[] = [];
  let incomplete = false;
  for (const key of keyAttributes(model)) {
    // Every write changes the version, but only the database knows it.
    const isChanged = key.fields.some((field) => field === 'version' || Object.hasOwn(values, field));
    if (!key.encoded || !isChanged) continue;
    if (!key.fields.every((field) => Object.hasOwn(values, field))) incomplete = true;
    const value = encoded(key, values);
    if (value === undefined) remove.push(key.attribute);
    else set[key.attribute] = value;
  }
  if (model.ttl !== undefined && Object.hasOwn(values, model.ttl)) {
    const expiry = expirySecondsOf(model, values);
    if (expiry === undefined) remove.push(expiryAttribute);
    else set[expiryAttribute] = expiry;
  }
  return { set, remove: [...new Set(remove)], incomplete };
};

/** Whether an attribute of its own is made of the field: part of an encoded key, or the time to live. */
export const isPartOfAttribute = (model: CompiledModel, field: string): boolean =>
  field === model.ttl || keyAttributes(model).some((key) => key.encoded && key.fields.includes(field));

/** A whole record with its key attributes, as it is stored. */
export const withKeys = (model: CompiledModel, record: Readonly<Record<string, unknown>>): Record<string, unknown> => {
  const item: Record<string, unknown> = { ...record };
  for (const key of keyAttributes(model)) {
    const value = key.encoded ? encoded(key, record) : record[key.attribute];
    if (value === undefined || value === null) delete item[key.attribute];
    else item[key.attribute] = value;
  }
  const expiry = expirySecondsOf(model, record);
  if (expiry !== undefined) item[expiryAttribute] = expiry;
  else if (model.ttl !== undefined) delete item[expiryAttribute];
  return item;
};

const tooLong = (pointer: string, key: KeyAttribute): FieldError => ({
  pointer,
  code: 'key_too_long',
  detail: `The index ${key.index} takes ${key.maxBytes} bytes here. Shorten the value.`,
});

const faultOf = (key: KeyAttribute, values: Readonly<Record<string, unknown>>): FieldError | undefined => {
  const [field = ''] = key.fields;
  const pointer = `/${field}`;
  const empty = key.fields.find((each) => values[each] === '');
  if (empty !== undefined) {
    return { pointer: `/${empty}`, code: 'too_short', detail: `The index ${key.index} takes no empty text. Leave the field out instead.` };
  }
  const value = key.encoded ? encoded(key, values) : values[key.attribute];
  return typeof value === 'string' && Buffer.byteLength(value) > key.maxBytes ? tooLong(pointer, key) : undefined;
};

/**
 * Refuses values that DynamoDB does not take in the key of an index.
 *
 * @throws ApiError `key_too_long`, `validation_failed`
 */
export const assertKeysFit = (model: CompiledModel, values: Readonly<Record<string, unknown>>): void => {
  const faults = keyAttributes(model)
    .map((key) => faultOf(key, values))
    .filter((fault) => fault !== undefined);
  if (faults.length > 0) throw validationError(faults);
};

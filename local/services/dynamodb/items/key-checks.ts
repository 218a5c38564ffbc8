import { validationError } from '../dynamodb-errors.ts';
import type { ParsedUpdate } from '../expressions/expression-tree.ts';
import { keyNames, type Table, type TableIndex } from '../tables/table.ts';
import type { KeySchema } from '../tables/table-definition.ts';
import { type AttributeValue, contentOf, getAttribute, type Item, typeOf } from '../values/attribute-value.ts';
import { binarySize } from '../values/item-size.ts';

/** Bytes. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
const MAX_HASH_BYTES = 2_048;
const MAX_RANGE_BYTES = 1_024;
const INVALID = 'One or more parameter values were invalid: ';
const NO_MATCH = 'The provided key element does not match the schema';

/** Refuses an item whose key attributes, of the table or of an index, are missing, of a wrong type, empty or too long. */
export function checkItemKeys(item: Item, table: Table): void {
  for (const name of keyNames(table.key)) {
    const value = getAttribute(item, name);
    const type = table.typeOfKey(name);
    if (value === undefined) throw validationError(`${INVALID}Missing the key ${name} in the item`);
    if (typeOf(value) !== type) {
      throw validationError(`${INVALID}Type mismatch for key ${name} expected: ${type} actual: ${typeOf(value)}`);
    }
    checkKeyContent(name, value, table.key);
  }
  for (const index of table.indexes) checkIndexKeys(item, table, index);
}

/** Refuses a `Key` that isn't exactly the key of the table. */
export function checkKey(key: Item, table: Table): void {
  const names = keyNames(table.key);
  if (Object.keys(key).length !== names.length) throw validationError(NO_MATCH);
  for (const name of names) checkKeyPart(key, name, table, table.key);
}

/** Refuses a key attribute that is missing, of a wrong type, empty or too long. */
export function checkKeyPart(key: Item, name: string, table: Table, schema: KeySchema): void {
  const value = getAttribute(key, name);
  if (value === undefined || typeOf(value) !== table.typeOfKey(name)) throw validationError(NO_MATCH);
  checkKeyContent(name, value, schema);
}

/** Refuses an update that names a key attribute, or gives an index key another type. */
export function checkUpdatedNames(names: readonly { name: string; type: string | undefined }[], table: Table): void {
  const keys = keyNames(table.key);
  for (const { name } of names) {
    if (keys.includes(name)) throw validationError(`${INVALID}Cannot update attribute ${name}. This attribute is part of the key`);
  }
  for (const index of table.indexes) {
    for (const { name, type } of names) {
      if (type === undefined || !keyNames(index.key).includes(name) || type === table.typeOfKey(name)) continue;
      throw typeMismatch(name, table.typeOfKey(name), type, index);
    }
  }
}

/** The attributes that an update expression sets as a whole, with the type where it is known before the item is read. */
export function updatedNames(updates: ParsedUpdate): { name: string; type: string | undefined }[] {
  return updates.sections.map((section) => ({
    name: String(section.path[0]),
    type: section.path.length === 1 && section.type !== 'remove' ? section.attrType : undefined,
  }));
}

/** Refuses paths into key attributes: they hold scalars. */
export function checkNestedPaths(nestedPaths: Readonly<Record<string, boolean>> | undefined, table: Table): void {
  if (nestedPaths === undefined) return;
  const message = "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: ";
  for (const name of keyNames(table.key)) {
    if (Object.hasOwn(nestedPaths, name)) throw validationError(`${message}Key: ${name}`);
  }
  for (const name of table.indexes.flatMap((index) => keyNames(index.key))) {
    if (Object.hasOwn(nestedPaths, name)) throw validationError(`${message}IndexKey: ${name}`);
  }
}

/** Refuses an item that came out of an update with an index key that the index cannot hold. */
export function checkUpdatedIndexKeys(before: Item, after: Item, table: Table): void {
  for (const index of table.indexes) {
    for (const name of keyNames(index.key)) {
      const value = getAttribute(after, name);
      if (value === undefined || value === before[name]) continue;
      if (typeOf(value) !== table.typeOfKey(name)) {
        throw validationError('The update expression attempted to update the secondary index key to unsupported type');
      }
      if (contentOf(value) === '') {
        throw validationError(
          'One or more parameter values are not valid. The update expression attempted to update a secondary index key to a value that is not supported. ' +
            `The AttributeValue for a key attribute cannot contain an empty ${kindOf(value)} value.`,
        );
      }
      checkKeySize(name, value, index.key);
    }
  }
}

function checkIndexKeys(item: Item, table: Table, index: TableIndex): void {
  for (const name of keyNames(index.key)) {
    const value = getAttribute(item, name);
    if (value === undefined) continue;
    const type = table.typeOfKey(name);
    if (typeOf(value) !== type) throw typeMismatch(name, type, typeOf(value), index);
    if (contentOf(value) === '') throw validationError(emptyIndexKey(name, value, index));
    checkKeySize(name, value, index.key);
  }
}

function checkKeyContent(name: string, value: AttributeValue, schema: KeySchema): void {
  if (contentOf(value) === '') {
    throw validationError(
      `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty ${kindOf(value)} value. Key: ${name}`,
    );
  }
  checkKeySize(name, value, schema);
}

function checkKeySize(name: string, value: AttributeValue, schema: KeySchema): void {
  const size = 'S' in value ? Buffer.byteLength(value.S) : 'B' in value ? binarySize(value.B) : 0;
  if (name === schema.hash && size > MAX_HASH_BYTES) {
    throw validationError(`${INVALID}Size of hashkey has exceeded the maximum size limit of${MAX_HASH_BYTES} bytes`);
  }
  if (name === schema.range && size > MAX_RANGE_BYTES) {
    throw validationError(`${INVALID}Aggregated size of all range keys has exceeded the size limit of ${MAX_RANGE_BYTES} bytes`);
  }
}

function emptyIndexKey(name: string, value: AttributeValue, index: TableIndex): string {
  return (
    'One or more parameter values are not valid. A value specified for a secondary index key is not supported. ' +
    `The AttributeValue for a key attribute cannot contain an empty ${kindOf(value)} value. IndexName: ${index.name}, IndexKey: ${name}`
  );
}

function typeMismatch(name: string, expected: string, actual: string, index: TableIndex): Error {
  return validationError(`${INVALID}Type mismatch for Index Key ${name} Expected: ${expected} Actual: ${actual} IndexName: ${index.name}`);
}

function kindOf(value: AttributeValue): string {
  return 'S' in value ? 'string' : 'binary';
}

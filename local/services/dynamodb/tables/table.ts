import { encodeKeyValue, partitionPrefix } from '../storage/key-encoding.ts';
import { type AttributeValue, getAttribute, type Item, type KeyType, setAttribute } from '../values/attribute-value.ts';
import type { KeySchema, StoredExpiry, StoredIndex, StoredTable } from './table-definition.ts';

/** An index of a table, ready for use. */
export interface TableIndex extends StoredIndex {
  readonly prefix: string;
  readonly arn: string;
  /** The names that an entry holds; undefined: all. */
  readonly projected: readonly string[] | undefined;
}

/** A table definition with everything that requests need computed once. */
export class Table {
  readonly stored: StoredTable;
  readonly name: string;
  readonly arn: string;
  readonly key: KeySchema;
  /** Where the items lie in the store. */
  readonly itemPrefix: string;
  readonly indexes: readonly TableIndex[];
  /** Where the entries by expiry time lie; undefined: items do not expire. */
  readonly expiryPrefix: string | undefined;

  constructor(stored: StoredTable, arn: string) {
    this.stored = stored;
    this.name = stored.name;
    this.arn = arn;
    this.key = stored.key;
    this.itemPrefix = `i!${stored.id}!`;
    this.expiryPrefix = stored.expiry && expiryPrefix(stored.id, stored.expiry);
    this.indexes = stored.indexes.map((index) => ({
      ...index,
      prefix: indexPrefix(stored.id, index.id),
      arn: `${arn}/index/${index.name}`,
      projected: projectedNames(stored.key, index),
    }));
  }

  get streamArn(): string | undefined {
    return this.stored.stream && `${this.arn}/stream/${this.stored.stream.label}`;
  }

  typeOfKey(attribute: string): KeyType {
    return this.stored.attributeTypes[attribute] as KeyType;
  }

  index(name: string): TableIndex | undefined {
    return this.indexes.find((index) => index.name === name);
  }

  /** The store's key of the item with these key attributes, which must be there. */
  itemKey(item: Item): string {
    return this.itemPrefix + this.#primaryKeyText(item);
  }

  /** The store's key of the index entry for this item, undefined when the item lacks an index key. */
  indexKey(index: TableIndex, item: Item): string | undefined {
    const text = keyText(item, index.key);
    return text === undefined ? undefined : index.prefix + text + this.#primaryKeyText(item);
  }

  /** Only the key attributes. */
  keyOf(item: Item): Item {
    return pick(item, keyNames(this.key));
  }

  /** The item as the index holds it. */
  project(index: TableIndex, item: Item): Item {
    return index.projected === undefined ? item : pick(item, index.projected);
  }

  #primaryKeyText(item: Item): string {
    return keyText(item, this.key) as string;
  }
}

export function keyNames(key: KeySchema): string[] {
  return key.range === undefined ? [key.hash] : [key.hash, key.range];
}

export function indexPrefix(tableId: string, indexId: string): string {
  return `x!${tableId}!${indexId}!`;
}

export function expiryPrefix(tableId: string, expiry: StoredExpiry): string {
  return `e!${tableId}!${expiry.id}!`;
}

export function pick(item: Item, names: readonly string[]): Item {
  const picked: Item = {};
  for (const name of names) {
    const value = getAttribute(item, name);
    if (value !== undefined) setAttribute(picked, name, value);
  }
  return picked;
}

function keyText(item: Item, key: KeySchema): string | undefined {
  const hash = getAttribute(item, key.hash);
  if (hash === undefined) return undefined;
  if (key.range === undefined) return partitionPrefix(hash);
  const range: AttributeValue | undefined = getAttribute(item, key.range);
  return range === undefined ? undefined : `${partitionPrefix(hash)}${encodeKeyValue(range)}/`;
}

function projectedNames(tableKey: KeySchema, index: StoredIndex): string[] | undefined {
  if (index.projection.type === 'ALL') return undefined;
  return [...new Set([...keyNames(tableKey), ...keyNames(index.key), ...(index.projection.nonKeyAttributes ?? [])])];
}

import { createHash } from 'node:crypto';
import type { CompiledModel } from '../../contracts/compiled.ts';
import { constraintsTable } from '../../contracts/key-encoding.ts';
import type { Item, Write } from './data-store.ts';

/** The count of all records of a model. */
export const allRecords = '*';

/** Values up to this many bytes are part of the key as they are; longer ones by their hash, since a key has 2,048 bytes at the most. */
const maxPlainBytes = 1_024;

/** The key of the counter of one value. The sign before the value keeps a hash from ever equalling a plain value. */
export const counterKey = (model: string, field: string, value: unknown): string => {
  if (field === allRecords) return `C#${model}#*`;
  const text = String(value);
  const isPlain = Buffer.byteLength(text) <= maxPlainBytes;
  return `C#${model}#${field}#${isPlain ? `=${text}` : `~${createHash('sha256').update(text).digest('base64url')}`}`;
};

/** A change of a counter, apart from the request that makes it, so that changes of one counter can be added up. */
export interface CounterChange {
  readonly key: string;
  readonly delta: number;
}

const keysOf = (model: CompiledModel, item: Item | undefined): readonly string[] => {
  if (item === undefined) return [];
  return model.counts.flatMap((field) => {
    const value = item[field];
    return field === allRecords || (value !== undefined && value !== null) ? [counterKey(model.name, field, value)] : [];
  });
};

/** What a change of a record does to the counters of its model. Undefined stands for no record. */
export const counterChanges = (model: CompiledModel, before: Item | undefined, after: Item | undefined): readonly CounterChange[] => {
  const left = keysOf(model, before);
  const entered = keysOf(model, after);
  return [
    ...left.filter((key) => !entered.includes(key)).map((key) => ({ key, delta: -1 })),
    ...entered.filter((key) => !left.includes(key)).map((key) => ({ key, delta: 1 })),
  ];
};

/** The write of a change. It has no condition: the record's own write has one, and both are done or none. */
export const counterWrite = (table: string, { key, delta }: CounterChange): Write => ({
  kind: 'update',
  table,
  key: { [constraintsTable.partitionKey]: key },
  expression: 'ADD #n :d',
  parameters: { ExpressionAttributeNames: { '#n': 'n' }, ExpressionAttributeValues: { ':d': delta } },
});

const deltaOf = (write: Write): number => Number(write.parameters?.ExpressionAttributeValues?.[':d']);

/** Two changes of one counter as one; undefined if they cancel each other. */
export const joinCounterWrites = (first: Write, second: Write): Write | undefined => {
  const sum = deltaOf(first) + deltaOf(second);
  return sum === 0 ? undefined : { ...first, parameters: { ...first.parameters, ExpressionAttributeValues: { ':d': sum } } };
};

/** The write that removes a counter, which holds only if nothing is counted any more. */
export const emptyCounterWrite = (table: string, key: string): Write => ({
  kind: 'delete',
  table,
  key: { [constraintsTable.partitionKey]: key },
  condition: 'attribute_not_exists(#k) OR #n <= :z',
  parameters: { ExpressionAttributeNames: { '#k': constraintsTable.partitionKey, '#n': 'n' }, ExpressionAttributeValues: { ':z': 0 } },
});

/** What a counter's item says. Records from before the counter was declared may have taken it below zero. */
export const countOf = (item: Item | undefined): number => Math.max(0, Number(item?.['n'] ?? 0));

import type { CompiledModel } from '../../contracts/compiled.ts';
import { constraintsTable } from '../../contracts/key-encoding.ts';
import { allRecords, counterKey } from './constraint-keys.ts';
import type { Item, Write } from './data-store.ts';

/** A change of a counter, apart from the request that makes it, so that changes of one counter can be added up. */
export interface CounterChange {
  readonly key: string;
  readonly delta: number;
}

const keysOf = (model: CompiledModel, item: Item | undefined): readonly string[] => {
  if (item === undefined) return [];
  return model.counts.flatMap((field) => {
    const value = item[field];
    return field === allRecords || (value !== undefined && value !== null) ? [counterKey(model, field, value)] : [];
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

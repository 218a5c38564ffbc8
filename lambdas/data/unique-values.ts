import type { CompiledModel } from '../../contracts/compiled.ts';
import { ApiError, type FieldError } from '../../contracts/errors.ts';
import { constraintsTable } from '../../contracts/key-encoding.ts';
import { uniqueKey } from './constraint-keys.ts';
import type { Item, Write } from './data-store.ts';
import { expirySecondsOf } from './system-fields.ts';

const hasValue = (value: unknown): boolean => value !== undefined && value !== null;

interface UniqueWrite {
  readonly field: string;
  readonly write: Write;
}

/** Where unique values are kept, and whose they are. */
export interface UniqueScope {
  readonly model: CompiledModel;
  readonly table: string;
  readonly recordId: string;
  readonly nowMs: number;
}

const take = ({ model, table, recordId, nowMs }: UniqueScope, field: string, item: Item): UniqueWrite => {
  const expiresAt = expirySecondsOf(model, item);
  const record = {
    [constraintsTable.partitionKey]: uniqueKey(model, field, item[field]),
    id: recordId,
    ...(expiresAt !== undefined && { [constraintsTable.timeToLive]: expiresAt }),
  };
  const write: Write = {
    kind: 'put',
    table,
    item: record,
    // A value is free, too, when its holder's time is over, and when it is the record's own.
    condition: 'attribute_not_exists(#k) OR #i = :i OR #e < :n',
    parameters: {
      ExpressionAttributeNames: { '#k': constraintsTable.partitionKey, '#i': 'id', '#e': constraintsTable.timeToLive },
      ExpressionAttributeValues: { ':i': recordId, ':n': Math.floor(nowMs / 1_000) },
    },
  };
  return { field, write };
};

const release = ({ model, table, recordId }: UniqueScope, field: string, item: Item): UniqueWrite => {
  const write: Write = {
    kind: 'delete',
    table,
    key: { [constraintsTable.partitionKey]: uniqueKey(model, field, item[field]) },
    condition: 'attribute_not_exists(#k) OR #i = :i',
    parameters: {
      ExpressionAttributeNames: { '#k': constraintsTable.partitionKey, '#i': 'id' },
      ExpressionAttributeValues: { ':i': recordId },
    },
  };
  return { field, write };
};

const changesOf = (scope: UniqueScope, field: string, before: Item, after: Item): readonly UniqueWrite[] => {
  const isSame = String(before[field]) === String(after[field]);
  // A value lives as long as its record, so a new end is written to it, too.
  const isTaken = hasValue(after[field]) && (!isSame || expirySecondsOf(scope.model, before) !== expirySecondsOf(scope.model, after));
  const isReleased = hasValue(before[field]) && !isSame;
  return [...(isReleased ? [release(scope, field, before)] : []), ...(isTaken ? [take(scope, field, after)] : [])];
};

/** The writes that a change of a record makes to its unique values. An empty record stands for none. */
export const uniqueWrites = (scope: UniqueScope, before: Item, after: Item): readonly UniqueWrite[] =>
  scope.model.unique.flatMap((field) => changesOf(scope, field, before, after));

/** The write that takes a value which another record gives up in the same transaction: the value is free if it is that record's. */
export const takeOver = (take: Write, release: Write): Write => ({
  ...take,
  parameters: {
    ...take.parameters,
    ExpressionAttributeValues: {
      ...take.parameters?.ExpressionAttributeValues,
      ':i': release.parameters?.ExpressionAttributeValues?.[':i'],
    },
  },
});

/** The refusal of taken values. It doesn't tell whose they are. */
export const notUnique = (fields: readonly string[]): ApiError => {
  const errors = fields.map(
    (field): FieldError => ({ pointer: `/${field}`, code: 'not_unique', detail: 'Another record has this value.' }),
  );
  return new ApiError('not_unique', `Another record has this value: ${fields.join(', ')}. Choose another.`, { errors });
};

import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { constraintsTable } from '../contracts/key-encoding.ts';
import { allRecords, counterKey } from '../lambdas/data/constraint-keys.ts';
import type { Write } from '../lambdas/data/data-store.ts';
import { BackfillMarker } from './data-markers.ts';
import { Progress, recordCount } from './data-progress.ts';
import { scanPages, toRecord } from './data-scan.ts';
import type { DataTarget, ModelTarget } from './data-target.ts';
import { commitAll } from './data-write.ts';
import { print } from './ui.ts';
import { UserError } from './user-error.ts';

/** How often the records are counted anew when there were writes meanwhile. */
const maxRounds = 3;

/** The counters of a model as they are now. They lie in one table with others, so that this reads all of it. */
const storedCounters = async ({ client }: DataTarget, { model, constraints }: ModelTarget): Promise<ReadonlyMap<string, number>> => {
  const found = new Map<string, number>();
  let start: Record<string, unknown> | undefined;
  do {
    const output = await client.send(
      new ScanCommand({
        TableName: constraints,
        ConsistentRead: true,
        FilterExpression: 'begins_with(#k, :start)',
        ExpressionAttributeNames: { '#k': constraintsTable.partitionKey },
        ExpressionAttributeValues: { ':start': `C#${model.storedAs ?? model.name}#` },
        ...(start && { ExclusiveStartKey: start }),
      }),
    );
    for (const item of output.Items ?? []) found.set(String(item[constraintsTable.partitionKey]), Number(item['n'] ?? 0));
    start = output.LastEvaluatedKey;
  } while (start !== undefined);
  return found;
};

const countRecords = async (database: DataTarget, target: ModelTarget, total: number): Promise<ReadonlyMap<string, number>> => {
  const { model } = target;
  const progress = new Progress(`${model.name}, counting`, total);
  const counts = new Map<string, number>();
  let seen = 0;
  for await (const { items } of scanPages(database, target.table)) {
    for (const item of items) {
      const record = toRecord(target, item);
      const fields = model.counts.filter((field) => field === allRecords || (record[field] ?? undefined) !== undefined);
      for (const key of fields.map((field) => counterKey(model, field, record[field]))) counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    seen += items.length;
    progress.show(seen, seen);
  }
  progress.end(`${recordCount(seen)} counted`);
  return counts;
};

/** Sets a counter, unless somebody has changed it since it was read. */
const setCounter = (table: string, key: string, count: number, before: number | undefined): Write => ({
  kind: 'update',
  table,
  key: { [constraintsTable.partitionKey]: key },
  expression: 'SET #n = :count',
  condition: before === undefined ? 'attribute_not_exists(#n)' : '#n = :before',
  parameters: {
    ExpressionAttributeNames: { '#n': 'n' },
    ExpressionAttributeValues: { ':count': count, ...(before !== undefined && { ':before': before }) },
  },
});

/** @returns how many counters were changed by others meanwhile */
const round = async (database: DataTarget, target: ModelTarget, total: number): Promise<number> => {
  const before = await storedCounters(database, target);
  const counts = await countRecords(database, target, total);
  let missed = 0;
  for (const key of new Set([...before.keys(), ...counts.keys()])) {
    const count = counts.get(key) ?? 0;
    if (count === (before.get(key) ?? 0)) continue;
    const failed = await commitAll(database, [setCounter(target.constraints, key, count, before.get(key))]);
    if (failed.length > 0) missed += 1;
  }
  return missed;
};

/**
 * Counts the stored records of a model anew, for all its counters.
 *
 * @throws UserError when writes came in between again and again
 */
export const backfillCounts = async (database: DataTarget, target: ModelTarget, total: number): Promise<void> => {
  const { model } = target;
  if (model.counts.length === 0) throw new UserError(`${model.name} counts nothing.`, `Add a counter first: count: ['*'] in the model.`);
  for (let count = 1; count <= maxRounds; count += 1) {
    const missed = await round(database, target, total);
    if (missed === 0) {
      for (const name of model.awaited?.counts ?? []) await new BackfillMarker(database, target, 'count', name).done();
      return;
    }
    print(`${model.name}: ${missed} of its counters changed meanwhile`);
  }
  throw new UserError(
    `The counters of ${model.name} changed in each of ${maxRounds} rounds.`,
    'Run this again at a time with fewer writes.',
  );
};

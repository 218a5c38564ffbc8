import { isDeepStrictEqual } from 'node:util';
import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { expiryAttribute } from '../contracts/key-encoding.ts';
import { withKeys } from '../lambdas/data/index-keys.ts';
import { type Attributes, storedFormOf, withDefaults } from '../lambdas/runtime/stored-record.ts';
import { BackfillMarker } from './data-markers.ts';
import { Progress, recordCount } from './data-progress.ts';
import { forEachOf, scanPages, toItem, toRecord } from './data-scan.ts';
import type { DataTarget, ModelTarget } from './data-target.ts';
import { print } from './ui.ts';
import { UserError } from './user-error.ts';

const atATime = 16;
const maxAttempts = 8;
const shownFaults = 20;

/** The attributes that a write of today would give the record, and those that it would not have. */
interface Missing {
  readonly set: Attributes;
  readonly remove: readonly string[];
}

/** Attributes that only indexes and the time to live look at. */
const derivedAttributes = ({ model }: ModelTarget): readonly string[] => [
  ...model.indexes.flatMap((index) => [
    ...(index.partitionEncoded ? [index.partitionAttribute] : []),
    ...(index.sortEncoded && index.sortAttribute !== undefined ? [index.sortAttribute] : []),
  ]),
  ...(model.ttl === undefined ? [] : [expiryAttribute]),
];

const missingIn = (target: ModelTarget, item: Attributes): Missing => {
  const form = storedFormOf(target.model);
  const wanted = toItem(target, withKeys(target.model, withDefaults(form, toRecord(target, item))));
  const defaults = form.defaults.map(([field]) => form.attributeOf.get(field) ?? field).filter((name) => item[name] === undefined);
  const derived = derivedAttributes(target);
  return {
    set: Object.fromEntries(
      [...defaults, ...derived].flatMap((name) =>
        wanted[name] === undefined || isDeepStrictEqual(wanted[name], item[name]) ? [] : [[name, wanted[name]]],
      ),
    ),
    remove: derived.filter((name) => wanted[name] === undefined && item[name] !== undefined),
  };
};

const updateOf = ({ table }: ModelTarget, item: Attributes, { set, remove }: Missing): UpdateCommand => {
  const names = [...Object.keys(set), ...remove];
  const mark = (name: string): number => names.indexOf(name);
  const sets = Object.keys(set).map((name) => `#n${mark(name)} = :v${mark(name)}`);
  const removes = remove.map((name) => `#n${mark(name)}`);
  return new UpdateCommand({
    TableName: table,
    Key: { id: item['id'] },
    // The version stays: nothing changes that a client could see.
    UpdateExpression: [sets.length > 0 ? `SET ${sets.join(', ')}` : '', removes.length > 0 ? `REMOVE ${removes.join(', ')}` : '']
      .join(' ')
      .trim(),
    ConditionExpression: '#version = :version',
    ExpressionAttributeNames: { '#version': 'version', ...Object.fromEntries(names.map((name) => [`#n${mark(name)}`, name])) },
    ExpressionAttributeValues: {
      ':version': item['version'],
      ...Object.fromEntries(Object.entries(set).map(([name, value]) => [`:v${mark(name)}`, value])),
    },
  });
};

/** @returns whether the record lacked something */
const bringUpToDate = async (database: DataTarget, target: ModelTarget, first: Attributes): Promise<boolean> => {
  let item: Attributes | undefined = first;
  for (let attempt = 1; item !== undefined && attempt <= maxAttempts; attempt += 1) {
    const missing = missingIn(target, item);
    if (Object.keys(missing.set).length === 0 && missing.remove.length === 0) return false;
    try {
      await database.client.send(updateOf(target, item, missing));
      return true;
    } catch (error) {
      // Somebody wrote it meanwhile.
      if ((error as Error).name !== 'ConditionalCheckFailedException') throw error;
      const key = { id: first['id'] };
      item = (await database.client.send(new GetCommand({ TableName: target.table, Key: key, ConsistentRead: true }))).Item;
    }
  }
  return false;
};

const finish = async (database: DataTarget, target: ModelTarget): Promise<void> => {
  const { fields = [], indexes = [] } = target.model.awaited ?? {};
  for (const name of fields) await new BackfillMarker(database, target, 'field', name).done();
  for (const name of indexes) await new BackfillMarker(database, target, 'index', name).done();
};

/**
 * Brings stored records of a model into the form that a write of today gives them: defaults of later fields, keys of later indexes
 * and the time to live. It may be stopped and run again at any time.
 *
 * @throws UserError when some records cannot be in an index
 */
export const backfillRecords = async (database: DataTarget, target: ModelTarget, total: number): Promise<void> => {
  const { model } = target;
  const marker = new BackfillMarker(database, target, 'records', '');
  const start = await marker.position();
  if (start !== undefined) print(`${model.name}: goes on where it was stopped`);
  const progress = new Progress(model.name, total);
  const faults: string[] = [];
  let seen = 0;
  let changed = 0;
  for await (const { items, next } of scanPages(database, target.table, start)) {
    await forEachOf(items, atATime, async (item) => {
      try {
        if (await bringUpToDate(database, target, item)) changed += 1;
      } catch (error) {
        if ((error as Error).name !== 'ValidationException') throw error;
        faults.push(`${String(item['id'])}: ${(error as Error).message}`);
      }
    });
    seen += items.length;
    progress.show(seen, seen);
    if (next !== undefined && faults.length === 0) await marker.moveTo(next);
  }
  progress.end(`${recordCount(seen)} looked at, ${changed} brought up to date`);
  await marker.remove();
  if (faults.length > 0) {
    for (const fault of faults.slice(0, shownFaults)) print(`  ${fault}`);
    throw new UserError(
      `${recordCount(faults.length)} of ${model.name} cannot be stored as the definition wants.`,
      'Shorten the indexed values of these records, then run this again.',
    );
  }
  await finish(database, target);
};

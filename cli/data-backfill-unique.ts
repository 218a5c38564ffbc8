import { createHash } from 'node:crypto';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { constraintsTable } from '../contracts/key-encoding.ts';
import type { Write } from '../lambdas/data/data-store.ts';
import { expirySecondsOf } from '../lambdas/data/system-fields.ts';
import { uniqueWrites } from '../lambdas/data/unique-values.ts';
import type { Attributes } from '../lambdas/runtime/stored-record.ts';
import { BackfillMarker } from './data-markers.ts';
import { Progress, recordCount } from './data-progress.ts';
import { forEachOf, scanPages, toRecord } from './data-scan.ts';
import type { DataTarget, ModelTarget } from './data-target.ts';
import { commitAll } from './data-write.ts';
import { print } from './ui.ts';
import { UserError } from './user-error.ts';

const atATime = 16;
const shownConflicts = 20;

/** One value that several records hold. */
interface Conflict {
  readonly value: string;
  readonly ids: readonly string[];
}

interface Job {
  readonly database: DataTarget;
  readonly target: ModelTarget;
  readonly field: string;
  readonly total: number;
}

const heldValue = (record: Attributes, field: string): string | undefined =>
  record[field] === undefined || record[field] === null ? undefined : String(record[field]);

const isOver = ({ model }: ModelTarget, record: Attributes): boolean =>
  (expirySecondsOf(model, record) ?? Number.POSITIVE_INFINITY) <= Date.now() / 1_000;

/** A hash in place of the value keeps the memory small: about 100 bytes a record. */
const nameOf = (value: string): string => createHash('sha256').update(value).digest('base64url').slice(0, 22);

/** Looks for values that several records hold. Writes nothing. */
const findConflicts = async ({ database, target, field, total }: Job): Promise<readonly Conflict[]> => {
  const progress = new Progress(`${target.model.name}.${field}, looking for equal values`, total);
  const holders = new Map<string, string>();
  const conflicts = new Map<string, { value: string; ids: string[] }>();
  let seen = 0;
  for await (const { items } of scanPages(database, target.table)) {
    for (const item of items) {
      const record = toRecord(target, item);
      const value = heldValue(record, field);
      if (value === undefined || isOver(target, record)) continue;
      const name = nameOf(value);
      const holder = holders.get(name);
      const id = String(record['id']);
      if (holder === undefined) holders.set(name, id);
      else {
        const conflict = conflicts.get(name) ?? { value, ids: [holder] };
        conflict.ids.push(id);
        conflicts.set(name, conflict);
      }
    }
    seen += items.length;
    progress.show(seen, seen);
  }
  progress.end(`${recordCount(seen)} looked at`);
  return [...conflicts.values()]
    .map(({ value, ids }) => ({ value, ids: ids.sort() }))
    .sort((left, right) => (left.value < right.value ? -1 : 1));
};

const refuse = ({ target, field }: Job, conflicts: readonly Conflict[]): UserError => {
  const name = `${target.model.name}.${field}`;
  for (const { value, ids } of conflicts.slice(0, shownConflicts)) print(`  ${JSON.stringify(value)} is held by ${ids.join(', ')}`);
  if (conflicts.length > shownConflicts) print(`  and ${conflicts.length - shownConflicts} more`);
  return new UserError(
    `${conflicts.length} ${conflicts.length === 1 ? 'value' : 'values'} of ${name} ${conflicts.length === 1 ? 'is' : 'are'} held by several records. Nothing was changed.`,
    'Change or delete the records above until each value is held once, then run this again.',
  );
};

/** The record must still hold the value when it is recorded as its own. */
const holdsStill = ({ target, field }: Job, record: Attributes): Write => ({
  kind: 'check',
  table: target.table,
  key: { id: String(record['id']) },
  condition: '#f = :v',
  parameters: {
    ExpressionAttributeNames: { '#f': target.model.fields[field]?.storedAs ?? field },
    ExpressionAttributeValues: { ':v': record[field] },
  },
});

const takeOf = ({ target, field }: Job, record: Attributes): Write | undefined =>
  uniqueWrites(
    { model: target.model, table: target.constraints, recordId: String(record['id']), nowMs: Date.now() },
    {},
    // Of this field alone.
    { [field]: record[field], ...(target.model.ttl !== undefined && { [target.model.ttl]: record[target.model.ttl] }) },
  ).find((write) => write.field === field)?.write;

/** A record of the constraints table whose holder does not hold the value any more: the field was not unique for a while. */
const isStale = async ({ database, target, field }: Job, holder: Attributes, value: string): Promise<boolean> => {
  const { Item: item } = await database.client.send(
    new GetCommand({ TableName: target.table, Key: { id: holder['id'] }, ConsistentRead: true }),
  );
  return item === undefined || heldValue(toRecord(target, item), field) !== value;
};

const replacing = (take: Write, holder: Attributes): Write => ({
  ...take,
  condition: '#k = :k AND #i = :i',
  parameters: {
    ExpressionAttributeNames: { '#k': constraintsTable.partitionKey, '#i': 'id' },
    ExpressionAttributeValues: { ':k': holder[constraintsTable.partitionKey], ':i': holder['id'] },
  },
});

/** @returns the conflict that came up meanwhile, if one did */
const record = async (job: Job, stored: Attributes): Promise<Conflict | undefined> => {
  const value = heldValue(stored, job.field);
  const take = value === undefined || isOver(job.target, stored) ? undefined : takeOf(job, stored);
  if (value === undefined || take === undefined) return undefined;
  const check = holdsStill(job, stored);
  const failed = await commitAll(job.database, [take, check]);
  // A record that changed meanwhile was recorded by that write.
  if (failed.length === 0 || failed.some(({ index }) => index === 1)) return undefined;
  const holder = failed[0]?.item;
  if (holder === undefined) return undefined;
  const conflict = { value, ids: [String(holder['id']), String(stored['id'])] };
  if (!(await isStale(job, holder, value))) return conflict;
  return (await commitAll(job.database, [replacing(take, holder), check])).length === 0 ? undefined : conflict;
};

/**
 * Records the values of a field that has become unique, for the records that were there before. If a value is held by several
 * records it names them and changes nothing. It may be stopped and run again at any time.
 *
 * @throws UserError for values that are held more than once
 */
export const backfillUnique = async (database: DataTarget, target: ModelTarget, field: string, total: number): Promise<void> => {
  if (!target.model.unique.includes(field)) {
    throw new UserError(`${target.model.name}.${field} is not unique.`, `Add it first: unique: ['${field}'] in the model.`);
  }
  const job: Job = { database, target, field, total };
  const marker = new BackfillMarker(database, target, 'unique', field);
  const start = await marker.position();
  if (start === undefined) {
    const conflicts = await findConflicts(job);
    if (conflicts.length > 0) throw refuse(job, conflicts);
  } else print(`${target.model.name}.${field}: goes on where it was stopped`);
  const progress = new Progress(`${target.model.name}.${field}, recording values`, total);
  const late: Conflict[] = [];
  let seen = 0;
  for await (const { items, next } of scanPages(database, target.table, start)) {
    await forEachOf(items, atATime, async (item) => {
      const conflict = await record(job, toRecord(target, item));
      if (conflict !== undefined) late.push(conflict);
    });
    seen += items.length;
    progress.show(seen, seen);
    if (next !== undefined && late.length === 0) await marker.moveTo(next);
  }
  progress.end(`${recordCount(seen)} done`);
  if (late.length > 0) {
    await marker.remove();
    throw refuse(job, late);
  }
  await marker.done();
};

import type { CompiledReference } from '../../contracts/compiled.ts';
import { counterKey } from './constraint-keys.ts';
import { emptyCounterWrite } from './counters.ts';
import { commit, type Item, queryItems, readItem, type Write } from './data-store.ts';
import { withKeys } from './index-keys.ts';
import { findModel, type ModelEntry } from './models.ts';
import { deletionCheck, deletionKey, effectsOf, hasDependants } from './record-effects.ts';
import { referrerQuery } from './references.ts';
import { constraintsTableName } from './write-context.ts';

/** What may be done for deletes at a time. */
export interface CleanupBudget {
  /** Records that may still be deleted or changed. */
  records: number;
  readonly hasTime: () => boolean;
}

/** A deleted record, on which others depended. */
interface Deletion {
  readonly model: string;
  readonly id: string;
}

/** Records that are looked up at a time. */
const pageSize = 50;
/** How often the write to a record is made anew that others write to, too. */
const maxAttempts = 6;
/** Indexes follow writes within moments. */
const indexLagMs = 100;
/** From then on, a counter that is not empty while the index is counts records that nobody has. */
const longestLagMs = 5 * 60_000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const withoutField = ({ model }: ModelEntry, stored: Item, field: string): Item => {
  const { [field]: _gone, ...rest } = stored;
  return withKeys(model, { ...rest, version: Number(stored['version']) + 1, updatedAt: new Date().toISOString() });
};

const recordWrite = ({ table }: ModelEntry, stored: Item, next: Item | undefined): Write => {
  const condition = {
    table,
    condition: '#v = :v',
    parameters: { ExpressionAttributeNames: { '#v': 'version' }, ExpressionAttributeValues: { ':v': stored['version'] } },
  };
  return next === undefined
    ? { ...condition, kind: 'delete', key: { id: String(stored['id']) } }
    : { ...condition, kind: 'put', item: next };
};

/**
 * Deletes or changes one record that depended on the deleted one, with its unique values and counters, in one transaction.
 * The check in it keeps a slow helper from touching records of a successor with the same id.
 *
 * @returns whether the record was deleted and others may depend on it
 */
const release = async ({ model, id }: Deletion, { model: name, field, onDelete }: CompiledReference, found: Item): Promise<boolean> => {
  const entry = findModel(name);
  let stored: Item | undefined = found;
  for (let attempt = 0; attempt < maxAttempts && stored !== undefined && stored[field] === id; attempt += 1) {
    const next = onDelete === 'cascade' ? undefined : withoutField(entry, stored, field);
    const scope = { model: entry.model, table: constraintsTableName, recordId: String(stored['id']), nowMs: Date.now(), caller: undefined };
    const effects = effectsOf(scope, stored, next).map(({ write }) => write);
    const isUnfinished = deletionCheck(constraintsTableName, deletionKey(model, id), true);
    const result = await commit([recordWrite(entry, stored, next), isUnfinished, ...effects]);
    if (result.ok) return next === undefined && hasDependants(entry.model);
    const record = result.failed.find(({ index }) => index === 0);
    if (record === undefined) return false;
    stored = record.item;
  }
  return false;
};

/** @returns whether the index shows no more records */
const releaseAll = async (deletion: Deletion, referrer: CompiledReference, budget: CleanupBudget): Promise<boolean> => {
  let startKey: Item | undefined;
  do {
    const page = await queryItems({ ...referrerQuery(referrer, deletion.id), limit: pageSize, ...(startKey && { startKey }) });
    for (const item of page.items) {
      if (budget.records <= 0 || !budget.hasTime()) return false;
      budget.records -= 1;
      const hasOwn = await release(deletion, referrer, item);
      // What is left of it has a record of its own in the table of constraints.
      if (hasOwn) await finishDeletion({ model: referrer.model, id: String(item['id']) }, budget);
    }
    startKey = page.lastKey;
  } while (startKey !== undefined);
  return true;
};

/** Ends a delete, if no record depends on the deleted one any more: the counters know it before the indexes do. */
const close = async ({ model, id }: Deletion, dependants: readonly CompiledReference[], isOverdue: boolean): Promise<boolean> => {
  const table = constraintsTableName;
  const counters = dependants.map((referrer) => emptyCounterWrite(table, counterKey(findModel(referrer.model).model, referrer.field, id)));
  const unfinished: Write = { kind: 'delete', table, key: deletionKey(model, id) };
  if (!isOverdue) return (await commit([unfinished, ...counters])).ok;
  const anyway = counters.map(({ condition: _, parameters: __, ...write }) => write as Write);
  return (await commit([unfinished, ...anyway])).ok;
};

/**
 * Deletes or changes the records that depended on a deleted one, as far as the budget goes. It may be stopped at any point,
 * and several may do it at the same time.
 *
 * @returns whether nothing is left to do
 * @throws ApiError `unavailable`, `timeout`, `write_conflict`
 */
export const finishDeletion = async (deletion: Deletion, budget: CleanupBudget): Promise<boolean> => {
  const { model, id } = deletion;
  const dependants = findModel(model).model.referrers.filter(({ onDelete }) => onDelete !== 'restrict');
  for (;;) {
    const unfinished = await readItem(constraintsTableName, deletionKey(model, id), true);
    if (unfinished === undefined) return true;
    for (const referrer of dependants) if (!(await releaseAll(deletion, referrer, budget))) return false;
    const isOverdue = Date.now() - Number(unfinished['at']) > longestLagMs;
    if (await close(deletion, dependants, isOverdue)) return true;
    if (!budget.hasTime()) return false;
    await pause(indexLagMs);
  }
};

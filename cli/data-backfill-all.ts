import type { BackfillSubject } from '../lambdas/data/constraint-keys.ts';
import { backfillCounts } from './data-backfill-counts.ts';
import { backfillRecords } from './data-backfill-records.ts';
import { backfillUnique } from './data-backfill-unique.ts';
import { BackfillMarker } from './data-markers.ts';
import type { DataTarget, ModelTarget } from './data-target.ts';
import { print } from './ui.ts';

/**
 * Does every backfill that a change of the definition asks for and that this backend has not had yet. Where nothing is left to do,
 * and on empty tables, it takes a moment only.
 *
 * @throws UserError as the single backfills
 */
export const backfillAll = async (
  database: DataTarget,
  targets: readonly ModelTarget[],
  totalOf: (target: ModelTarget) => Promise<number>,
): Promise<void> => {
  let isAnythingDone = false;
  for (const target of targets) {
    const { fields = [], indexes = [], unique = [], counts = [] } = target.model.awaited ?? {};
    const isOpen = async (subject: BackfillSubject, names: readonly string[]): Promise<boolean> => {
      const done = await Promise.all(names.map((name) => new BackfillMarker(database, target, subject, name).isDone()));
      return done.includes(false);
    };
    const steps: (() => Promise<void>)[] = [];
    const total = await totalOf(target);
    if ((await isOpen('field', fields)) || (await isOpen('index', indexes))) steps.push(() => backfillRecords(database, target, total));
    for (const field of unique) if (await isOpen('unique', [field])) steps.push(() => backfillUnique(database, target, field, total));
    if (await isOpen('count', counts)) steps.push(() => backfillCounts(database, target, total));
    for (const step of steps) await step();
    isAnythingDone ||= steps.length > 0;
  }
  if (!isAnythingDone) print('Nothing to do: all records are up to the definition.');
};

import type { CompiledModel } from '../../contracts/compiled.ts';
import { ApiError } from '../../contracts/errors.ts';
import { constraintsTable } from '../../contracts/key-encoding.ts';
import { matches, type Predicate } from '../runtime/predicate.ts';
import { type BackfillSubject, backfillKey } from './constraint-keys.ts';
import { readItem } from './data-store.ts';
import { predicateOf } from './disjuncts.ts';
import type { ListPlan } from './plan-list.ts';
import { constraintsTableName } from './write-context.ts';

/** What is done stays done, so that a running function asks once. */
const done = new Set<string>();

/** Whether the records that were stored before a change have been brought up to it. */
export const isBackfilled = async (model: CompiledModel, subject: BackfillSubject, name: string): Promise<boolean> => {
  const key = backfillKey(model, subject, name);
  if (done.has(key)) return true;
  const marker = await readItem(constraintsTableName, { [constraintsTable.partitionKey]: key }, true);
  if (marker?.['state'] === 'done') done.add(key);
  return done.has(key);
};

/** Whether the database would judge a record without the field otherwise than one with the field's default. */
const dependsOnDefault = (predicate: Predicate, field: string, value: unknown): boolean => {
  switch (predicate.kind) {
    case 'term':
      return predicate.field === field && matches(predicate, {}) !== matches(predicate, { [field]: value });
    case 'not':
      return dependsOnDefault(predicate.part, field, value);
    default:
      return predicate.parts.some((part) => dependsOnDefault(part, field, value));
  }
};

/** The fields of which old records would have to hold the default for these predicates to be judged right. */
export const fieldsInDoubt = (model: CompiledModel, predicates: readonly Predicate[]): readonly string[] =>
  (model.awaited?.fields ?? []).filter((field) =>
    predicates.some((predicate) => dependsOnDefault(predicate, field, model.fields[field]?.default)),
  );

const notBackfilled = (model: CompiledModel, what: string): ApiError =>
  new ApiError(
    'index_building',
    `Records of ${model.name} that were stored before ${what} was added are not in this list yet. Run "plinth data backfill records --model ${model.name}", then try again.`,
    { retryAfterSeconds: 30 },
  );

/**
 * Refuses a list that would lack records from before a change of the definition. Models without such a change cost nothing.
 *
 * @throws ApiError `index_building`
 */
export const assertBackfilled = async ({ model, streams }: ListPlan): Promise<void> => {
  const { awaited } = model;
  if (awaited === undefined) return;
  const indexes = new Set(streams.map(({ index }) => index.name).filter((name) => awaited.indexes.includes(name)));
  for (const name of indexes) {
    if (!(await isBackfilled(model, 'index', name))) throw notBackfilled(model, `the index ${name}`);
  }
  const predicates = streams.map(({ disjunct }) => predicateOf(disjunct));
  for (const field of fieldsInDoubt(model, predicates)) {
    if (!(await isBackfilled(model, 'field', field))) throw notBackfilled(model, `the field ${field}`);
  }
};

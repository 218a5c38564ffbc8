import type { CompiledModel } from '../../contracts/compiled.ts';
import { ApiError } from '../../contracts/errors.ts';
import { constraintsTable, deletionPrefix } from '../../contracts/key-encoding.ts';
import type { Caller } from '../runtime/request.ts';
import { counterKey } from './constraint-keys.ts';
import { counterChanges, counterWrite, emptyCounterWrite } from './counters.ts';
import type { Item, Key, Write } from './data-store.ts';
import { findModel } from './models.ts';
import { invalidReference, referenceChecks, stillReferenced } from './references.ts';
import { notUnique, uniqueWrites } from './unique-values.ts';

/** What a change of a record does beside changing it, and what it is refused with if that cannot be done. */
export interface Effect {
  readonly write: Write;
  readonly refusal: 'invalid_reference' | 'not_unique' | 'still_referenced' | 'write_conflict';
  /** The fields that the refusal is about; for `still_referenced`, the models. */
  readonly names: readonly string[];
}

/** The record that changes. */
export interface EffectScope {
  readonly model: CompiledModel;
  /** The table of unique values, counters and unfinished deletes. */
  readonly table: string;
  readonly recordId: string;
  readonly nowMs: number;
  /** Whose rights count for the records that the new one leads to. Undefined: the system's own, which reads everything. */
  readonly caller: Caller | undefined;
  /** The id of a new record is not ours, so that there may have been another record of this id. */
  readonly hasChosenId?: boolean;
}

/** Whether the records of a model cannot be deleted without looking at what depends on them. */
export const hasDependants = ({ referrers }: CompiledModel): boolean => referrers.some(({ onDelete }) => onDelete !== 'restrict');

/** Whether a delete needs the stored record, or more than one write. */
export const isDeletedAlone = ({ unique, counts, referrers }: CompiledModel): boolean =>
  unique.length + counts.length + referrers.length === 0;

/** The fields whose change has effects on other items. */
export const fieldsWithEffects = ({ unique, counts, ttl }: CompiledModel): readonly string[] => [
  ...unique,
  ...counts,
  ...(unique.length > 0 && ttl !== undefined ? [ttl] : []),
];

/** Where it is kept that the records that depended on a deleted one are still to be deleted or changed. */
export const deletionKey = (model: string, id: string): Key => ({ [constraintsTable.partitionKey]: `${deletionPrefix}${model}#${id}` });

const keyNames = { '#k': constraintsTable.partitionKey };

/** The check that the delete of a record has, or has not, left records that depended on it. */
export const deletionCheck = (table: string, key: Key, isOpen: boolean): Write => ({
  kind: 'check',
  table,
  key,
  condition: `${isOpen ? 'attribute_exists' : 'attribute_not_exists'}(#k)`,
  parameters: { ExpressionAttributeNames: keyNames },
});

const effect = (refusal: Effect['refusal'], write: Write, names: readonly string[] = []): Effect => ({ refusal, write, names });

/** A record may not come back while those that depended on its predecessor are being deleted. */
const creationEffects = ({ model, table, recordId, hasChosenId }: EffectScope): readonly Effect[] =>
  hasChosenId === true && hasDependants(model)
    ? [effect('write_conflict', deletionCheck(table, deletionKey(model.name, recordId), false))]
    : [];

const deletionEffects = ({ model, table, recordId, nowMs }: EffectScope): readonly Effect[] => {
  const restricting = model.referrers.filter(({ onDelete }) => onDelete === 'restrict');
  const unreferenced = restricting.map(({ model: name, field }) =>
    effect('still_referenced', emptyCounterWrite(table, counterKey(findModel(name).model, field, recordId)), [name]),
  );
  if (!hasDependants(model)) return unreferenced;
  const unfinished: Write = { kind: 'put', table, item: { ...deletionKey(model.name, recordId), at: nowMs } };
  return [...unreferenced, effect('write_conflict', unfinished)];
};

/**
 * The writes that belong into the transaction of a change: unique values, counters, the records that fields lead to, and what
 * a delete leaves to do. Undefined stands for no record.
 *
 * @throws ApiError `invalid_reference`
 */
export const effectsOf = (scope: EffectScope, before: Item | undefined, after: Item | undefined): readonly Effect[] => {
  const { model, table, caller } = scope;
  return [
    ...uniqueWrites(scope, before ?? {}, after ?? {}).map(({ field, write }) => effect('not_unique', write, [field])),
    ...counterChanges(model, before, after).map((change) => effect('write_conflict', counterWrite(table, change))),
    ...(after === undefined ? [] : referenceChecks(model, caller, before, after)).map(({ write, fields }) =>
      effect('invalid_reference', write, fields),
    ),
    ...(before === undefined ? creationEffects(scope) : []),
    ...(after === undefined ? deletionEffects(scope) : []),
  ];
};

/** The refusal of a change, of which these effects could not be done. */
export const refusalOf = (failed: readonly Effect[]): ApiError => {
  const namesOf = (refusal: Effect['refusal']): readonly string[] =>
    failed.filter((each) => each.refusal === refusal).flatMap(({ names }) => names);
  if (namesOf('invalid_reference').length > 0) return invalidReference(namesOf('invalid_reference'));
  if (namesOf('still_referenced').length > 0) return stillReferenced(namesOf('still_referenced'));
  if (namesOf('not_unique').length > 0) return notUnique(namesOf('not_unique'));
  return new ApiError('write_conflict', 'A record of this id is being deleted. Try again in a moment.', { retryAfterSeconds: 1 });
};

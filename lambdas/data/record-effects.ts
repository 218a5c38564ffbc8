import type { CompiledModel } from '../../contracts/compiled.ts';
import { ApiError } from '../../contracts/errors.ts';
import { constraintsTable, deletionPrefix } from '../../contracts/key-encoding.ts';
import type { Caller } from '../runtime/request.ts';
import { type CounterChange, counterChanges, counterKey, counterWrite, emptyCounterWrite } from './counters.ts';
import type { Item, Key, Write } from './data-store.ts';
import { invalidReference, referenceChecks, stillReferenced } from './references.ts';
import { notUnique, uniqueWrites } from './unique-values.ts';

/** What a change of a record does beside changing it, and what it is refused with if that cannot be done. */
export interface Effect {
  readonly write: Write;
  readonly refusal: 'invalid_reference' | 'not_unique' | 'still_referenced' | 'write_conflict';
  /** The fields that the refusal is about; for `still_referenced`, the models. */
  readonly names: readonly string[];
  /** What it does to a counter, if it does. Counters of several changes are added up. */
  readonly counter?: CounterChange;
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

const counterEffect = (table: string, counter: CounterChange): Effect => ({
  ...effect('write_conflict', counterWrite(table, counter)),
  counter,
});

/** A record may not come back while those that depended on its predecessor are being deleted. */
const creationEffects = ({ model, table, recordId, hasChosenId }: EffectScope): readonly Effect[] =>
  hasChosenId === true && hasDependants(model)
    ? [effect('write_conflict', deletionCheck(table, deletionKey(model.name, recordId), false))]
    : [];

const deletionEffects = ({ model, table, recordId, nowMs }: EffectScope): readonly Effect[] => {
  const restricting = model.referrers.filter(({ onDelete }) => onDelete === 'restrict');
  const unreferenced = restricting.map(({ model: name, field }) =>
    effect('still_referenced', emptyCounterWrite(table, counterKey(name, field, recordId)), [name]),
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
    ...counterChanges(model, before, after).map((change) => counterEffect(table, change)),
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

const placeOf = (write: Write): string =>
  `${write.table}/${write.kind === 'put' ? String(write.item['id'] ?? write.item[constraintsTable.partitionKey]) : Object.values(write.key).join()}`;

const summedCounters = (effects: readonly Effect[]): readonly Effect[] => {
  const sums = new Map<string, { table: string; delta: number }>();
  for (const { write, counter } of effects) {
    if (counter !== undefined) sums.set(counter.key, { table: write.table, delta: (sums.get(counter.key)?.delta ?? 0) + counter.delta });
  }
  return [...sums].filter(([, { delta }]) => delta !== 0).map(([key, { table, delta }]) => counterEffect(table, { key, delta }));
};

/**
 * The effects of several changes that are done in one transaction, which takes each item once only: counters are added up,
 * the same check is made once, and a record that the transaction itself writes needs no check that it is there.
 *
 * @param mains the writes of the records themselves
 * @throws ApiError `invalid_reference`, `still_referenced` for changes that contradict each other
 */
export const mergeEffects = (mains: readonly Write[], effects: readonly Effect[]): readonly Effect[] => {
  const written = new Map(mains.map((write) => [placeOf(write), write]));
  const merged = new Map<string, Effect>();
  for (const each of summedCounters(effects)) merged.set(placeOf(each.write), each);
  for (const each of effects) {
    if (each.counter !== undefined) continue;
    const place = placeOf(each.write);
    const main = written.get(place);
    if (main?.kind === 'delete') throw refusalOf([each]);
    if (main !== undefined) continue;
    const other = merged.get(place);
    if (other !== undefined && (other.write.kind !== 'check' || each.write.kind !== 'check')) throw refusalOf([each, other]);
    merged.set(place, other === undefined ? each : { ...other, names: [...new Set([...other.names, ...each.names])] });
  }
  return [...merged.values()];
};

import { ApiError } from '../../contracts/errors.ts';
import { constraintsTable } from '../../contracts/key-encoding.ts';
import { atOperation } from './batch-request.ts';
import { joinCounterWrites } from './counters.ts';
import { type Place, placeName, type Write } from './data-store.ts';
import { type Effect, refusalOf } from './record-effects.ts';
import type { Found, PreparedStep, Step } from './transaction-steps.ts';
import { takeOver } from './unique-values.ts';
import { constraintsTableName } from './write-context.ts';

/** An effect, and the step that answers for it. */
export interface OwnedEffect {
  readonly index: number;
  readonly effect: Effect;
}

/** A step with what is known of its stored record, and the writes that were made from it. */
export interface RunningStep {
  readonly step: Step;
  readonly found: Found | undefined;
  readonly prepared: PreparedStep;
}

const { partitionKey } = constraintsTable;
const placeOf = (write: Write): Place => ({
  table: write.table,
  key:
    write.kind === 'put' ? { [partitionKey]: String(write.item[write.table === constraintsTableName ? partitionKey : 'id']) } : write.key,
});

const refuse = ({ index, effect }: OwnedEffect): never => {
  throw atOperation(index, refusalOf([effect]));
};

const clash = ({ index }: OwnedEffect, other: OwnedEffect): never => {
  const detail = `It and operation ${other.index} depend on each other's outcome. Do them in two transactions.`;
  throw atOperation(index, new ApiError('write_conflict', detail));
};

/** One hands a unique value over to another. */
const joinUnique = (first: OwnedEffect, second: OwnedEffect): OwnedEffect => {
  const [a, b] = [first.effect.write, second.effect.write];
  if (a.kind === 'put' && b.kind === 'put') return refuse(second);
  const [taker, releaser] = a.kind === 'put' ? [first, second] : [second, first];
  return { ...taker, effect: { ...taker.effect, write: takeOver(taker.effect.write, releaser.effect.write) } };
};

/** Two effects on one item as one, since a transaction takes one only; undefined if they cancel each other. */
const join = (first: OwnedEffect, second: OwnedEffect): OwnedEffect | undefined => {
  const [a, b] = [first.effect, second.effect];
  if (a.refusal === 'not_unique' && b.refusal === 'not_unique') return joinUnique(first, second);
  // The caller is the same, and so is what the checks ask.
  if (a.write.kind === 'check' && b.write.kind === 'check' && a.refusal === b.refusal) return first;
  if (a.write.kind === 'update' && b.write.kind === 'update') {
    const write = joinCounterWrites(a.write, b.write);
    return write && { ...first, effect: { ...a, write } };
  }
  return clash(second, first);
};

/** What the effects of all steps come to. */
export interface JoinedEffects {
  readonly effects: readonly OwnedEffect[];
  /** Steps whose stored records have to be read first, since other steps refer to them. */
  readonly unread: readonly number[];
}

/**
 * Brings the effects of the steps of one transaction together, so that each item is written once.
 *
 * @throws ApiError `not_unique`, `invalid_reference`, `write_conflict` of the step that cannot be done beside the others
 */
export const joinEffects = (steps: readonly RunningStep[]): JoinedEffects => {
  const records = new Map(steps.map(({ step }, index) => [placeName(step.place), index]));
  const unread = new Set<number>();
  const byPlace = new Map<string, OwnedEffect>();
  /** Effects on records of the transaction are checks of records that others refer to. The steps of these records answer for them. */
  const isAnswered = (owned: OwnedEffect): boolean => {
    const record = records.get(placeName(placeOf(owned.effect.write)));
    if (record === undefined) return false;
    const { step, found } = steps[record] as RunningStep;
    const readable = step.isReadable(found);
    if (readable === false) refuse(owned);
    if (readable === undefined) unread.add(record);
    return true;
  };
  const add = (owned: OwnedEffect): void => {
    const name = placeName(placeOf(owned.effect.write));
    const other = byPlace.get(name);
    const joined = other === undefined ? owned : join(other, owned);
    if (joined === undefined) byPlace.delete(name);
    else byPlace.set(name, joined);
  };
  const owned = steps.flatMap(({ prepared }, index) => prepared.effects.map((effect) => ({ index, effect })));
  for (const each of owned.filter((candidate) => !isAnswered(candidate))) add(each);
  return { effects: [...byPlace.values()], unread: [...unread] };
};

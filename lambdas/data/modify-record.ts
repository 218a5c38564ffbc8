import { ApiError } from '../../contracts/errors.ts';
import { constraintsTable } from '../../contracts/key-encoding.ts';
import { grantsFor } from '../runtime/authorize.ts';
import { inProgress } from '../runtime/idempotency-key.ts';
import type { ApiReply } from '../runtime/request.ts';
import { fieldsInDoubt } from './backfill-state.ts';
import { type CommitResult, commit, type Item, readItem, readPlaces, type Write } from './data-store.ts';
import { claimWrites, replayOf } from './idempotency.ts';
import { assertKeysFit } from './index-keys.ts';
import { assertItemFits } from './item-size.ts';
import { type Effect, effectsOf, refusalOf } from './record-effects.ts';
import { assertUnreferenced } from './references.ts';
import { amendChange } from './run-hooks.ts';
import { assertWritable, constraintsTableName, type WriteContext } from './write-context.ts';

/** What becomes of a stored record. */
export interface Modification {
  /** The one conditional request that does it without knowing the stored record, where there is such a request. */
  readonly direct: Write | undefined;
  /** The new record from the stored one; undefined: it is deleted. */
  readonly next: (stored: Item) => Item | undefined;
  readonly reply: (item: Item | undefined) => ApiReply;
}

/** How often a write that was made for a version that is no longer current is made anew. */
const maxAttempts = 6;

/** A change that was checked as far as that can be done without the stored record. */
export interface PlannedChange {
  readonly context: WriteContext;
  readonly modification: Modification;
}

/** Whether the caller may do this on any record. */
export const hasGrants = ({ entry, operation, caller }: WriteContext): boolean =>
  grantsFor(entry.model.rules, operation, caller).length > 0;

/** Reads the record, and with an Idempotency-Key what is known of the key, in one request. */
const load = async ({ entry, id, claim }: WriteContext): Promise<{ stored: Item | undefined; replay: ApiReply | undefined }> => {
  if (claim === undefined) return { stored: await readItem(entry.table, { id }, true), replay: undefined };
  const claimKey = { table: claim.table, key: { [constraintsTable.partitionKey]: claim.id } };
  const [stored, claimed] = await readPlaces([{ table: entry.table, key: { id } }, claimKey], true);
  return { stored, replay: await replayOf(claim, claimed) };
};

const recordWrite = ({ entry, id }: WriteContext, stored: Item, next: Item | undefined): Write => {
  const condition = {
    table: entry.table,
    condition: '#v = :v',
    parameters: { ExpressionAttributeNames: { '#v': 'version' }, ExpressionAttributeValues: { ':v': stored['version'] } },
  };
  return next === undefined ? { ...condition, kind: 'delete', key: { id } } : { ...condition, kind: 'put', item: next };
};

type Failed = Extract<CommitResult, { ok: false }>['failed'];

/** A change of exactly this version of a record: its write, and those that belong into one transaction with it. */
export interface PreparedChange {
  readonly write: Write;
  readonly effects: readonly Effect[];
  readonly reply: ApiReply;
}

/** Makes the change for a stored record, which {@link assertWritable} has passed. */
export const prepareChange = async ({ context, modification }: PlannedChange, stored: Item): Promise<PreparedChange> => {
  const { entry, caller, id, nowMs } = context;
  const next = await amendChange(context, stored, modification.next(stored));
  if (next !== undefined) {
    assertKeysFit(entry.model, next);
    assertItemFits(next);
  } else {
    await assertUnreferenced(entry.model, id);
  }
  const effects = effectsOf({ model: entry.model, table: constraintsTableName, recordId: id, nowMs, caller }, stored, next);
  return { write: recordWrite(context, stored, next), effects, reply: modification.reply(next) };
};

/** Makes and commits the change. */
const attempt = async (planned: PlannedChange, stored: Item): Promise<ApiReply | { readonly newer: Item | undefined }> => {
  const { claim } = planned.context;
  const { write: main, effects, reply } = await prepareChange(planned, stored);
  const claims = claim === undefined ? [] : claimWrites(claim, reply);
  const result = await commit([main, ...effects.map(({ write }) => write), ...claims]);
  if (result.ok) return reply;
  const failedAt = (index: number): Failed[number] | undefined => result.failed.find((failed) => failed.index === index);
  const replay = claim && (await replayOf(claim, failedAt(effects.length + 1)?.item));
  if (replay !== undefined) return replay;
  const record = failedAt(0);
  if (record !== undefined) return { newer: record.item };
  const refused = effects.filter((_effect, index) => failedAt(index + 1) !== undefined);
  if (refused.length > 0) throw refusalOf(refused);
  return { newer: stored };
};

const modifyStored = async (planned: PlannedChange, first: Item | undefined): Promise<ApiReply> => {
  let stored = first;
  for (let count = 0; count < maxAttempts; count += 1) {
    assertWritable(planned.context, stored);
    const outcome = await attempt(planned, stored);
    if (!('newer' in outcome)) return outcome;
    stored = outcome.newer;
  }
  throw new ApiError('write_conflict', 'Other writes to the same record won. Read it again, then try again.');
};

/** The database would judge a record that lacks a later default otherwise than the rules do. */
const isGuardInDoubt = ({ entry: { model }, operation, caller }: WriteContext): boolean =>
  model.awaited !== undefined && fieldsInDoubt(model, grantsFor(model.rules, operation, caller)).length > 0;

/**
 * Changes or deletes a stored record: by one conditional request where that is possible; else it reads the record, and
 * writes under the condition that nobody wrote in between, a few times over.
 *
 * @throws ApiError as {@link assertWritable}, `hook_refused`, `hook_failed`, `not_unique`, `item_too_large`, `write_conflict`, `in_progress`, `idempotency_mismatch`
 */
export const modifyRecord = async (planned: PlannedChange): Promise<ApiReply> => {
  const { context, modification } = planned;
  const { direct } = modification;
  if (direct !== undefined && context.claim === undefined && hasGrants(context) && !isGuardInDoubt(context)) {
    const result = await commit([direct]);
    if (result.ok) return modification.reply(result.item);
    // What is refused here is refused for good; what is not lacked a map to write into, or an operator would break a limit.
    return modifyStored(planned, result.failed[0]?.item);
  }
  try {
    const { stored, replay } = await load(context);
    return replay ?? (await modifyStored(planned, stored));
  } catch (error) {
    throw inProgress(context.claim, error);
  }
};

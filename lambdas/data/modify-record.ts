import { ApiError } from '../../contracts/errors.ts';
import { constraintsTable } from '../../contracts/key-encoding.ts';
import { grantsFor } from '../runtime/authorize.ts';
import type { ApiReply } from '../runtime/request.ts';
import { type CommitResult, commit, type Item, readItem, readPair, type Write } from './data-store.ts';
import { claimWrites, inProgress, replayOf } from './idempotency.ts';
import { assertKeysFit } from './index-keys.ts';
import { assertItemFits } from './item-size.ts';
import { notUnique, uniqueWrites } from './unique-values.ts';
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

const hasGrants = ({ entry, operation, caller }: WriteContext): boolean => grantsFor(entry.model.rules, operation, caller).length > 0;

/** Reads the record, and with an Idempotency-Key what is known of the key, in one request. */
const load = async ({ entry, id, claim }: WriteContext): Promise<{ stored: Item | undefined; replay: ApiReply | undefined }> => {
  if (claim === undefined) return { stored: await readItem(entry.table, { id }, true), replay: undefined };
  const claimKey = { table: claim.table, key: { [constraintsTable.partitionKey]: claim.partitionKey } };
  const [stored, claimed] = await readPair({ table: entry.table, key: { id } }, claimKey);
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

/** Makes the write for exactly this version of the record. */
const attempt = async (
  context: WriteContext,
  modification: Modification,
  stored: Item,
): Promise<ApiReply | { readonly newer: Item | undefined }> => {
  const { entry, claim, id, nowMs } = context;
  const next = modification.next(stored);
  if (next !== undefined) {
    assertKeysFit(entry.model, next);
    assertItemFits(next);
  }
  const reply = modification.reply(next);
  const uniques = uniqueWrites({ model: entry.model, table: constraintsTableName, recordId: id, nowMs }, stored, next ?? {});
  const claims = claim === undefined ? [] : claimWrites(claim, reply);
  const result = await commit([recordWrite(context, stored, next), ...uniques.map(({ write }) => write), ...claims]);
  if (result.ok) return reply;
  const failedAt = (index: number): Failed[number] | undefined => result.failed.find((failed) => failed.index === index);
  const replay = claim && (await replayOf(claim, failedAt(uniques.length + 1)?.item));
  if (replay !== undefined) return replay;
  const record = failedAt(0);
  if (record !== undefined) return { newer: record.item };
  const taken = uniques.filter((_unique, index) => failedAt(index + 1) !== undefined).map(({ field }) => field);
  if (taken.length > 0) throw notUnique(taken);
  return { newer: stored };
};

const modifyStored = async (context: WriteContext, modification: Modification, first: Item | undefined): Promise<ApiReply> => {
  let stored = first;
  for (let count = 0; count < maxAttempts; count += 1) {
    assertWritable(context, stored);
    const outcome = await attempt(context, modification, stored);
    if (!('newer' in outcome)) return outcome;
    stored = outcome.newer;
  }
  throw new ApiError('write_conflict', 'Other writes to the same record won. Read it again, then try again.');
};

/**
 * Changes or deletes a stored record: by one conditional request where that is possible; else it reads the record, and
 * writes under the condition that nobody wrote in between, a few times over.
 *
 * @throws ApiError as {@link assertWritable}, `not_unique`, `item_too_large`, `write_conflict`, `in_progress`, `idempotency_mismatch`
 */
export const modifyRecord = async (context: WriteContext, modification: Modification): Promise<ApiReply> => {
  const { direct } = modification;
  if (direct !== undefined && context.claim === undefined && hasGrants(context)) {
    const result = await commit([direct]);
    if (result.ok) return modification.reply(result.item);
    // What is refused here is refused for good; what is not lacked a map to write into.
    return modifyStored(context, modification, result.failed[0]?.item);
  }
  try {
    const { stored, replay } = await load(context);
    return replay ?? (await modifyStored(context, modification, stored));
  } catch (error) {
    throw inProgress(context.claim, error);
  }
};

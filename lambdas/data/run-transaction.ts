import { type DataOperation, dataLimits } from '../../contracts/data.ts';
import { ApiError } from '../../contracts/errors.ts';
import { constraintsTable } from '../../contracts/key-encoding.ts';
import { inProgress } from '../runtime/idempotency-key.ts';
import type { Action, ApiReply, ApiRequest } from '../runtime/request.ts';
import { atOperation, operationsBody } from './batch-request.ts';
import { type BatchResult, fitWrites } from './batch-results.ts';
import { type CommitResult, commit, readPlaces, type Write } from './data-store.ts';
import { followDeletion } from './delete-record.ts';
import { type Claim, claimOf, claimWrites, earlierReply, replayOf } from './idempotency.ts';
import { itemBytes } from './item-size.ts';
import { joinEffects, type OwnedEffect, type RunningStep } from './join-effects.ts';
import { refusalOf } from './record-effects.ts';
import type { RecordView } from './record-view.ts';
import { type Found, planStep, type Step } from './transaction-steps.ts';
import { constraintsTableName } from './write-context.ts';

interface TransactionBody {
  readonly operations: readonly DataOperation[];
  readonly returnRecords?: boolean;
}

/** How often writes that were made for versions that are no longer current are made anew. */
const maxAttempts = 6;

/** A transaction at work: its steps, and what was found of their stored records. */
interface Transaction {
  readonly steps: readonly Step[];
  readonly found: Map<number, Found>;
  readonly claim: Claim | undefined;
}

const tooManyWrites = (count: number): ApiError => {
  const detail = `With unique values, counters, references and the Idempotency-Key these operations are ${count} writes; a transaction takes ${dataLimits.maxOperations}. Split it.`;
  return new ApiError('too_many_items', detail, { errors: [{ pointer: '/operations', code: 'too_many_items', detail }] });
};

/** The bytes of a write, as far as they are known without what is stored. */
const bytesOf = (write: Write): number =>
  write.kind === 'put' ? itemBytes(write.item) : itemBytes(write.parameters?.ExpressionAttributeValues ?? {});

/** Refuses what the database would refuse, before it is asked. */
const assertWritesFit = (writes: readonly Write[]): void => {
  if (writes.length > dataLimits.maxOperations) throw tooManyWrites(writes.length);
  const bytes = writes.reduce((sum, write) => sum + bytesOf(write), 0);
  if (bytes > dataLimits.maxTransactionBytes) {
    throw new ApiError(
      'body_too_large',
      `The records have ${bytes} bytes; a transaction takes ${dataLimits.maxTransactionBytes}. Split it.`,
    );
  }
};

const atEach = async <T>(index: number, run: () => T | Promise<T>): Promise<T> => {
  try {
    return await run();
  } catch (error) {
    throw atOperation(index, error);
  }
};

const plan = async (request: ApiRequest, { operations, returnRecords = false }: TransactionBody): Promise<readonly Step[]> => {
  const options = { nowMs: Date.now(), returnRecords };
  const steps: Step[] = [];
  for (const [index, operation] of operations.entries()) steps.push(await atEach(index, () => planStep(request, operation, options)));
  return steps;
};

/** Reads the records of these steps in one request, and what is known of the Idempotency-Key with them. */
const read = async ({ steps, found, claim }: Transaction, indexes: readonly number[]): Promise<ApiReply | undefined> => {
  if (indexes.length === 0) return undefined;
  const places = indexes.flatMap((index) => steps[index]?.place ?? []);
  const claimPlace = claim && { table: claim.table, key: { [constraintsTable.partitionKey]: claim.id } };
  const items = await readPlaces([...places, ...(claimPlace ? [claimPlace] : [])], true);
  const replay = claim && (await replayOf(claim, items[places.length]));
  if (replay === undefined) for (const [position, index] of indexes.entries()) found.set(index, { item: items[position] });
  return replay;
};

const resultOf = ({ step, prepared }: RunningStep): BatchResult => ({
  status: step.status,
  id: String(step.place.key['id']),
  ...(step.showsRecord && { record: prepared.reply.body as RecordView }),
});

type Failed = Extract<CommitResult, { ok: false }>['failed'];

/** Finds the first operation that is refused for good; without one, what was found is noted for the next attempt. */
const assertRepeatable = async ({ steps, found }: Transaction, effects: readonly OwnedEffect[], failed: Failed): Promise<void> => {
  for (const [index, step] of steps.entries()) {
    const record = failed.find((each) => each.index === index);
    const refused = effects.filter((each, position) => each.index === index && failed.some((one) => one.index === steps.length + position));
    await atEach(index, () => {
      if (record !== undefined) step.assertRepeatable(record.item);
      else if (refused.length > 0) throw refusalOf(refused.map(({ effect }) => effect));
    });
    if (record !== undefined) found.set(index, { item: record.item });
  }
};

/** Makes the writes for what was found, and commits them. Undefined: something has changed, or has to be read first. */
const attempt = async (transaction: Transaction): Promise<ApiReply | undefined> => {
  const { steps, found, claim } = transaction;
  const running: RunningStep[] = [];
  for (const [index, step] of steps.entries()) {
    const known = found.get(index);
    running.push({ step, found: known, prepared: await atEach(index, () => step.prepare(known)) });
  }
  const { effects, unread } = joinEffects(running);
  if (unread.length > 0) return read(transaction, unread);
  const reply = { body: { results: fitWrites(running.map(resultOf)) } };
  const claims = claim === undefined ? [] : claimWrites(claim, reply);
  const writes = [...running.map(({ prepared }) => prepared.write), ...effects.map(({ effect }) => effect.write), ...claims];
  assertWritesFit(writes);
  const result = await commit(writes);
  if (result.ok) return reply;
  const claimed = result.failed.find(({ index }) => index === steps.length + effects.length);
  const replay = claim && (await replayOf(claim, claimed?.item));
  if (replay === undefined) await assertRepeatable(transaction, effects, result.failed);
  return replay;
};

const run = async (transaction: Transaction): Promise<ApiReply> => {
  const { steps, claim } = transaction;
  const unread = [...steps.keys()].filter((index) => steps[index]?.needsStored);
  // What was done is not asked about again.
  const isAsked = claim !== undefined && unread.length === 0 && steps.some(({ asksHook }) => asksHook);
  const replay = isAsked ? await earlierReply(claim) : await read(transaction, unread);
  if (replay !== undefined) return replay;
  for (let count = 0; count < maxAttempts; count += 1) {
    const reply = await attempt(transaction);
    if (reply !== undefined) return reply;
  }
  throw new ApiError('write_conflict', 'Other writes to the same records won. Read them again, then try again.');
};

/** POST: up to 100 writes of several models, all or none. */
export const runTransaction: Action = async (request) => {
  const body = operationsBody<TransactionBody>(request);
  const claim = claimOf(request, constraintsTableName, Date.now());
  const steps = await plan(request, body);
  if (steps.length + (claim === undefined ? 0 : 1) > dataLimits.maxOperations) throw tooManyWrites(steps.length + 1);
  try {
    const reply = await run({ steps, found: new Map(), claim });
    for (const { followUp, place } of steps) {
      if (followUp !== undefined) await followDeletion(followUp, String(place.key['id']), request.remainingMs);
    }
    return reply;
  } catch (error) {
    throw inProgress(claim, error);
  }
};

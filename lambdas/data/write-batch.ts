import { createHash } from 'node:crypto';
import type { DataOperation } from '../../contracts/data.ts';
import { ApiError } from '../../contracts/errors.ts';
import { callDeadlineMs } from '../runtime/database-client.ts';
import { assertSameRequest } from '../runtime/idempotency-key.ts';
import { keptBack } from '../runtime/kept-back.ts';
import { logRequest } from '../runtime/log-request.ts';
import { toApiError } from '../runtime/problem.ts';
import type { Action, ApiRequest } from '../runtime/request.ts';
import { operationsBody, toSingleRequest } from './batch-request.ts';
import { type BatchResult, fitWrites, refused } from './batch-results.ts';
import { createRecord } from './create-record.ts';
import { commit } from './data-store.ts';
import { deleteRecord } from './delete-record.ts';
import { batchClaimWrite, claimOf } from './idempotency.ts';
import { replaceRecord } from './replace-record.ts';
import { updateRecord } from './update-record.ts';
import { constraintsTableName } from './write-context.ts';

/** A check would mean nothing alone, and the schema of the request takes none. */
type BatchOperation = DataOperation & { readonly op: Exclude<DataOperation['op'], 'check'> };

/** The code of each operation: that of its route. */
const actions: Readonly<Record<BatchOperation['op'], Action>> = {
  create: createRecord,
  update: updateRecord,
  replace: replaceRecord,
  delete: deleteRecord,
};

/** Operations that are done at a time. */
const maxParallel = 10;

/** A key for each operation, made of the batch's own, so that each has its effect once. */
const operationKey = (key: string, index: number): string =>
  createHash('sha256')
    .update(JSON.stringify([key, index]))
    .digest('base64url');

interface Outcome {
  readonly result: BatchResult;
  readonly replayed: boolean;
}

const notStarted = (): ApiError =>
  new ApiError('timeout', 'There was no time left to begin this operation. Nothing was done for it; send it again.', {
    retryAfterSeconds: 1,
  });

/** Whether an operation can still end before the request must. */
type HasTime = () => boolean;

const runOne = async (request: ApiRequest, operation: BatchOperation, index: number, hasTime: HasTime): Promise<Outcome> => {
  const startedAt = performance.now();
  const key = request.headers['idempotency-key'];
  const single = toSingleRequest(request, operation, key === undefined ? {} : { 'idempotency-key': operationKey(key, index) });
  try {
    if (!hasTime()) throw notStarted();
    const { status = single.route.status, body, headers = {} } = await actions[operation.op](single);
    const record = body as BatchResult['record'];
    return { result: { status, ...(record && { record }) }, replayed: headers['idempotency-replayed'] === 'true' };
  } catch (thrown) {
    const error = toApiError(thrown);
    // The batch itself is answered, so that the log would not tell of it.
    if (error.status >= 500)
      logRequest({ startedAt, routeKey: single.routeKey, caller: request.caller }, error.status, request.requestId, thrown);
    const { model, id } = single.path;
    return { result: refused(request, `/data/${model}${id === undefined ? '' : `/${id}`}`, error), replayed: false };
  }
};

/** Does all operations, a few at a time, and gives their outcomes in order. */
const runAll = async (request: ApiRequest, operations: readonly BatchOperation[]): Promise<readonly Outcome[]> => {
  const outcomes: Outcome[] = [];
  const queue = operations.entries();
  const reserveMs = keptBack(request.remainingMs(), callDeadlineMs);
  const hasTime = (): boolean => request.remainingMs() >= reserveMs;
  const work = async (): Promise<void> => {
    for (const [index, operation] of queue) outcomes[index] = await runOne(request, operation, index, hasTime);
  };
  await Promise.all(Array.from({ length: maxParallel }, work));
  return outcomes;
};

/** Binds the key to this very batch before anything is done. */
const assertSameBatch = async (request: ApiRequest): Promise<void> => {
  const claim = claimOf(request, constraintsTableName, Date.now());
  if (claim === undefined) return;
  const result = await commit([batchClaimWrite(claim)]);
  if (!result.ok) assertSameRequest(claim, result.failed[0]?.item?.['requestHash']);
};

/** POST: up to 100 writes, each as if it were sent alone: some may be done and others refused. */
export const writeBatch: Action = async (request) => {
  const { operations } = operationsBody<{ readonly operations: readonly BatchOperation[] }>(request);
  await assertSameBatch(request);
  const outcomes = await runAll(request, operations);
  const body = { results: fitWrites(outcomes.map(({ result }) => result)) };
  return outcomes.every(({ replayed }) => replayed) ? { body, headers: { 'idempotency-replayed': 'true' } } : { body };
};

import { randomUUID } from 'node:crypto';
import { AwsError } from '../service.ts';
import type { EventSourceParts } from './event-source.ts';
import { parsePayload } from './execution-environment.ts';

/** The members of a DynamoDB stream record that a mapping looks at. */
export interface StreamRecord {
  readonly eventSourceARN: string;
  readonly dynamodb: { readonly SequenceNumber: string; readonly ApproximateCreationDateTime: number };
}

type Condition = 'RetryAttemptsExhausted' | 'RecordAgeExceeded';

/** How a call of the function ended. */
type Result =
  | { readonly kind: 'done' }
  /** The function could not be run: it says nothing about the records. */
  | { readonly kind: 'unavailable' }
  /** Everything before this record is done. */
  | { readonly kind: 'failed'; readonly from: number };

interface BatchState {
  rest: readonly StreamRecord[];
  failures: number;
}

const FIRST_WAIT_MS = 250;
const MAX_WAIT_MS = 60_000;
const RETENTION_MS = 24 * 3_600_000;

/** Runs a function over batches of one shard, in order, with the retries of its mapping. */
export class StreamBatchRunner {
  readonly #parts: EventSourceParts;
  readonly #stop: AbortSignal;

  constructor(parts: EventSourceParts, stop: AbortSignal) {
    this.#parts = parts;
    this.#stop = stop;
  }

  /** Returns when every record is done or given up, or when the source stops. Saves how far it came. */
  async run(records: readonly StreamRecord[]): Promise<void> {
    const state: BatchState = { rest: records, failures: 0 };
    for (let waits = 1; !this.#stop.aborted; waits += 1) {
      state.rest = this.#withoutExpired(state.rest, state.failures);
      if (state.rest.length === 0) return;
      const result = await this.#call(state.rest);
      if (result.kind === 'done') {
        this.#save(state.rest);
        return;
      }
      // What fails because the run ends says nothing about the records.
      if (this.#stop.aborted) return;
      if (result.kind === 'failed' && (await this.#afterFailure(state, result.from))) return;
      await this.#wait(waits);
    }
  }

  /** @returns whether nothing of the batch is left to do */
  async #afterFailure(state: BatchState, done: number): Promise<boolean> {
    const { bisectsOnError, maxRetries = Number.POSITIVE_INFINITY } = this.#parts.mapping;
    if (done > 0) {
      this.#save(state.rest.slice(0, done));
      state.rest = state.rest.slice(done);
      state.failures = 0;
    }
    state.failures += 1;
    if (bisectsOnError && state.rest.length > 1) {
      const middle = Math.ceil(state.rest.length / 2);
      await this.run(state.rest.slice(0, middle));
      await this.run(state.rest.slice(middle));
      return true;
    }
    if (state.failures <= maxRetries) return false;
    this.#giveUp(state.rest, 'RetryAttemptsExhausted', state.failures);
    return true;
  }

  #withoutExpired(records: readonly StreamRecord[], failures: number): readonly StreamRecord[] {
    const { mapping, context } = this.#parts;
    const now = context.clock.now();
    const maxAge = Math.min(mapping.maxRecordAgeMs ?? RETENTION_MS, RETENTION_MS);
    const fresh = records.findIndex(({ dynamodb }) => now - dynamodb.ApproximateCreationDateTime * 1_000 < maxAge + 1_000);
    const expired = fresh === -1 ? records : records.slice(0, fresh);
    if (expired.length > 0) this.#giveUp(expired, 'RecordAgeExceeded', failures);
    return fresh === -1 ? [] : records.slice(fresh);
  }

  async #call(records: readonly StreamRecord[]): Promise<Result> {
    try {
      const outcome = await this.#parts.invoke({ Records: records }, randomUUID());
      if (outcome.functionError !== undefined) return { kind: 'failed', from: 0 };
      return this.#parts.mapping.reportsItemFailures ? itemFailures(outcome.payload, records) : { kind: 'done' };
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      // A batch that is too large can only get through in parts.
      return error.code === 'RequestTooLargeException' ? { kind: 'failed', from: 0 } : { kind: 'unavailable' };
    }
  }

  #giveUp(records: readonly StreamRecord[], condition: Condition, invocations: number): void {
    const { mapping, context, destinations } = this.#parts;
    const first = records[0] as StreamRecord;
    const last = records.at(-1) as StreamRecord;
    const lost = mapping.onFailure === undefined ? ': they are lost' : '';
    context.log.error('lambda', `${mapping.functionArn} gave up ${records.length} records of ${mapping.sourceArn} (${condition})${lost}`);
    if (mapping.onFailure !== undefined) {
      const message = JSON.stringify({
        version: '1.0',
        timestamp: new Date(context.clock.now()).toISOString(),
        requestContext: { requestId: randomUUID(), functionArn: mapping.functionArn, condition, approximateInvokeCount: invocations },
        responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
        DDBStreamBatchInfo: {
          shardId: 'shardId-00000000000000000000-00000001',
          startSequenceNumber: first.dynamodb.SequenceNumber,
          endSequenceNumber: last.dynamodb.SequenceNumber,
          approximateArrivalOfFirstRecord: arrival(first),
          approximateArrivalOfLastRecord: arrival(last),
          batchSize: records.length,
          streamArn: mapping.sourceArn,
        },
      });
      // The id makes a repetition after a crash the same message.
      destinations.deliver(mapping.onFailure, message, `${mapping.id}/${first.dynamodb.SequenceNumber}-${last.dynamodb.SequenceNumber}`);
    }
    this.#save(records);
  }

  #save(records: readonly StreamRecord[]): void {
    const last = records.at(-1);
    if (last !== undefined) this.#parts.store.saveCheckpoint(this.#parts.mapping.id, last.dynamodb.SequenceNumber);
  }

  #wait(attempt: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.min(FIRST_WAIT_MS * 2 ** (attempt - 1), MAX_WAIT_MS));
      this.#stop.addEventListener(
        'abort',
        () => {
          clearTimeout(timer);
          resolve();
        },
        { once: true },
      );
    });
  }
}

function arrival({ dynamodb }: StreamRecord): string {
  return new Date(dynamodb.ApproximateCreationDateTime * 1_000).toISOString();
}

/** "Lambda treats a batch as a complete failure if you return" an unknown or empty id; the lowest reported one is where it goes on. */
function itemFailures(payload: string, records: readonly StreamRecord[]): Result {
  const answer = parsePayload(payload) as { batchItemFailures?: { itemIdentifier?: unknown }[] | null } | null;
  const reported = answer?.batchItemFailures;
  if (reported === undefined || reported === null) return { kind: 'done' };
  if (!Array.isArray(reported)) return { kind: 'failed', from: 0 };
  if (reported.length === 0) return { kind: 'done' };
  const places = reported.map((failure) => records.findIndex(({ dynamodb }) => dynamodb.SequenceNumber === failure?.itemIdentifier));
  return { kind: 'failed', from: Math.max(0, Math.min(...places)) };
}

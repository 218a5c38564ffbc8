import { randomUUID } from 'node:crypto';
import { StartError } from '../../start-error.ts';
import { AwsError, type LocalService } from '../service.ts';
import type { StoredMessage } from '../sqs/message-store.ts';
import type { QueueReader } from '../sqs/sqs-service.ts';
import { matchesPattern } from './event-pattern.ts';
import type { EventSource, EventSourceParts, EventSourceType } from './event-source.ts';
import type { Outcome } from './execution-environment.ts';
import { failedMessages, type SqsRecord, sqsRecord } from './sqs-record.ts';

/** What the SQS service of a run has beside its requests. */
interface ReadsQueues {
  reader(queueArn: string): QueueReader | undefined;
}

interface Taken {
  readonly message: StoredMessage;
  readonly record: SqsRecord;
}

/** What the function's role needs, or AWS refuses the mapping. */
const ACTIONS = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'];
const DEFAULT_BATCH_SIZE = 10;
const MAX_RECEIVED = 10;
const LONG_POLL_MS = 20_000;
/** "Lambda starts with five concurrent batches." One machine does not get faster with more of them. */
const MAX_AT_ONCE = 5;
/** When the function can't be run, for example for want of concurrency. */
const FIRST_WAIT_MS = 250;
const MAX_WAIT_MS = 5_000;
/** After an error of the mapping itself, such as a filter that is no pattern. */
const RETRY_MS = 1_000;

/** Feeds a function from a queue: what it did is deleted, what it failed on comes again after the visibility timeout. */
class QueueEventSource implements EventSource {
  readonly #parts: EventSourceParts;
  readonly #reader: QueueReader;
  readonly #abort = new AbortController();
  readonly #batches = new Set<Promise<void>>();
  readonly #maxAtOnce: number;
  readonly #running: Promise<void>;

  constructor(parts: EventSourceParts, reader: QueueReader) {
    this.#parts = parts;
    this.#reader = reader;
    this.#maxAtOnce = Math.min(parts.mapping.maxConcurrency ?? MAX_AT_ONCE, MAX_AT_ONCE);
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#running;
    await Promise.all(this.#batches);
  }

  async #run(): Promise<void> {
    while (!this.#abort.signal.aborted) {
      while (this.#batches.size >= this.#maxAtOnce) await Promise.race(this.#batches);
      const messages = await this.#takeBatch().catch(async (error: unknown) => {
        await this.#afterError(error);
        return [];
      });
      if (messages.length === 0) continue;
      const batch = this.#process(messages)
        .catch((error: unknown) => this.#afterError(error))
        .finally(() => this.#batches.delete(batch));
      this.#batches.add(batch);
    }
  }

  #afterError(error: unknown): Promise<void> {
    this.#parts.context.log.error('lambda', `${this.#parts.mapping.sourceArn}: ${error}`);
    return this.#wait(RETRY_MS);
  }

  /** Up to ten messages as they come, or more within the mapping's window. */
  async #takeBatch(): Promise<StoredMessage[]> {
    const { batchSize = DEFAULT_BATCH_SIZE, batchingWindowMs } = this.#parts.mapping;
    const receive = (limit: number, waitMs: number) =>
      this.#reader.receive({ limit: Math.min(limit, MAX_RECEIVED), waitMs, signal: this.#abort.signal });
    const messages = await receive(batchSize, LONG_POLL_MS);
    const end = performance.now() + batchingWindowMs;
    while (messages.length > 0 && messages.length < batchSize && performance.now() < end && !this.#abort.signal.aborted)
      messages.push(...(await receive(batchSize - messages.length, end - performance.now())));
    if (!this.#abort.signal.aborted) return messages;
    // What a run that ends has taken and not begun with is there for the next one at once.
    for (const message of messages) this.#reader.release(message);
    return [];
  }

  async #process(messages: readonly StoredMessage[]): Promise<void> {
    const { mapping, context } = this.#parts;
    const visibleAgainAt = context.clock.now() + this.#reader.visibilityMs;
    const { filters } = mapping;
    const taken = messages.map((message) => ({ message, record: sqsRecord(this.#reader.queue, message, context.account.region) }));
    const wanted = taken.filter(({ record }) => filters.length === 0 || filters.some((filter) => matchesMessage(filter, record)));
    // "If a message doesn't satisfy the filter criteria, Lambda deletes it."
    const unwanted = taken.filter((one) => !wanted.includes(one));
    if (unwanted.length > 0) this.#reader.delete(unwanted.map(({ message }) => message));
    if (wanted.length > 0) await this.#call(wanted, visibleAgainAt);
  }

  async #call(taken: readonly Taken[], visibleAgainAt: number): Promise<void> {
    const { context } = this.#parts;
    for (let waits = 0; !this.#abort.signal.aborted && context.clock.now() < visibleAgainAt; waits += 1) {
      const outcome = await this.#invoke(taken);
      if (outcome === 'too large' && taken.length > 1) {
        const middle = Math.ceil(taken.length / 2);
        await this.#call(taken.slice(0, middle), visibleAgainAt);
        await this.#call(taken.slice(middle), visibleAgainAt);
        return;
      }
      if (typeof outcome === 'object') return this.#end(taken, outcome);
      // "Lambda continues to retry the message until the message's timestamp exceeds your queue's visibility timeout."
      await this.#wait(Math.min(FIRST_WAIT_MS * 2 ** waits, MAX_WAIT_MS));
    }
  }

  async #invoke(taken: readonly Taken[]): Promise<Outcome | 'too large' | 'unavailable'> {
    try {
      return await this.#parts.invoke({ Records: taken.map(({ record }) => record) }, randomUUID());
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      return error.code === 'RequestTooLargeException' ? 'too large' : 'unavailable';
    }
  }

  #end(taken: readonly Taken[], { functionError, payload }: Outcome): void {
    if (functionError !== undefined) return;
    const records = taken.map(({ record }) => record);
    const failed = this.#parts.mapping.reportsItemFailures ? failedMessages(payload, records) : new Set<string>();
    this.#reader.delete(taken.map(({ message }) => message).filter(({ id }) => !failed.has(id)));
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#abort.signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.#abort.signal.addEventListener('abort', done);
      if (this.#abort.signal.aborted) done();
    });
  }
}

/** Queues as a source of events. */
export const sqsEventSource: EventSourceType = {
  service: 'sqs',
  start: (parts) => {
    const sqs = parts.context.service('sqs');
    if (!readsQueues(sqs)) throw new Error('SQS does not run locally');
    const { mapping, authorize } = parts;
    const reader = sqs.reader(mapping.sourceArn);
    if (reader === undefined) {
      parts.context.log.warn('lambda', `${mapping.sourceArn} is no queue of this run, so it feeds no function`);
      return { stop: async () => {} };
    }
    for (const action of ACTIONS) authorize(action, mapping.sourceArn);
    checkMapping(parts, reader);
    return new QueueEventSource(parts, reader);
  },
};

/**
 * https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
 *
 * @throws StartError where AWS would refuse the mapping
 */
function checkMapping({ mapping, functionTimeoutMs }: EventSourceParts, { queue, visibilityMs }: QueueReader): void {
  const { batchSize = DEFAULT_BATCH_SIZE, batchingWindowMs, maxConcurrency } = mapping;
  const refuse = (reason: string): never => {
    throw new StartError(
      `${mapping.functionArn} can't be fed from ${queue.name}: ${reason}`,
      'Mend it where it is defined: a deployment would fail too.',
    );
  };
  if (visibilityMs < functionTimeoutMs)
    refuse(`Queue visibility timeout: ${visibilityMs / 1_000} seconds is less than Function timeout: ${functionTimeoutMs / 1_000} seconds`);
  if (queue.fifo && (batchSize > MAX_RECEIVED || batchingWindowMs > 0))
    refuse('FIFO queues have batches of at most 10 and no batching window');
  if (batchSize > MAX_RECEIVED && batchingWindowMs < 1_000)
    refuse('Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10');
  if (batchSize < 1 || batchSize > 10_000) refuse('the batch size must be from 1 to 10,000');
  if (maxConcurrency !== undefined && (maxConcurrency < 2 || maxConcurrency > 1_000))
    refuse('the maximum concurrency must be from 2 to 1,000');
}

/** Patterns look into a body that is JSON; a body that is none fits only patterns of the text itself. */
function matchesMessage(filter: unknown, record: SqsRecord): boolean {
  const wanted = (filter as { readonly body?: unknown }).body;
  if (wanted === undefined) return matchesPattern(filter, record);
  const asksForText = Array.isArray(wanted);
  let body: unknown = record.body;
  try {
    body = asksForText ? record.body : JSON.parse(record.body);
  } catch {
    return false;
  }
  return matchesPattern(filter, { ...record, body });
}

function readsQueues(service: LocalService | undefined): service is LocalService & ReadsQueues {
  return service !== undefined && 'reader' in service;
}

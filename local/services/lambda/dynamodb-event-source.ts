import type { LocalService } from '../service.ts';
import { matchesPattern } from './event-pattern.ts';
import type { EventSource, EventSourceParts, EventSourceType } from './event-source.ts';
import { StreamBatchRunner, type StreamRecord } from './stream-batch.ts';

/** What the DynamoDB service of a run has beside its requests. */
interface FollowsStreams {
  followStream(
    streamArn: string,
    options: { readonly from: 'TRIM_HORIZON' | 'LATEST'; readonly after?: string },
    onRecords: (records: StreamRecord[]) => void | Promise<void>,
  ): () => void;
}

/** What the function's role needs, or AWS refuses the mapping. */
const ACTIONS = ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:ListStreams'];
const DEFAULT_BATCH_SIZE = 100;
/** For errors of the mapping itself, such as a filter that is no pattern. */
const RETRY_MS = 1_000;
/** When so many records wait, reading goes on after some are done. */
const MAX_BUFFERED = 10_000;

/** Feeds a function from the stream of a DynamoDB table: in order, one batch after the other. */
class StreamEventSource implements EventSource {
  readonly #parts: EventSourceParts;
  readonly #abort = new AbortController();
  readonly #runner: StreamBatchRunner;
  readonly #unfollow: () => void;
  readonly #running: Promise<void>;
  #buffer: StreamRecord[] = [];
  #wake: () => void = () => {};
  #drained: () => void = () => {};

  constructor(parts: EventSourceParts, dynamodb: FollowsStreams) {
    this.#parts = parts;
    this.#runner = new StreamBatchRunner(parts, this.#abort.signal);
    const { mapping, store, context } = parts;
    const { checkpoint, createdAt, isNew } = store.mapping(mapping.id, context.clock.now());
    // A mapping that starts at LATEST and ended before its first batch must not miss what came since it was made.
    const missesNothing = mapping.startingPosition === 'TRIM_HORIZON' || !isNew;
    const notBefore = mapping.startingPosition === 'LATEST' && checkpoint === undefined ? Math.floor(createdAt / 1_000) : 0;
    this.#unfollow = dynamodb.followStream(
      mapping.sourceArn,
      { from: missesNothing ? 'TRIM_HORIZON' : 'LATEST', ...(checkpoint !== undefined && { after: checkpoint }) },
      (records) => this.#take(records.filter(({ dynamodb: { ApproximateCreationDateTime: at } }) => at >= notBefore)),
    );
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#unfollow();
    this.#abort.abort();
    this.#wake();
    this.#drained();
    await this.#running;
  }

  async #take(records: readonly StreamRecord[]): Promise<void> {
    this.#buffer.push(...records);
    this.#wake();
    while (this.#buffer.length > MAX_BUFFERED && !this.#abort.signal.aborted) {
      await new Promise<void>((drained) => {
        this.#drained = drained;
      });
    }
  }

  async #run(): Promise<void> {
    const { mapping } = this.#parts;
    const batchSize = mapping.batchSize ?? DEFAULT_BATCH_SIZE;
    while (!this.#abort.signal.aborted) {
      if (this.#buffer.length === 0) await this.#moreRecords();
      await this.#fillWindow(batchSize, mapping.batchingWindowMs);
      if (this.#abort.signal.aborted) return;
      const taken = this.#buffer.splice(0, batchSize);
      this.#drained();
      await this.#process(taken).catch((error: unknown) => {
        this.#parts.context.log.error('lambda', `${mapping.sourceArn}: ${error}`);
        this.#buffer.unshift(...taken);
        return this.#moreRecords(RETRY_MS);
      });
    }
  }

  async #process(taken: readonly StreamRecord[]): Promise<void> {
    const { mapping, store } = this.#parts;
    const wanted = taken.filter(
      (record) => mapping.filters.length === 0 || mapping.filters.some((filter) => matchesPattern(filter, record)),
    );
    if (wanted.length > 0) await this.#runner.run(wanted);
    const last = taken.at(-1);
    if (last !== undefined && !this.#abort.signal.aborted) store.saveCheckpoint(mapping.id, last.dynamodb.SequenceNumber);
  }

  #moreRecords(waitMs?: number): Promise<void> {
    return new Promise((wake) => {
      const timer = waitMs === undefined ? undefined : setTimeout(wake, waitMs);
      this.#wake = () => {
        clearTimeout(timer);
        wake();
      };
    });
  }

  async #fillWindow(batchSize: number, windowMs: number): Promise<void> {
    const end = performance.now() + windowMs;
    while (this.#buffer.length < batchSize && !this.#abort.signal.aborted) {
      const left = end - performance.now();
      if (left <= 0) return;
      await this.#moreRecords(left);
    }
  }
}

/** Streams of DynamoDB tables as a source of events. */
export const dynamodbEventSource: EventSourceType = {
  service: 'dynamodb',
  start: (parts) => {
    const dynamodb = parts.context.service('dynamodb');
    if (!followsStreams(dynamodb)) throw new Error('DynamoDB does not run locally');
    for (const action of ACTIONS) parts.authorize(action, parts.mapping.sourceArn);
    return new StreamEventSource(parts, dynamodb);
  },
};

function followsStreams(service: LocalService | undefined): service is LocalService & FollowsStreams {
  return service !== undefined && 'followStream' in service;
}

import { randomUUID } from 'node:crypto';
import { callJson, type JsonOperation } from '../json-call.ts';
import { AwsError, type AwsRequest, type AwsResponse, type LocalContext, type LocalService, type ResolvedResource } from '../service.ts';
import { type DeliveryStream, readDeliveryStreams } from './delivery-stream.ts';
import { readRecords } from './read-records.ts';
import { type Batch, RecordStore } from './record-store.ts';
import { writeObject } from './write-object.ts';

/** The run's clock may be moved, so it is looked at while something waits. */
const LOOK_INTERVAL_MS = 200;
/** By the clock of the machine. */
const RETRY_MS = 5_000;

/** Amazon Data Firehose of a local run: records are on the disk before they are taken, and until an object holds them. */
export class FirehoseService implements LocalService {
  readonly #context: LocalContext;
  readonly #streams: ReadonlyMap<string, DeliveryStream>;
  readonly #store: RecordStore;
  readonly #operations: Readonly<Record<string, JsonOperation>>;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;
  #retryAt = 0;
  #stopped = false;

  constructor(resources: readonly ResolvedResource[], context: LocalContext) {
    this.#context = context;
    this.#streams = readDeliveryStreams(resources);
    this.#store = new RecordStore(context.folder);
    this.#operations = {
      PutRecord: (input, request) => this.#putRecord(input, request),
      PutRecordBatch: (input, request) => this.#putRecordBatch(input, request),
    };
    this.#lookSoon();
  }

  handle(request: AwsRequest): Promise<AwsResponse> {
    return callJson(this.#operations, request);
  }

  async dump(): Promise<unknown> {
    return Object.fromEntries(
      [...this.#streams.keys()].map((name) => {
        const batches = this.#store.batches(name).map(({ id }) => this.#store.records(name, id).length);
        return [name, { waitingBytes: this.#store.waiting(name)?.bytes ?? 0, batches }];
      }),
    );
  }

  async dispose(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#writing;
    this.#store.dispose();
  }

  #putRecord(input: Readonly<Record<string, unknown>>, request: AwsRequest): object {
    const stream = this.#stream(input, 'PutRecord', request);
    this.#take(stream, readRecords([input['Record']]));
    return { RecordId: randomUUID(), Encrypted: stream.encrypted };
  }

  #putRecordBatch(input: Readonly<Record<string, unknown>>, request: AwsRequest): object {
    const stream = this.#stream(input, 'PutRecordBatch', request);
    const records = readRecords(input['Records']);
    this.#take(stream, records);
    return { FailedPutCount: 0, Encrypted: stream.encrypted, RequestResponses: records.map(() => ({ RecordId: randomUUID() })) };
  }

  #stream({ DeliveryStreamName: name }: Readonly<Record<string, unknown>>, action: string, request: AwsRequest): DeliveryStream {
    const { partition, region, accountId } = this.#context.account;
    request.authorize(`firehose:${action}`, `arn:${partition}:firehose:${region}:${accountId}:deliverystream/${String(name)}`);
    const stream = this.#streams.get(String(name));
    if (stream !== undefined) return stream;
    throw new AwsError('ResourceNotFoundException', `Firehose ${String(name)} under account ${accountId} not found.`);
  }

  #take({ name }: DeliveryStream, records: readonly string[]): void {
    this.#store.add(name, records, this.#context.clock.now());
    this.#lookSoon();
  }

  #lookSoon(): void {
    clearTimeout(this.#timer);
    if (this.#stopped) return;
    this.#timer = setTimeout(() => this.#look(), LOOK_INTERVAL_MS);
    this.#timer.unref();
  }

  #look(): void {
    for (const stream of this.#streams.values()) this.#closeFull(stream);
    if (this.#writing === undefined && performance.now() >= this.#retryAt) {
      this.#writing = this.#writeAll().finally(() => {
        this.#writing = undefined;
      });
    }
    if (!this.#store.isEmpty()) this.#lookSoon();
  }

  #closeFull({ name, bufferBytes, bufferMs }: DeliveryStream): void {
    const waiting = this.#store.waiting(name);
    if (waiting === undefined) return;
    const isDue = waiting.bytes >= bufferBytes || this.#context.clock.now() - waiting.since >= bufferMs;
    if (isDue) this.#store.close(name, randomUUID());
  }

  async #writeAll(): Promise<void> {
    for (const stream of this.#streams.values()) {
      for (const batch of this.#store.batches(stream.name)) if (!this.#stopped) await this.#write(stream, batch);
    }
  }

  async #write(stream: DeliveryStream, batch: Batch): Promise<void> {
    try {
      await writeObject(this.#context, stream, batch, this.#store.records(stream.name, batch.id));
      this.#store.remove(stream.name, batch.id);
    } catch (error) {
      this.#retryAt = performance.now() + RETRY_MS;
      const reason = error instanceof Error ? error.message : String(error);
      this.#context.log.error('firehose', `${stream.name} cannot write to ${stream.bucketName}, and will try again: ${reason}`);
    }
  }
}

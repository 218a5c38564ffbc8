import { setTimeout as pause } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListStreamsCommand,
} from '@aws-sdk/client-dynamodb-streams';
import {
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListDeadLetterSourceQueuesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient, GetCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { BackendEvent } from '../../contracts/events.ts';
import { outputs } from '../../contracts/outputs.ts';
import { type LocalBackend, type LocalOptions, startLocal } from '../../local/local-backend.ts';
import { newPerson, type Person } from '../data/relations-backend.ts';
import { cachedAssembly } from '../support/cached-assembly.ts';
import { callApi } from '../support/call-api.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests look into events of every shape
export type Body = any;
/** What a test needs of a backend, which may run in another process. */
export type Served = Pick<LocalBackend, 'apiUrl' | 'endpointUrl' | 'region' | 'credentials' | 'outputs'>;
export type SeenEvent = BackendEvent<string, Body>;

export const eventsAssembly = (): string =>
  cachedAssembly({
    app: 'test/events/events-app.ts',
    sources: ['test/events/events-app.ts', 'test/events/effects-handler.ts', 'test/events/loop-handler.ts', 'test/events/send-handler.ts'],
  });

/** How long a test waits for what happens behind streams and queues. */
const patienceMs = 60_000;

/** Waits until something is so. */
export const until = async <T>(look: () => Promise<T>, isSo: (seen: T) => boolean, longestMs = patienceMs): Promise<T> => {
  const deadline = performance.now() + longestMs;
  for (;;) {
    const seen = await look();
    if (isSo(seen)) return seen;
    if (performance.now() > deadline) throw new Error(`waited in vain; last seen: ${JSON.stringify(seen)}`);
    await pause(25);
  }
};

/** The backend of events-app.ts in local mode. */
export class EventsBackend {
  readonly served: Served;
  readonly local: LocalBackend | undefined;
  readonly database: DynamoDBDocumentClient;
  readonly sqs: SQSClient;
  readonly #seen = new Map<string, SeenEvent[]>();

  constructor(served: Served, local?: LocalBackend) {
    this.served = served;
    this.local = local;
    const { endpointUrl: endpoint, region, credentials } = served;
    this.database = DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint, region, credentials }));
    this.sqs = new SQSClient({ endpoint, region, credentials });
  }

  static async start(options: Partial<LocalOptions> = {}): Promise<EventsBackend> {
    const local = await startLocal({ assembly: eventsAssembly(), ...options });
    return new EventsBackend(local, local);
  }

  async stop(): Promise<void> {
    this.database.destroy();
    this.sqs.destroy();
    await this.local?.dispose();
  }

  person(): Promise<Person> {
    return newPerson(this.served);
  }

  /** Calls a route that must succeed. */
  async call(who: Person, method: string, path: string, body?: object): Promise<Body> {
    const answer = await callApi(this.served.apiUrl, { method, path, token: who.token, ...(body && { body }) });
    if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text}`);
    return answer.json;
  }

  create(who: Person, model: string, body: object): Promise<Body> {
    return this.call(who, 'POST', `/data/${model}`, body);
  }

  /** All events that a queue of the tests has got so far, in the order of their arrival. */
  async seen(queue: 'Everything' | 'Starred' | 'Papers' = 'Everything'): Promise<readonly SeenEvent[]> {
    const QueueUrl = this.served.outputs[`${queue}Url`] ?? '';
    const seen = this.#seen.get(queue) ?? [];
    this.#seen.set(queue, seen);
    for (;;) {
      const { Messages = [] } = await this.sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
      if (Messages.length === 0) return seen;
      seen.push(...Messages.map(({ Body: text = '' }) => JSON.parse(text).detail as SeenEvent));
      const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
      await this.sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
    }
  }

  /** Waits for so many events that are about something. Changes of one record come by version, since the bus keeps no order. */
  async about(id: string, count: number, queue: 'Everything' | 'Starred' | 'Papers' = 'Everything'): Promise<readonly SeenEvent[]> {
    const isAbout = ({ data }: SeenEvent): boolean => [data.id, data.userId, data.orderId].includes(id);
    const seen = await until(
      async () => (await this.seen(queue)).filter(isAbout),
      (found) => found.length >= count,
    );
    return seen.toSorted((left, right) => (left.data.version ?? 0) - (right.data.version ?? 0));
  }

  /** The name of the queue of dead letters of something. */
  deadLetters(name: string): string {
    const names = JSON.parse(this.served.outputs[outputs.deadLetterQueues] ?? '{}') as Readonly<Record<string, string>>;
    return names[name] ?? '';
  }

  async urlOf(queueName: string): Promise<string> {
    return (await this.sqs.send(new GetQueueUrlCommand({ QueueName: queueName }))).QueueUrl ?? '';
  }

  /** The queue whose dead letters go to the queue of that name. */
  async sourceOf(name: string): Promise<string> {
    const QueueUrl = await this.urlOf(this.deadLetters(name));
    const { queueUrls = [] } = await this.sqs.send(new ListDeadLetterSourceQueuesCommand({ QueueUrl }));
    return queueUrls[0]?.split('/').at(-1) ?? '';
  }

  /** Where the stream of a model tells of a record's creation. */
  async placeOf(model: string, id: string): Promise<object> {
    const { endpointUrl: endpoint, region, credentials } = this.served;
    const streams = new DynamoDBStreamsClient({ endpoint, region, credentials });
    const TableName = JSON.parse(this.served.outputs[outputs.dataTables] ?? '{}')[model];
    const { Streams: [{ StreamArn = '' } = {}] = [] } = await streams.send(new ListStreamsCommand({ TableName }));
    const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }));
    const ShardId = StreamDescription?.Shards?.[0]?.ShardId;
    const start = await streams.send(new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' }));
    const { Records = [] } = await streams.send(new GetRecordsCommand({ ShardIterator: start.ShardIterator }));
    streams.destroy();
    const SequenceNumber = Records.find(({ dynamodb }) => dynamodb?.Keys?.['id']?.S === id)?.dynamodb?.SequenceNumber;
    return { streamArn: StreamArn, shardId: ShardId, startSequenceNumber: SequenceNumber, endSequenceNumber: SequenceNumber, batchSize: 1 };
  }

  /** Hands a queue an event once more. */
  async deliverAgain(queueName: string, event: SeenEvent): Promise<void> {
    await this.sqs.send(new SendMessageCommand({ QueueUrl: await this.urlOf(queueName), MessageBody: JSON.stringify({ detail: event }) }));
  }

  /** How many messages a queue has, whether or not somebody is at them. */
  async countIn(queueName: string): Promise<number> {
    const AttributeNames = [
      'ApproximateNumberOfMessages',
      'ApproximateNumberOfMessagesNotVisible',
      'ApproximateNumberOfMessagesDelayed',
    ] as const;
    const { Attributes = {} } = await this.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: await this.urlOf(queueName), AttributeNames: [...AttributeNames] }),
    );
    return Object.values(Attributes).reduce((sum, value) => sum + Number(value), 0);
  }

  /** Takes the messages out of a queue. */
  async drain(queueName: string): Promise<readonly Body[]> {
    const QueueUrl = await this.urlOf(queueName);
    const bodies: Body[] = [];
    for (;;) {
      const { Messages = [] } = await this.sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
      if (Messages.length === 0) return bodies;
      bodies.push(...Messages.map(({ Body: text = '' }) => JSON.parse(text)));
      const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
      await this.sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
    }
  }

  /** How often the function has had its effect, by the id of the event. */
  async effects(): Promise<ReadonlyMap<string, number>> {
    const { Items = [] } = await this.database.send(
      new ScanCommand({ TableName: this.served.outputs['EffectsName'], ConsistentRead: true }),
    );
    return new Map(Items.map(({ id, effects }) => [String(id), Number(effects)]));
  }

  /** What the consumer that goes by versions takes for the newest of a record. */
  async newestOf(recordId: string): Promise<Body> {
    const Key = { id: `newest ${recordId}` };
    const { Item } = await this.database.send(new GetCommand({ TableName: this.served.outputs['EffectsName'], Key, ConsistentRead: true }));
    return Item;
  }

  /** Lets time pass, for queues and leases. */
  pass(seconds: number): void {
    this.local?.clock.advance(seconds * 1_000);
  }
}

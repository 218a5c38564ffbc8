import { GetQueueAttributesCommand, ListQueuesCommand, SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { BackendEvent } from '../../contracts/events.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import { until, WebhooksBackend } from './webhooks-backend.ts';

/** Of an endpoint that does not answer. */
const noisyDeliveries = 400;
/** How many deliveries local mode has under way at a time: five batches of ten. */
const atOnce = 50;

let backend: WebhooksBackend;
let receiver: Receiver;
let sqs: SQSClient;
let urls: readonly string[];
beforeAll(async () => {
  [backend, receiver] = await Promise.all([WebhooksBackend.start(), startReceiver()]);
  const { endpointUrl: endpoint, region, credentials } = backend.local;
  sqs = new SQSClient({ endpoint, region, credentials });
  urls = (await sqs.send(new ListQueuesCommand({}))).QueueUrls ?? [];
}, 120_000);
afterEach(async () => {
  receiver.answer('/noisy', { status: 200 });
  receiver.release();
  await backend.clear();
});
afterAll(async () => {
  sqs.destroy();
  await backend.stop();
  await receiver.close();
});

const queueUrl = (name: string): string => {
  const [url, ...others] = urls.filter((each) => each.includes(name) && !each.includes('DeadLetters'));
  if (url === undefined || others.length > 0) throw new Error(`not one queue of ${urls} is ${name}`);
  return url;
};

/** Tells of users, as EventBridge puts events on the queue. */
const tell = async (count: number): Promise<void> => {
  const time = new Date(backend.local.clock.now()).toISOString();
  const newEvent = (): BackendEvent => ({ id: crypto.randomUUID(), type: 'user.confirmed', time, depth: 0, data: {} });
  for (let from = 0; from < count; from += 10) {
    const events = Array.from({ length: Math.min(10, count - from) }, newEvent);
    const Entries = events.map((detail) => ({ Id: detail.id, MessageBody: JSON.stringify({ 'detail-type': detail.type, detail }) }));
    await sqs.send(new SendMessageBatchCommand({ QueueUrl: queueUrl('WebhooksEvents'), Entries }));
  }
};

/** Deliveries that are queued, sent at this moment, or wait for another attempt. */
const deliveries = async () => {
  const command = new GetQueueAttributesCommand({ QueueUrl: queueUrl('WebhooksDeliveries'), AttributeNames: ['All'] });
  const { Attributes = {} } = await sqs.send(command);
  const inFlight = Number(Attributes.ApproximateNumberOfMessagesNotVisible);
  const others = Number(Attributes.ApproximateNumberOfMessages) + Number(Attributes.ApproximateNumberOfMessagesDelayed);
  return { inFlight, all: inFlight + others };
};

/** How many deliveries the noisy endpoint got before the other one got its own, if it did. */
const noisyBefore = (): number => {
  const quiet = receiver.received.findIndex(({ path }) => path === '/quiet');
  const before = receiver.received.slice(0, quiet === -1 ? undefined : quiet).filter(({ path }) => path === '/noisy');
  return new Set(before.map(({ headers }) => headers['webhook-id'])).size;
};
const hasQuiet = (): boolean => receiver.of('/quiet').length > 0;

interface Dump {
  readonly sqs: Readonly<Record<string, readonly { readonly body: string; readonly group_id: string | null }[]>>;
  readonly scheduler: { readonly schedules: readonly { readonly Target: { readonly Arn: string; readonly Input: string } }[] };
}

describe('WH13 an endpoint that does not answer', () => {
  it('does not hold up the delivery to another one, though hundreds of its own wait', async () => {
    receiver.answer('/noisy', 'held');
    await backend.add({ url: `${receiver.url}/noisy`, events: ['user.confirmed'] });
    await backend.add({ url: `${receiver.url}/quiet`, events: ['Note.created'] });
    await tell(noisyDeliveries);
    await until(deliveries, ({ all, inFlight }) => all === noisyDeliveries && inFlight >= 30, 60_000);
    await backend.createNote('x');
    // On a slow machine the first posts have timed out by now, and it has been sent.
    await until(deliveries, ({ all }) => all > noisyDeliveries || hasQuiet(), 60_000);
    const whenQueued = noisyBefore();
    receiver.release();
    await until(hasQuiet, (seen) => seen, 60_000);
    expect(noisyBefore()).toBeLessThanOrEqual(whenQueued + 2 * atOnce);
    expect(noisyBefore()).toBeLessThan(noisyDeliveries - 2 * atOnce);
    const { sqs: queues } = (await backend.local.dump()) as unknown as Dump;
    const waiting = Object.entries(queues).flatMap(([name, messages]) => (name.includes('WebhooksDeliveries') ? messages : []));
    expect(waiting.length).toBeGreaterThan(noisyDeliveries / 2);
    expect(waiting.filter(({ body, group_id }) => JSON.parse(body).endpointId !== group_id)).toEqual([]);
  }, 300_000);

  it('is known as the one of its deliveries also where they wait longer than a queue can', async () => {
    receiver.answer('/later', { status: 503, headers: { 'retry-after': '1800' } }, { status: 200 });
    const { id } = await backend.add({ url: `${receiver.url}/later`, events: ['Note.created'] });
    await backend.createNote('y');
    await backend.delivery(id, ({ attempts }) => attempts.length === 1);
    const targets = async () => {
      const { scheduler } = (await backend.local.dump()) as unknown as Dump;
      return scheduler.schedules.map(({ Target }) => Target).filter(({ Input }) => Input.includes(id));
    };
    const [target] = await until(targets, ({ length }) => length === 1);
    expect(target?.Arn).toBe('arn:aws:scheduler:::aws-sdk:sqs:sendMessage');
    expect(JSON.parse(target?.Input ?? '')).toMatchObject({ MessageGroupId: id });
    backend.local.clock.advance(1_900_000);
    await backend.delivery(id, ({ status }) => status === 'succeeded');
  }, 120_000);
});

import { GetQueueAttributesCommand, ListQueuesCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { Clock } from '../../local/clock.ts';
import type { Person } from '../data/relations-backend.ts';
import { until } from '../support/until.ts';
import { EmailBackend } from './email-backend.ts';
import { SesFaultProxy } from './ses-fault-proxy.ts';

const clock = new Clock();
let proxy: SesFaultProxy;
let backend: EmailBackend;
let admin: Person;
let sqs: SQSClient;

beforeAll(async () => {
  proxy = await new SesFaultProxy().start();
  backend = await EmailBackend.start({}, { clock, environment: { AWS_ENDPOINT_URL_SESV2: proxy.url } });
  const { endpointUrl: endpoint, region, credentials } = backend.local;
  proxy.target = endpoint;
  sqs = new SQSClient({ endpoint, region, credentials });
});
afterAll(async () => {
  sqs.destroy();
  await backend.dispose();
  await proxy.stop();
});
beforeEach(async () => {
  proxy.fault = undefined;
  // Tokens end while the clock is moved.
  admin = await backend.person('admins');
});

const hello = { subject: 'Hello', text: 'How are you?' };
const newAddress = (): string => `to-${crypto.randomUUID()}@example.org`;
/** How often SES was asked to send to an address. */
const attempts = (address: string): number => proxy.requests.filter((body) => body.includes(address)).length;
const send = (address: string) => backend.send(admin, { to: [{ address }], ...hello });
const queueUrl = async (name: RegExp): Promise<string> => {
  const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
  return QueueUrls.find((url) => name.test(url)) ?? '';
};
const waiting = async (QueueUrl: string): Promise<number> => {
  const AttributeNames = ['ApproximateNumberOfMessages' as const];
  const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }));
  return Number(Attributes['ApproximateNumberOfMessages']);
};

describe('While SES fails', () => {
  it('WH19 the request of the caller succeeds at once, and the e-mail is sent when SES is back', async () => {
    const address = newAddress();
    proxy.fault = 'down';
    const { status, json } = await send(address);
    expect(status).toBe(202);
    await until(
      () => attempts(address),
      (count) => count >= 1,
    );
    expect(backend.mails(address)).toEqual([]);
    proxy.fault = undefined;
    await until(
      () => clock.advance(15_000) ?? backend.mails(address).length,
      (count) => count > 0,
    );
    expect((await backend.settled(admin, json.id)).deliveries[0].status).toBe('sent');
    expect(backend.mails(address)).toHaveLength(1);
  });

  it('WH19 a SES that does not answer keeps no caller waiting', async () => {
    const address = newAddress();
    proxy.fault = 'silent';
    const began = performance.now();
    const { status, json } = await send(address);
    expect(status).toBe(202);
    expect(performance.now() - began).toBeLessThan(3_000);
    await until(
      () => attempts(address),
      (count) => count >= 1,
    );
    proxy.fault = undefined;
    await until(
      () => clock.advance(5_000) ?? backend.mails(address).length,
      (count) => count > 0,
      30_000,
    );
    await backend.settled(admin, json.id, (each) => each === 'sent');
    expect(backend.mails(address)).toHaveLength(1);
  });

  it('what SES refuses is given up at once', async () => {
    const address = newAddress();
    proxy.fault = 'refuses';
    const { json } = await send(address);
    const { deliveries } = await backend.settled(admin, json.id);
    expect(deliveries[0]).toMatchObject({ status: 'failed', reason: 'MessageRejected' });
    expect(attempts(address)).toBe(1);
  });

  it('what it does not know yet whom it is from waits, and is sent once it does', async () => {
    const address = newAddress();
    proxy.fault = 'unverified';
    const { json } = await send(address);
    const logs = async (): Promise<string> => (await fetch(`${backend.local.endpointUrl}/_plinth/logs`)).text();
    const text = await until(logs, (all) => all.includes('an identity is not verified in SES'));
    expect(text).not.toContain('someone@example.org');
    proxy.fault = undefined;
    clock.advance(20_000);
    expect((await backend.settled(admin, json.id)).deliveries[0].status).toBe('sent');
    expect(backend.mails(address)).toHaveLength(1);
  });

  it('WH19 what fails twenty times lies among the dead letters with all that is needed to send it, and a redrive sends it', async () => {
    const address = newAddress();
    const [queue, deadLetters] = await Promise.all([queueUrl(/EmailMessagesQueue/), queueUrl(/EmailMessagesDeadLetters/)]);
    proxy.fault = 'down';
    const { json } = await send(address);
    // No faster than it is tried: SQS forgets a message after some days.
    let [seen, movedAt] = [0, 0];
    await until(
      async () => {
        if (attempts(address) > seen || performance.now() - movedAt > 5_000) {
          await new Promise((resolve) => setTimeout(resolve, 100));
          [seen, movedAt] = [attempts(address), performance.now()];
          clock.advance(4_600_000);
        }
        return waiting(deadLetters);
      },
      (count) => count > 0,
      100_000,
    );
    admin = await backend.person('admins');
    expect((await backend.settled(admin, json.id)).deliveries[0].status).toBe('failed');
    // The clock is moved without a look at what runs, so an attempt or two may end before SES is asked.
    expect(attempts(address)).toBeLessThanOrEqual(20);
    expect(attempts(address)).toBeGreaterThan(15);
    proxy.fault = undefined;
    const { Messages: [letter] = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: deadLetters, MaxNumberOfMessages: 10 }));
    const { messageId, content } = JSON.parse(letter?.Body ?? '{}');
    expect({ messageId, content }).toEqual({ messageId: json.id, content: { to: [{ address }], ...hello } });
    await sqs.send(new SendMessageCommand({ QueueUrl: queue, MessageBody: letter?.Body ?? '' }));
    await backend.settled(admin, json.id, (status) => status === 'sent');
    expect(backend.mails(address)).toHaveLength(1);
  });

  it('FI11 the same message twice sends one e-mail', async () => {
    const address = newAddress();
    const { json } = await send(address);
    await backend.settled(admin, json.id);
    const expiresAt = Math.ceil(clock.now() / 1_000) + 86_400;
    const MessageBody = JSON.stringify({ messageId: json.id, content: { to: [{ address }], ...hello }, expiresAt });
    const QueueUrl = await queueUrl(/EmailMessagesQueue/);
    await Promise.all([1, 2, 3].map(() => sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }))));
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(backend.mails(address)).toHaveLength(1);
  });

  it('FI08 a message that cannot be read keeps no other from being sent', async () => {
    const address = newAddress();
    await sqs.send(new SendMessageCommand({ QueueUrl: await queueUrl(/EmailMessagesQueue/), MessageBody: '{' }));
    const { json } = await send(address);
    expect((await backend.settled(admin, json.id)).deliveries[0].status).toBe('sent');
  });
});

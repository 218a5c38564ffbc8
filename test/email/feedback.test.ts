import { ListTopicsCommand, PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { Person } from '../data/relations-backend.ts';
import { expectProblem } from '../support/expect-problem.ts';
import { until } from '../support/until.ts';
import { type Body, EmailBackend } from './email-backend.ts';

let backend: EmailBackend;
let admin: Person;

beforeAll(async () => {
  backend = await EmailBackend.start();
  admin = await backend.person('admins');
});
afterAll(() => backend.dispose());

const hello = { subject: 'Hello', text: 'How are you?' };
const simulator = (name: string): string => `${name}+${crypto.randomUUID()}@simulator.amazonses.com`;
const send = (address: string, headers = {}) => backend.send(admin, { to: [{ address }], ...hello }, headers);
const suppression = (address: string, method = 'GET') =>
  backend.call(admin, { method, path: `/email/suppressions/${encodeURIComponent(address)}` });
const outbox = async (): Promise<readonly Body[]> => (await backend.stored()).filter(({ pk }: Body) => pk.S.startsWith('O#'));

/** Has SES tell of something, as AWS writes it. */
const tell = async (event: object): Promise<void> => {
  const { endpointUrl: endpoint, region, credentials } = backend.local;
  const sns = new SNSClient({ endpoint, region, credentials });
  const { Topics = [] } = await sns.send(new ListTopicsCommand({}));
  const TopicArn = Topics.map(({ TopicArn: arn = '' }) => arn).find((arn) => /EmailSes/.test(arn));
  await sns.send(new PublishCommand({ TopicArn, Message: JSON.stringify(event) }));
  sns.destroy();
};

const bounce = (bounceType: string, address: string, feedbackId: string = crypto.randomUUID()) => ({
  eventType: 'Bounce',
  mail: { messageId: 'x' },
  bounce: {
    bounceType,
    bounceSubType: 'General',
    feedbackId,
    timestamp: '2026-01-01T00:00:00.000Z',
    bouncedRecipients: [{ emailAddress: address }],
  },
});

describe('Bounces and complaints', () => {
  it.each([
    ['bounce', 'bounced', 'Permanent General'],
    ['complaint', 'complained', 'abuse'],
  ])('WH18 a %s keeps later e-mails from the address, until an admin opens it', async (name, status, reason) => {
    const address = simulator(name);
    const key = { 'idempotency-key': crypto.randomUUID() };
    const first = await send(address, key);
    const { deliveries } = await backend.settled(admin, first.json.id, (each) => each === status);
    expect(deliveries[0]).toMatchObject({ status, reason });
    await until(
      () => suppression(address),
      (answer) => answer.status === 200,
    );
    expect((await suppression(address)).json).toEqual({ address, reason: status, at: expect.any(String) });

    expectProblem(await send(address), { status: 409, code: 'recipient_suppressed' });
    const spelled = address.replace('@simulator', '@SIMULATOR');
    expectProblem(await send(spelled), { status: 409, code: 'recipient_suppressed' });
    expect((await send(address, key)).json.id).toBe(first.json.id);
    const other = `to-${crypto.randomUUID()}@example.org`;
    const both = await backend.send(admin, { to: [{ address }, { address: other }], ...hello });
    expect((await backend.settled(admin, both.json.id)).deliveries).toMatchObject([
      { status: 'suppressed', reason: status },
      { status: 'sent' },
    ]);
    expect(backend.mails(address)).toHaveLength(1);
    expect(backend.mails(other)).toHaveLength(1);

    expect((await suppression(address, 'DELETE')).status).toBe(204);
    expectProblem(await suppression(address), { status: 404, code: 'not_found' });
    expectProblem(await suppression(address, 'DELETE'), { status: 404, code: 'not_found' });
    const again = await send(address);
    expect(again.status).toBe(202);
    await backend.settled(admin, again.json.id, (each) => each === status);
    expect(backend.mails(address)).toHaveLength(2);
  });

  it('tells each on the bus once, without the address', async () => {
    const address = simulator('bounce');
    const { json } = await send(address);
    await backend.settled(admin, json.id, (each) => each === 'bounced');
    const told = (await outbox()).filter(({ event }) => event.M.data.M.messageId?.S === json.id);
    expect(told).toHaveLength(1);
    expect(told[0].event.M).toMatchObject({
      type: { S: 'email.bounced' },
      data: { M: { recipient: { N: '0' }, suppressed: { BOOL: true }, reason: { S: 'Permanent General' } } },
    });
    expect(JSON.stringify(told)).not.toContain('simulator');
  });

  it('WH18 a mailbox that is full for now is sent to again', async () => {
    const address = `full-${crypto.randomUUID()}@example.org`;
    const before = (await outbox()).length;
    await tell(bounce('Transient', address));
    await until(outbox, (items) => items.length === before + 1);
    expectProblem(await suppression(address), { status: 404, code: 'not_found' });
    const { json } = await send(address);
    expect((await backend.settled(admin, json.id)).deliveries[0].status).toBe('sent');
  });

  it('FI11 what is told twice counts once, and closes no address that was opened since', async () => {
    const address = `gone-${crypto.randomUUID()}@example.org`;
    const event = bounce('Permanent', address);
    const before = (await outbox()).length;
    await tell(event);
    await until(
      () => suppression(address),
      ({ status }) => status === 200,
    );
    await suppression(address, 'DELETE');
    await tell(event);
    await tell({ eventType: 'Delivery', mail: { messageId: 'x' } });
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expectProblem(await suppression(address), { status: 404, code: 'not_found' });
    expect(await outbox()).toHaveLength(before + 1);
  });

  it('takes no word that an e-mail is no spam for a complaint', async () => {
    const address = `fine-${crypto.randomUUID()}@example.org`;
    const before = (await outbox()).length;
    await tell({
      eventType: 'Complaint',
      mail: { messageId: 'x' },
      complaint: { complaintFeedbackType: 'not-spam', feedbackId: crypto.randomUUID(), complainedRecipients: [{ emailAddress: address }] },
    });
    await until(outbox, (items) => items.length === before + 1);
    expectProblem(await suppression(address), { status: 404, code: 'not_found' });
  });

  it('sends to no user whose address has bounced', async () => {
    const person = await backend.person();
    await tell(bounce('Permanent', person.email));
    await until(
      () => suppression(person.email),
      ({ status }) => status === 200,
    );
    const { json } = await backend.send(admin, { to: [{ userId: person.id }], ...hello });
    expect((await backend.settled(admin, json.id)).deliveries[0]).toMatchObject({ status: 'suppressed', reason: 'bounced' });
    expect(backend.mails(person.email)).toEqual([]);
  });

  it('refuses what is no address', async () => {
    expectProblem(await suppression('nobody'), { status: 400, code: 'validation_failed', pointers: ['/address'] });
  });
});

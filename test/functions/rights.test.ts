import { GetScheduleCommand, ListSchedulesCommand, SchedulerClient, UpdateScheduleCommand } from '@aws-sdk/client-scheduler';
import { ListQueuesCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Person } from '../data/relations-backend.ts';
import { type Body, FunctionsBackend } from './functions-backend.ts';

/** Nobody listens on the port `discard`. */
const nowhere = 'http://127.0.0.1:9';

const start = (environment: Readonly<Record<string, string>> = {}): Promise<FunctionsBackend> =>
  FunctionsBackend.start('rights-app', { environment });
const run = async (backend: FunctionsBackend, who: Person, step: string, text: string): Promise<Body> =>
  (await backend.run(who, 'librarian', { step, text })).json?.result;

describe('What a function is granted', () => {
  let backend: FunctionsBackend;
  let ann: Person;

  beforeAll(async () => {
    // What the stream of analytics does not take goes on a queue.
    backend = await start({ AWS_ENDPOINT_URL_FIREHOSE: nowhere });
    ann = await backend.person();
  });
  afterAll(() => backend?.stop());

  it('lets it choose the id of a record that others depend on', async () => {
    const { asked, ...shelf } = await run(backend, ann, 'chosenId', 'Atlases');
    expect(shelf).toMatchObject({ id: asked, name: 'Atlases', owner: ann.id });
  });

  it('lets it do a change once by a key', async () => {
    const [first, second] = await run(backend, ann, 'keyedChange', 'Biographies');
    expect(first).toMatchObject({ name: 'Biographies 2', version: 2 });
    expect(second).toEqual(first);
  });

  it('lets it see what came of an e-mail, and open an address again', async () => {
    const address = `${crypto.randomUUID()}@example.com`;
    expect(await run(backend, ann, 'email', address)).toMatchObject({ sender: ann.id, deliveries: [{ status: 'queued' }] });
    expect(backend.local.accessReport().denied).toEqual([]);
  });

  it('lets it keep events of analytics that their stream does not take', async () => {
    expect(await run(backend, ann, 'analytics', 'Atlas')).toMatchObject({ accepted: 1 });
    const { used, denied } = backend.local.accessReport();
    expect(used.filter(({ action, resource }) => action === 'sqs:SendMessage' && /AnalyticsDeliveries/.test(resource))).not.toEqual([]);
    expect(denied).toEqual([]);
  });

  it('lets Scheduler put aside what it cannot hand over', async () => {
    const { endpointUrl: endpoint, region, credentials, clock } = backend.local;
    const [scheduler, sqs] = [new SchedulerClient({ endpoint, region, credentials }), new SQSClient({ endpoint, region, credentials })];
    const { Schedules: [listed] = [] } = await scheduler.send(new ListSchedulesCommand({}));
    const found = await scheduler.send(new GetScheduleCommand({ Name: listed?.Name, GroupName: listed?.GroupName }));
    const { Name, GroupName, ScheduleExpression, FlexibleTimeWindow, Target } = found;
    // The queue is gone, for what Scheduler knows.
    const target = { ...Target, RoleArn: Target?.RoleArn, Arn: `${Target?.Arn}-gone` };
    await scheduler.send(new UpdateScheduleCommand({ Name, GroupName, ScheduleExpression, FlexibleTimeWindow, Target: target }));
    clock.advance(3_600_000);
    const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
    const QueueUrl = QueueUrls.find((url) => /librarianRunsDeadLetters/.test(url));
    const message = await backend.until(async () => (await sqs.send(new ReceiveMessageCommand({ QueueUrl }))).Messages?.[0]);
    expect(JSON.parse(message.Body ?? '')).toMatchObject({ kind: 'schedule', schedule: 'rate(1 hour) UTC' });
    scheduler.destroy();
    sqs.destroy();
  });
});

describe('A function whose queues are away', () => {
  let backend: FunctionsBackend;
  let ann: Person;

  beforeAll(async () => {
    backend = await start({ AWS_ENDPOINT_URL_SQS: nowhere });
    ann = await backend.person();
  });
  afterAll(() => backend?.stop());

  it.each(['email', 'push'])('is told by %s that nothing was sent, and nothing stays in the log', async (step) => {
    const text = step === 'email' ? 'ann@example.com' : ann.id;
    expect(await run(backend, ann, step, text)).toEqual({ code: 'unavailable', status: 503 });
    const { used, denied } = backend.local.accessReport();
    const table = new RegExp(`Backend${step === 'email' ? 'Email' : 'Push'}Table`);
    expect(used.filter(({ action, resource }) => action === 'dynamodb:DeleteItem' && table.test(resource))).toHaveLength(1);
    expect(denied).toEqual([]);
  });
});

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  DeleteScheduleCommand,
  GetScheduleCommand,
  ListSchedulesCommand,
  SchedulerClient,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { CfnOutput, Duration, type Stack } from 'aws-cdk-lib';
import { EventBus, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Schedule, ScheduleExpression, ScheduleGroup, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { SqsSendMessage } from 'aws-cdk-lib/aws-scheduler-targets';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Clock } from '../../../local/clock.ts';
import { type LocalBackend, startLocal } from '../../../local/local-backend.ts';
import { authorization } from '../../support/aws-calls.ts';
import { inlineFunction, synthesizeStack } from '../../support/synthesize-stack.ts';

/** Creates the schedule that the event holds, with the credentials of the function's role. */
const CREATOR = `exports.handler = async ({ name, input }) => {
  const { AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID: key, AWS_SESSION_TOKEN: token } = process.env;
  const authorization = 'AWS4-HMAC-SHA256 Credential=' + key + '/20260101/us-east-1/scheduler/aws4_request, Signature=0';
  const headers = { authorization, 'x-amz-security-token': token, 'content-type': 'application/json' };
  const response = await fetch(AWS_ENDPOINT_URL + '/schedules/' + name, { method: 'POST', headers, body: JSON.stringify(input) });
  return { status: response.status, body: await response.text() };
};`;
const LOGGER = `exports.handler = async (event) => console.log('RAN ' + JSON.stringify(event));`;

const clock = new Clock();
// Far from the time of the template's schedule.
clock.set(Date.parse('2026-11-20T12:00:00Z'));
const lines: string[] = [];
const write = (_: string, line: string): void => void lines.push(line);
const folder = mkdtempSync(join(tmpdir(), 'plinth-scheduler-'));
let assembly: string;
let backend: LocalBackend;
let client: SchedulerClient;
let sqs: SQSClient;

function build(stack: Stack): void {
  const queue = new Queue(stack, 'Queue', { visibilityTimeout: Duration.seconds(600) });
  const dead = new Queue(stack, 'Dead');
  const role = new Role(stack, 'Role', { assumedBy: new ServicePrincipal('scheduler.amazonaws.com') });
  const logger = inlineFunction(stack, 'Logger', LOGGER);
  role.addToPolicy(new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [queue.queueArn, dead.queueArn] }));
  role.addToPolicy(new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [logger.functionArn] }));
  const bus = new EventBus(stack, 'Bus');
  bus.grantPutEventsTo(role);
  new Rule(stack, 'Rule', { eventBus: bus, eventPattern: { source: ['clock'], detailType: ['tick'] }, targets: [new SqsQueue(queue)] });
  const powerless = new Role(stack, 'Powerless', { assumedBy: new ServicePrincipal('scheduler.amazonaws.com') });
  powerless.addToPolicy(new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [dead.queueArn] }));
  const foreign = new Role(stack, 'Foreign', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  const conditions = { StringEquals: { 'aws:SourceArn': 'arn:aws:scheduler:us-east-1:000000000000:schedule-group/other' } };
  const confused = new Role(stack, 'Confused', { assumedBy: new ServicePrincipal('scheduler.amazonaws.com', { conditions }) });
  const group = new ScheduleGroup(stack, 'Group', { scheduleGroupName: 'reminders' });
  const creators = { Friend: inlineFunction(stack, 'Friend', CREATOR), Passless: inlineFunction(stack, 'Passless', CREATOR) };
  for (const creator of Object.values(creators)) {
    const resources = [`arn:aws:scheduler:*:*:schedule/${group.scheduleGroupName}/*`];
    creator.addToRolePolicy(new PolicyStatement({ actions: ['scheduler:CreateSchedule'], resources }));
  }
  creators.Friend.addToRolePolicy(new PolicyStatement({ actions: ['iam:PassRole'], resources: [role.roleArn] }));
  const target = new SqsSendMessage(queue, { input: ScheduleTargetInput.fromText('from the template') });
  new Schedule(stack, 'Daily', { schedule: ScheduleExpression.cron({ minute: '0', hour: '3' }), target });
  const outputs = {
    ...{ QueueUrl: queue.queueUrl, QueueArn: queue.queueArn, DeadUrl: dead.queueUrl, DeadArn: dead.queueArn, RoleArn: role.roleArn },
    ...{
      PowerlessArn: powerless.roleArn,
      ForeignArn: foreign.roleArn,
      ConfusedArn: confused.roleArn,
      BusArn: bus.eventBusArn,
      LoggerArn: logger.functionArn,
      FriendName: creators.Friend.functionName,
    },
    PasslessName: creators.Passless.functionName,
  };
  for (const [name, value] of Object.entries(outputs)) new CfnOutput(stack, name, { value });
}

async function start(): Promise<void> {
  backend = await startLocal({ assembly, clock, folder, log: { info: write, warn: write, error: write } });
  const options = { region: 'us-east-1', endpoint: backend.endpointUrl, credentials: backend.credentials };
  client = new SchedulerClient(options);
  sqs = new SQSClient(options);
}

beforeAll(async () => {
  assembly = synthesizeStack('Scheduled', build);
  await start();
});
afterAll(() => backend?.dispose());

const output = (name: string): string => backend.outputs[name] ?? '';
const inMs = (ms: number): string => `at(${new Date(clock.now() + ms).toISOString().slice(0, 19)})`;
const schedule = (
  name: string,
  more: Partial<CreateScheduleCommandInput> = {},
  target: Partial<CreateScheduleCommandInput['Target']> = {},
) =>
  ({
    Name: name,
    GroupName: 'reminders',
    ScheduleExpression: inMs(3_600_000),
    FlexibleTimeWindow: { Mode: 'OFF' },
    ...more,
    Target: { Arn: output('QueueArn'), RoleArn: output('RoleArn'), Input: name, ...target },
  }) satisfies CreateScheduleCommandInput;
const create = (...given: Parameters<typeof schedule>) => client.send(new CreateScheduleCommand(schedule(...given)));

/** What comes to a queue; an empty list when nothing does. */
async function receive(queue: 'QueueUrl' | 'DeadUrl' = 'QueueUrl', waitSeconds = 5) {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: output(queue),
      WaitTimeSeconds: waitSeconds,
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['MessageGroupId'],
      MaxNumberOfMessages: 10,
    }),
  );
  for (const { ReceiptHandle } of Messages) await sqs.send(new DeleteMessageCommand({ QueueUrl: output(queue), ReceiptHandle }));
  return Messages;
}

async function createFrom(functionName: string, input: object): Promise<{ status: number; body: string }> {
  const response = await fetch(`${backend.endpointUrl}/2015-03-31/functions/${output(functionName)}/invocations`, {
    method: 'POST',
    headers: { authorization: authorization(backend.credentials.accessKeyId, 'lambda') },
    body: JSON.stringify(input),
  });
  return (await response.json()) as { status: number; body: string };
}

describe('CreateSchedule', () => {
  it.each<[string, Partial<CreateScheduleCommandInput>, Partial<CreateScheduleCommandInput['Target']>, string]>([
    ['an expression that is none', { ScheduleExpression: 'at(tomorrow)' }, {}, 'ValidationException'],
    ['a time zone that is none', { ScheduleExpressionTimezone: 'Mars/Base' }, {}, 'ValidationException'],
    ['an end before the start', { StartDate: new Date(2_000), EndDate: new Date(1_000) }, {}, 'ValidationException'],
    ['a target that is no queue, function, topic or bus', {}, { Arn: 'arn:aws:scheduler:::aws-sdk:s3:listBuckets' }, 'ValidationException'],
    [
      'a message for a queue without its text',
      {},
      { Arn: 'arn:aws:scheduler:::aws-sdk:sqs:sendMessage', Input: '{"QueueUrl":"jobs"}' },
      'ValidationException',
    ],
    [
      'a message for a queue that is no JSON',
      {},
      { Arn: 'arn:aws:scheduler:::aws-sdk:sqs:sendMessage', Input: 'hello' },
      'ValidationException',
    ],
    ['a role that is none', {}, { RoleArn: 'role' }, 'ValidationException'],
    ['more retries than there may be', {}, { RetryPolicy: { MaximumRetryAttempts: 186 } }, 'ValidationException'],
    ['a name with a slash', { Name: 'a/b' }, {}, 'ValidationException'],
    ['a group that does not exist', { GroupName: 'nowhere' }, {}, 'ResourceNotFoundException'],
  ])('refuses %s', async (_, more, target, name) => {
    await expect(create('refused', more, target)).rejects.toMatchObject({ name });
    await expect(client.send(new GetScheduleCommand({ Name: 'refused', GroupName: 'reminders' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  it.each(['ForeignArn', 'ConfusedArn'])('refuses a role that does not trust the scheduler, or not for this group (%s)', async (role) => {
    await expect(create('untrusted', {}, { RoleArn: output(role) })).rejects.toThrow(
      'must allow AWS EventBridge Scheduler to assume the role',
    );
  });

  it('refuses who may not pass the role, and who may not make schedules there', async () => {
    const input = schedule('by-function');
    expect(await createFrom('PasslessName', { name: 'by-function', input })).toMatchObject({
      status: 403,
      body: expect.stringContaining('iam:PassRole'),
    });
    const elsewhere = { ...input, GroupName: 'default' };
    expect((await createFrom('FriendName', { name: 'by-function', input: elsewhere })).status).toBe(403);
    expect((await createFrom('FriendName', { name: 'by-function', input })).status).toBe(200);
    await client.send(new DeleteScheduleCommand({ Name: 'by-function', GroupName: 'reminders' }));
  });

  it('refuses a name that is taken, but answers a request that is sent again', async () => {
    const first = await create('taken', { ClientToken: 'one' });
    expect((await create('taken', { ClientToken: 'one' })).ScheduleArn).toBe(first.ScheduleArn);
    await expect(create('taken', { ClientToken: 'two' })).rejects.toMatchObject({ name: 'ConflictException' });
    await client.send(new DeleteScheduleCommand({ Name: 'taken', GroupName: 'reminders' }));
  });
});

describe('a schedule', () => {
  it('runs at its time by the clock of the run, once, and is deleted when it asked for that', async () => {
    await create('once', { ActionAfterCompletion: 'DELETE' }, { Input: 'at <aws.scheduler.scheduled-time>' });
    expect(await receive('QueueUrl', 1)).toEqual([]);
    const scheduled = new Date(clock.now() + 3_600_000).toISOString().slice(0, 16);
    clock.advance(3_600_000);
    const [message, ...more] = await receive();
    expect([message?.Body, more]).toEqual([expect.stringContaining(`at ${scheduled}`), []]);
    await expect(client.send(new GetScheduleCommand({ Name: 'once', GroupName: 'reminders' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  it('runs in its rhythm until it is disabled', async () => {
    await create('rate', { ScheduleExpression: 'rate(10 minutes)' });
    expect((await receive()).map(({ Body }) => Body)).toEqual(['rate']);
    clock.advance(600_000);
    expect((await receive()).map(({ Body }) => Body)).toEqual(['rate']);
    await client.send(new UpdateScheduleCommand(schedule('rate', { ScheduleExpression: 'rate(10 minutes)', State: 'DISABLED' })));
    clock.advance(600_000);
    expect(await receive('QueueUrl', 1)).toEqual([]);
    expect(await client.send(new GetScheduleCommand({ Name: 'rate', GroupName: 'reminders' }))).toMatchObject({ State: 'DISABLED' });
  });

  it('calls a function with its input as the event', async () => {
    await create('function', { ScheduleExpression: inMs(0) }, { Arn: output('LoggerArn'), Input: '{"hello":1}' });
    while (!lines.some((line) => line.includes('RAN {"hello":1}'))) await new Promise((done) => setTimeout(done, 20));
  });

  it('sends a message to a queue as a universal target, with its group', async () => {
    const Input = JSON.stringify({ QueueUrl: output('QueueUrl'), MessageBody: 'hello', MessageGroupId: 'a' });
    await create('universal', { ScheduleExpression: inMs(0) }, { Arn: 'arn:aws:scheduler:::aws-sdk:sqs:sendMessage', Input });
    expect(await receive()).toEqual([expect.objectContaining({ Body: 'hello', Attributes: { MessageGroupId: 'a' } })]);
  });

  it('sends nothing as a universal target that its role may not send', async () => {
    const Input = JSON.stringify({ QueueUrl: output('QueueUrl'), MessageBody: 'hello' });
    await create(
      'universal-powerless',
      { ScheduleExpression: inMs(0) },
      {
        Arn: 'arn:aws:scheduler:::aws-sdk:sqs:sendMessage',
        Input,
        RoleArn: output('PowerlessArn'),
        DeadLetterConfig: { Arn: output('DeadArn') },
      },
    );
    const [message] = await receive('DeadUrl');
    expect(message?.Body).toBe(Input);
    expect(message?.MessageAttributes).toMatchObject({ ERROR_CODE: { StringValue: 'AccessDeniedException' } });
    expect(await receive('QueueUrl', 1)).toEqual([]);
  });

  it('puts an event on a bus', async () => {
    const EventBridgeParameters = { Source: 'clock', DetailType: 'tick' };
    await create('bus', { ScheduleExpression: inMs(0) }, { Arn: output('BusArn'), Input: '{"hello":1}', EventBridgeParameters });
    const [message] = await receive();
    expect(JSON.parse(message?.Body ?? '{}')).toMatchObject({ source: 'clock', 'detail-type': 'tick', detail: { hello: 1 } });
  });

  it('hands to its dead-letter queue what its role may not bring to the target', async () => {
    await create(
      'powerless',
      { ScheduleExpression: inMs(0) },
      { RoleArn: output('PowerlessArn'), DeadLetterConfig: { Arn: output('DeadArn') } },
    );
    const [message] = await receive('DeadUrl');
    expect(message?.Body).toBe('powerless');
    expect(message?.MessageAttributes).toMatchObject({
      ERROR_CODE: { StringValue: 'AccessDeniedException' },
      TARGET_ARN: { StringValue: output('QueueArn') },
    });
  });

  it('of the template runs, and survives as it was', async () => {
    const threeToday = Date.parse(`${new Date(clock.now()).toISOString().slice(0, 10)}T03:00:00Z`);
    clock.set((threeToday > clock.now() + 1_000 ? threeToday : threeToday + 86_400_000) - 1_000);
    expect((await receive()).map(({ Body }) => Body)).toEqual(['from the template']);
  });

  it('that came due while nothing ran starts at the next start, once', async () => {
    await create('missed');
    await create('recurring', { ScheduleExpression: 'rate(1 minute)', StartDate: new Date(clock.now() + 60_000) });
    await backend.dispose();
    clock.advance(7_200_000);
    await start();
    const bodies = [...(await receive()), ...(await receive('QueueUrl', 1))].map(({ Body }) => Body).sort();
    expect(bodies).toEqual(['missed', 'recurring']);
    await client.send(new DeleteScheduleCommand({ Name: 'recurring', GroupName: 'reminders' }));
  });
});

it('ListSchedules gives the schedules of a group page by page', async () => {
  for (const name of ['list-a', 'list-b', 'list-c']) await create(name);
  const list = (NextToken?: string) =>
    client.send(new ListSchedulesCommand({ GroupName: 'reminders', NamePrefix: 'list-', MaxResults: 2, NextToken }));
  const first = await list();
  const second = await list(first.NextToken);
  expect([...(first.Schedules ?? []), ...(second.Schedules ?? [])].map(({ Name }) => Name)).toEqual(['list-a', 'list-b', 'list-c']);
  expect([first.Schedules?.length, second.NextToken]).toEqual([2, undefined]);
});

import {
  DescribeArchiveCommand,
  DescribeReplayCommand,
  DescribeRuleCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  EventBridgeClient,
  ListEventBusesCommand,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  PutEventsCommand,
  type PutEventsRequestEntry,
  StartReplayCommand,
  TestEventPatternCommand,
} from '@aws-sdk/client-eventbridge';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { startLocal } from '../../../local/local-backend.ts';
import { allow, arnOf, functionResource, roleResource, writeAssembly } from '../../support/write-assembly.ts';
import { letService, runTopics, type TopicRun } from '../sns/run-sns.ts';
import { queue, until } from '../sqs/run-sqs.ts';

const busArn = 'arn:aws:events:eu-central-1:123456789012:event-bus/default';
const rule = (properties: object) => ({ Type: 'AWS::Events::Rule', Properties: properties });
const toQueue = (id: string, more: object = {}) => ({ Id: id, Arn: arnOf(id), ...more });
const queues = ['Orders', 'Parts', 'Texts', 'Other', 'Dead', 'Ticks', 'Forwarded', 'Told'];

const resources = {
  Orders: queue('orders'),
  Parts: queue('parts'),
  Texts: queue('texts'),
  Other: queue('other'),
  Dead: queue('dead'),
  Ticks: queue('ticks'),
  Forwarded: queue('forwarded'),
  Told: queue('told'),
  Closed: queue('closed'),
  Fifo: queue('ordered.fifo', { FifoQueue: true, ContentBasedDeduplication: true }),
  QueuePolicy: {
    Type: 'AWS::SQS::QueuePolicy',
    Properties: {
      Queues: [...queues, 'Fifo'].map((Ref) => ({ Ref })),
      PolicyDocument: letService('events.amazonaws.com', 'sqs:SendMessage', '*'),
    },
  },
  TopicQueuePolicy: {
    Type: 'AWS::SQS::QueuePolicy',
    Properties: { Queues: [{ Ref: 'Told' }], PolicyDocument: letService('sns.amazonaws.com', 'sqs:SendMessage', '*') },
  },
  News: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'news', Subscription: [{ Protocol: 'sqs', Endpoint: arnOf('Told') }] } },
  TopicPolicy: {
    Type: 'AWS::SNS::TopicPolicy',
    Properties: { Topics: [{ Ref: 'News' }], PolicyDocument: letService('events.amazonaws.com', 'sns:Publish', { Ref: 'News' }) },
  },
  Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'shop' } },
  BusPolicy: {
    Type: 'AWS::Events::EventBusPolicy',
    Properties: {
      ...{ EventBusName: { Ref: 'Bus' }, StatementId: 'rules' },
      Statement: letService('events.amazonaws.com', 'events:PutEvents', arnOf('Bus')).Statement[0],
    },
  },
  Role: roleResource(),
  Worker: functionResource('Role', "exports.handler = async (event) => console.log('heard ' + JSON.stringify(event));", {
    FunctionName: 'worker',
  }),
  Permission: {
    Type: 'AWS::Lambda::Permission',
    Properties: {
      ...{ FunctionName: { Ref: 'Worker' }, Action: 'lambda:InvokeFunction', Principal: 'events.amazonaws.com' },
      SourceArn: arnOf('OrderRule'),
    },
  },
  OrderRule: rule({
    Name: 'orders',
    EventPattern: { source: ['shop'], 'detail-type': ['Order'], detail: { total: [{ numeric: ['>', 10] }] } },
    Targets: [
      toQueue('Orders'),
      toQueue('Parts', { InputPath: '$.detail.items[1]' }),
      toQueue('Texts', {
        InputTransformer: {
          InputPathsMap: { who: '$.detail.customer', items: '$.detail.items' },
          InputTemplate: '{"text":"<who> ordered <aws.events.rule-name>","items":<items>,"who":<who>}',
        },
      }),
      toQueue('Fifo', { Input: '{"fixed":true}', SqsParameters: { MessageGroupId: 'g' } }),
      { Id: 'Worker', Arn: arnOf('Worker') },
      { Id: 'News', Arn: { Ref: 'News' } },
      { Id: 'Bus', Arn: arnOf('Bus') },
    ],
  }),
  OnShop: rule({
    Name: 'on-shop',
    EventBusName: { Ref: 'Bus' },
    EventPattern: { source: [{ prefix: 'sh' }] },
    Targets: [toQueue('Forwarded')],
  }),
  OtherRule: rule({ Name: 'others', EventPattern: { source: ['other'] }, Targets: [toQueue('Other')] }),
  ClosedRule: rule({
    Name: 'closed',
    EventPattern: { source: ['closed'] },
    Targets: [toQueue('Closed', { DeadLetterConfig: { Arn: arnOf('Dead') } })],
  }),
  FailingRule: rule({
    Name: 'failing',
    EventPattern: { source: ['failing'] },
    Targets: [{ Id: 'Gone', Arn: arnOf('Fifo'), DeadLetterConfig: { Arn: arnOf('Dead') } }],
  }),
  Hourly: rule({ Name: 'hourly', ScheduleExpression: 'rate(1 hour)', Targets: [toQueue('Ticks')] }),
  Archive: {
    Type: 'AWS::Events::Archive',
    Properties: {
      ArchiveName: 'kept',
      SourceArn: busArn,
      EventPattern: { source: ['other'] },
      RetentionDays: 10,
    },
  },
};

let run: TopicRun;
let client: EventBridgeClient;
const lines: string[] = [];

beforeAll(async () => {
  const write = (_: string, line: string): void => void lines.push(line);
  run = await runTopics(resources, { log: { info: write, warn: write, error: write } });
  const { endpointUrl: endpoint, region, credentials } = run.backend;
  client = new EventBridgeClient({ endpoint, region, credentials, maxAttempts: 1 });
});

afterAll(async () => {
  client.destroy();
  await run.close();
});

const entry = (more: Partial<PutEventsRequestEntry> = {}): PutEventsRequestEntry => ({
  Source: 'other',
  DetailType: 'Thing',
  Detail: '{}',
  ...more,
});
const put = (...Entries: PutEventsRequestEntry[]) => client.send(new PutEventsCommand({ Entries }));
const isEmpty = async (name: string): Promise<boolean> =>
  ((await run.sqs.send(new ReceiveMessageCommand({ QueueUrl: run.url(name) }))).Messages ?? []).length === 0;
const json = async (name: string) => JSON.parse((await run.take(name)).Body ?? '') as Record<string, unknown>;

describe('putting events', () => {
  it.each<[string, PutEventsRequestEntry[], string]>([
    ['no entries', [], 'ValidationException'],
    ['eleven entries', Array.from({ length: 11 }, () => entry()), 'ValidationException'],
    ['more than 1 MB', [entry({ Detail: JSON.stringify({ text: 'x'.repeat(1_048_576) }) })], 'ValidationException'],
    ['a bus that is not there', [entry({ EventBusName: 'none' })], 'ResourceNotFoundException'],
  ])('refuses %s', async (_, entries, name) => {
    await expect(put(...entries)).rejects.toMatchObject({ name });
    expect(await isEmpty('other')).toBe(true);
  });

  it('refuses single entries and takes the others', async () => {
    const { FailedEntryCount, Entries } = await put(
      entry({ Detail: '[1]' }),
      entry({ Detail: 'no json' }),
      entry({ DetailType: '' }),
      entry({ Source: 'aws.s3' }),
      entry({ Detail: '{"n":1}' }),
    );
    expect(FailedEntryCount).toBe(4);
    expect(Entries?.map(({ ErrorCode }) => ErrorCode)).toEqual([
      'MalformedDetail',
      'MalformedDetail',
      'InvalidArgument',
      'NotAuthorizedForSourceException',
      undefined,
    ]);
    expect(await json('other')).toMatchObject({ id: Entries?.[4]?.EventId, detail: { n: 1 } });
  });

  it('reaches each target in its own way, and other buses', async () => {
    const Detail = JSON.stringify({ total: 11, customer: 'Ada "A"', items: ['a', { b: 1 }] });
    const Time = new Date('2026-01-02T03:04:05Z');
    const { Entries } = await put({ Source: 'shop', DetailType: 'Order', Detail, Resources: ['r1'], Time });
    const event = {
      ...{ version: '0', id: Entries?.[0]?.EventId, 'detail-type': 'Order', source: 'shop', account: '123456789012' },
      ...{ time: '2026-01-02T03:04:05Z', region: 'eu-central-1', resources: ['r1'], detail: JSON.parse(Detail) },
    };
    expect(await json('orders')).toEqual(event);
    expect(await json('parts')).toEqual({ b: 1 });
    expect(await json('texts')).toEqual({ text: 'Ada "A" ordered orders', items: ['a', { b: 1 }], who: 'Ada "A"' });
    expect(await json('ordered.fifo')).toEqual({ fixed: true });
    expect(await json('forwarded')).toEqual(event);
    expect(JSON.parse(String((await json('told'))['Message']))).toEqual(event);
    const heard = await until(() => lines.find((line) => line.includes('heard ')));
    expect(JSON.parse(heard.slice(heard.indexOf('{')))).toEqual(event);
  });

  it('reaches nothing that does not match, or is disabled', async () => {
    await put({ Source: 'shop', DetailType: 'Order', Detail: '{"total":10}' });
    await client.send(new DisableRuleCommand({ Name: 'others' }));
    expect(await client.send(new DescribeRuleCommand({ Name: 'others' }))).toMatchObject({ State: 'DISABLED' });
    await put(entry());
    await client.send(new EnableRuleCommand({ Name: 'others' }));
    await put(entry({ Detail: '{"after":true}' }));
    expect((await json('other'))['detail']).toEqual({ after: true });
    expect(await isEmpty('orders')).toBe(true);
  });

  it('FI14 keeps what a target refuses in the dead-letter queue, whole and with the reason', async () => {
    await put({ Source: 'closed', DetailType: 'T', Detail: '{"n":1}' });
    const dead = await run.take('dead');
    expect(JSON.parse(dead.Body ?? '')).toMatchObject({ source: 'closed', detail: { n: 1 } });
    expect(dead.MessageAttributes).toMatchObject({
      ERROR_CODE: { StringValue: 'NO_PERMISSIONS' },
      ERROR_MESSAGE: { StringValue: expect.stringContaining('is not authorized to perform: sqs:SendMessage') },
      RULE_ARN: { StringValue: 'arn:aws:events:eu-central-1:123456789012:rule/closed' },
      TARGET_ARN: { StringValue: run.arn('closed') },
    });
    await put({ Source: 'failing', DetailType: 'T', Detail: '{}' });
    expect((await run.take('dead')).MessageAttributes).toMatchObject({ ERROR_CODE: { StringValue: 'SDK_CLIENT_ERROR' } });
  });
});

describe('rules', () => {
  it.each([
    ['a pattern with an unknown rule', { EventPattern: { source: [{ like: 'x' }] } }, 'unknown rule'],
    ['a pattern that allows nothing', { EventPattern: { source: [] } }, 'allows nothing'],
    ['a rate of no unit', { ScheduleExpression: 'rate(5 fortnights)' }, 'ScheduleExpression is not valid'],
    ['neither a pattern nor a schedule', {}, 'neither a pattern nor a schedule'],
    ['a schedule on a bus of its own', { ScheduleExpression: 'rate(1 hour)', EventBusName: 'shop' }, 'only on the default event bus'],
  ])('are refused with %s', async (_, properties, reason) => {
    await expect(startLocal({ assembly: writeAssembly({ Rule: rule(properties) }) })).rejects.toThrow(reason);
  });

  it('go by the clock of the run, once for each look', async () => {
    run.backend.clock.advance(3_600_000);
    expect(await json('ticks')).toMatchObject({
      ...{ source: 'aws.events', 'detail-type': 'Scheduled Event', detail: {} },
      resources: ['arn:aws:events:eu-central-1:123456789012:rule/hourly'],
    });
    run.backend.clock.advance(1_000);
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(await isEmpty('ticks')).toBe(true);
  });

  it('are listed with their targets, and buses are', async () => {
    const { Rules } = await client.send(new ListRulesCommand({ EventBusName: 'shop' }));
    expect(Rules).toMatchObject([{ Name: 'on-shop', Arn: 'arn:aws:events:eu-central-1:123456789012:rule/shop/on-shop', State: 'ENABLED' }]);
    expect(await client.send(new ListTargetsByRuleCommand({ Rule: 'others' }))).toMatchObject({
      Targets: [{ Id: 'Other', Arn: run.arn('other') }],
    });
    const { EventBuses } = await client.send(new ListEventBusesCommand({}));
    expect(EventBuses?.map(({ Name }) => Name)).toEqual(['default', 'shop']);
  });

  it('test patterns', async () => {
    const test = (pattern: object, event: object) =>
      client.send(new TestEventPatternCommand({ EventPattern: JSON.stringify(pattern), Event: JSON.stringify(event) }));
    expect(await test({ ip: [{ cidr: '10.0.0.0/24' }] }, { ip: '10.0.0.9' })).toMatchObject({ Result: true });
    await expect(test({ ip: [{ near: 1 }] }, {})).rejects.toMatchObject({ name: 'InvalidEventPatternException' });
  });
});

describe('an archive', () => {
  it('keeps what matches and gives it back to the rules that are asked for', async () => {
    const from = new Date(run.backend.clock.now() - 1_000);
    await put(entry({ Detail: '{"kept":1}' }), { Source: 'shop', DetailType: 'x', Detail: '{}' });
    expect((await json('other'))['detail']).toEqual({ kept: 1 });
    const archive = await client.send(new DescribeArchiveCommand({ ArchiveName: 'kept' }));
    expect(archive).toMatchObject({ EventSourceArn: busArn, RetentionDays: 10, EventCount: expect.any(Number) });
    const to = new Date(run.backend.clock.now() + 1_000);
    const replay = (more: object = {}) =>
      client.send(
        new StartReplayCommand({
          ...{ ReplayName: 'again', EventSourceArn: archive.ArchiveArn, EventStartTime: from, EventEndTime: to },
          ...{ Destination: { Arn: busArn, FilterArns: ['arn:aws:events:eu-central-1:123456789012:rule/others'] }, ...more },
        }),
      );
    await expect(replay({ EventEndTime: from })).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(replay({ EventSourceArn: `${archive.ArchiveArn}x` })).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await expect(replay({ Destination: { Arn: busArn.replace('default', 'shop') } })).rejects.toMatchObject({
      name: 'ValidationException',
    });
    await replay();
    expect(await json('other')).toMatchObject({ detail: { kept: 1 }, 'replay-name': 'again' });
    expect(await client.send(new DescribeReplayCommand({ ReplayName: 'again' }))).toMatchObject({ State: 'COMPLETED' });
    await expect(replay()).rejects.toMatchObject({ name: 'ResourceAlreadyExistsException' });
    expect(await client.send(new DescribeArchiveCommand({ ArchiveName: 'kept' }))).toMatchObject({ EventCount: archive.EventCount });
  });
});

describe('a role', () => {
  it('puts events only as far as it may, by source too', async () => {
    const own = await runTopics({
      Role: roleResource({
        ...allow('events:PutEvents', busArn),
        Condition: { StringEquals: { 'events:source': 'mine' } },
      }),
      Caller: functionResource('Role', CALLER, { FunctionName: 'caller' }),
    });
    const { LambdaClient, InvokeCommand } = await import('@aws-sdk/client-lambda');
    const { endpointUrl: endpoint, region, credentials } = own.backend;
    const lambda = new LambdaClient({ endpoint, region, credentials });
    const call = async (Source: string) => {
      const Payload = JSON.stringify({ Entries: [{ Source, DetailType: 't', Detail: '{}' }] });
      const answer = await lambda.send(new InvokeCommand({ FunctionName: 'caller', Payload }));
      return JSON.parse(Buffer.from(answer.Payload ?? []).toString()) as unknown;
    };
    expect(await call('theirs')).toMatchObject({ status: 400, body: { __type: 'AccessDeniedException' } });
    expect(await call('mine')).toMatchObject({ status: 200, body: { FailedEntryCount: 0 } });
    lambda.destroy();
    await own.close();
  });
});

/** Puts its event in its own name. */
const CALLER = `exports.handler = async (input) => {
  const scope = 'AWS4-HMAC-SHA256 Credential=' + process.env.AWS_ACCESS_KEY_ID + '/20260101/x/events/aws4_request, SignedHeaders=host, Signature=00';
  const headers = { authorization: scope, 'x-amz-security-token': process.env.AWS_SESSION_TOKEN, 'x-amz-target': 'AWSEvents.PutEvents', 'content-type': 'application/x-amz-json-1.1' };
  const response = await fetch(process.env.AWS_ENDPOINT_URL, { method: 'POST', headers, body: JSON.stringify(input) });
  return { status: response.status, body: await response.json() };
};`;

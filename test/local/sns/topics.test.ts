import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  ConfirmSubscriptionCommand,
  CreateTopicCommand,
  DeleteTopicCommand,
  GetSubscriptionAttributesCommand,
  GetTopicAttributesCommand,
  ListSubscriptionsByTopicCommand,
  ListTopicsCommand,
  PublishBatchCommand,
  PublishCommand,
  type PublishCommandInput,
  SetSubscriptionAttributesCommand,
  SubscribeCommand,
  type SubscribeCommandInput,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { startLocal } from '../../../local/local-backend.ts';
import { arnOf, functionResource, roleResource, writeAssembly } from '../../support/write-assembly.ts';
import { queue, until } from '../sqs/run-sqs.ts';
import { letService, runTopics, type TopicRun } from './run-sns.ts';

const topic = (TopicName: string) => ({ Type: 'AWS::SNS::Topic', Properties: { TopicName } });
const subscription = (topicId: string, Protocol: string, Endpoint: unknown, properties: object = {}) => ({
  Type: 'AWS::SNS::Subscription',
  Properties: { TopicArn: { Ref: topicId }, Protocol, Endpoint, ...properties },
});

const resources = {
  News: topic('news'),
  Quiet: topic('quiet'),
  Plain: queue('plain'),
  Raw: queue('raw'),
  Filtered: queue('filtered'),
  ByBody: queue('by-body'),
  Closed: queue('closed'),
  Dead: queue('dead'),
  QueuePolicy: {
    Type: 'AWS::SQS::QueuePolicy',
    Properties: {
      Queues: ['Plain', 'Raw', 'Filtered', 'ByBody', 'Dead'].map((Ref) => ({ Ref })),
      PolicyDocument: letService('sns.amazonaws.com', 'sqs:SendMessage', '*'),
    },
  },
  ToPlain: subscription('News', 'sqs', arnOf('Plain')),
  ToRaw: subscription('News', 'sqs', arnOf('Raw'), { RawMessageDelivery: true }),
  ToFiltered: subscription('News', 'sqs', arnOf('Filtered'), {
    RawMessageDelivery: true,
    FilterPolicy: { kind: ['new', { prefix: 'up' }], size: [{ numeric: ['>', 3] }] },
  }),
  ToBody: subscription('News', 'sqs', arnOf('ByBody'), {
    RawMessageDelivery: true,
    FilterPolicyScope: 'MessageBody',
    FilterPolicy: { order: { state: [{ 'anything-but': 'draft' }] } },
  }),
  ToClosed: subscription('Quiet', 'sqs', arnOf('Closed'), { RedrivePolicy: { deadLetterTargetArn: arnOf('Dead') } }),
  Role: roleResource(),
  Listener: functionResource('Role', "exports.handler = async (event) => console.log('heard ' + JSON.stringify(event));", {
    FunctionName: 'listener',
  }),
  Permission: {
    Type: 'AWS::Lambda::Permission',
    Properties: {
      ...{ FunctionName: { Ref: 'Listener' }, Action: 'lambda:InvokeFunction', Principal: 'sns.amazonaws.com' },
      SourceArn: { Ref: 'News' },
    },
  },
  ToListener: subscription('News', 'lambda', arnOf('Listener')),
};

let run: TopicRun;
const lines: string[] = [];

beforeAll(async () => {
  const write = (_: string, line: string): void => void lines.push(line);
  run = await runTopics(resources, { log: { info: write, warn: write, error: write } });
});

afterAll(() => run.close());

const publish = (input: Partial<PublishCommandInput> = {}) =>
  run.sns.send(new PublishCommand({ TopicArn: run.topic('news'), Message: 'hello', ...input }));
const subscribe = (input: Partial<SubscribeCommandInput>) =>
  run.sns.send(new SubscribeCommand({ TopicArn: run.topic('news'), ReturnSubscriptionArn: true, ...input } as SubscribeCommandInput));
const text = (StringValue: string) => ({ DataType: 'String', StringValue });

describe('publishing to a topic', () => {
  it.each<[string, Partial<PublishCommandInput>, string]>([
    ['a topic that is not there', { TopicArn: 'arn:aws:sns:eu-central-1:123456789012:none' }, 'NotFoundException'],
    ['an empty message', { Message: '' }, 'InvalidParameterException'],
    ['more than 256 KB', { Message: 'x'.repeat(262_145) }, 'InvalidParameterException'],
    ['a subject of two lines', { Subject: 'a\nb' }, 'InvalidParameterException'],
    ['a structured message that is no JSON', { MessageStructure: 'json' }, 'InvalidParameterException'],
    ['a structured message without a default', { MessageStructure: 'json', Message: '{"sqs":"x"}' }, 'InvalidParameterException'],
    ['a push type that is none', { MessageAttributes: { 'AWS.SNS.MOBILE.APNS.PUSH_TYPE': text('loud') } }, 'InvalidParameterException'],
  ])('refuses %s', async (_, input, name) => {
    await expect(publish(input)).rejects.toMatchObject({ name });
  });

  it('reaches queues as a notification, raw, and as its filter wants, and functions by their event', async () => {
    const attributes = { kind: text('upgrade'), size: { DataType: 'Number', StringValue: '4' } };
    const { MessageId } = await publish({ Message: 'hello', Subject: 'Hi', MessageAttributes: attributes });
    expect(JSON.parse((await run.take('plain')).Body ?? '')).toMatchObject({
      ...{ Type: 'Notification', MessageId, TopicArn: run.topic('news'), Subject: 'Hi', Message: 'hello' },
      MessageAttributes: { kind: { Type: 'String', Value: 'upgrade' }, size: { Type: 'Number', Value: '4' } },
    });
    expect(await run.take('raw')).toMatchObject({ Body: 'hello', MessageAttributes: { kind: { StringValue: 'upgrade' } } });
    expect(await run.take('filtered')).toMatchObject({ Body: 'hello' });
    const heard = await until(() => lines.find((line) => line.includes('heard ')));
    expect(JSON.parse(heard.slice(heard.indexOf('{')))).toMatchObject({
      Records: [{ EventSource: 'aws:sns', EventVersion: '1.0', Sns: { Message: 'hello', Subject: 'Hi', MessageId } }],
    });
  });

  it('leaves out whom a filter spares, by attributes and by body', async () => {
    await publish({
      Message: '{"order":{"state":"draft"}}',
      MessageAttributes: { kind: text('new'), size: { DataType: 'Number', StringValue: '3' } },
    });
    await publish({ Message: '{"order":{"state":"paid"}}', MessageAttributes: { kind: text('old') } });
    expect((await run.take('by-body')).Body).toBe('{"order":{"state":"paid"}}');
    const { Messages = [] } = await run.sqs.send(new ReceiveMessageCommand({ QueueUrl: run.url('filtered') }));
    expect(Messages).toEqual([]);
  });

  it('gives each protocol its own text of a structured message', async () => {
    await drain('raw');
    await publish({ MessageStructure: 'json', Message: JSON.stringify({ default: 'for all', sqs: 'for queues' }) });
    expect((await run.take('raw')).Body).toBe('for queues');
  });

  it("brings what a queue's policy refuses to the dead-letter queue", async () => {
    await publish({ TopicArn: run.topic('quiet'), Message: 'lost?' });
    expect(JSON.parse((await run.take('dead')).Body ?? '')).toMatchObject({ Message: 'lost?' });
    expect(lines.some((line) => line.includes('sns.amazonaws.com is not authorized to perform: sqs:SendMessage'))).toBe(true);
  });

  it('publishes batches and tells which entries it refused', async () => {
    await drain('raw');
    const entries = (...messages: string[]) => messages.map((Message, index) => ({ Id: `m${index}`, Message }));
    const batch = (PublishBatchRequestEntries: ReturnType<typeof entries>) =>
      run.sns.send(new PublishBatchCommand({ TopicArn: run.topic('news'), PublishBatchRequestEntries }));
    await expect(batch([])).rejects.toMatchObject({ name: 'EmptyBatchRequestException' });
    await expect(batch([...'abcdefghijk'].map((Id) => ({ Id, Message: 'x' })))).rejects.toMatchObject({
      name: 'TooManyEntriesInBatchRequestException',
    });
    const { Successful, Failed } = await batch(entries('one', '', 'three'));
    expect(Successful?.map(({ Id }) => Id)).toEqual(['m0', 'm2']);
    expect(Failed).toMatchObject([{ Id: 'm1', Code: 'InvalidParameter', SenderFault: true }]);
    expect([(await run.take('raw')).Body, (await run.take('raw')).Body].sort()).toEqual(['one', 'three']);
  });

  it('sends texts to phones', async () => {
    await run.sns.send(new PublishCommand({ PhoneNumber: '+491701234567', Message: 'your code' }));
    expect(run.backend.inbox.list('+491701234567')).toMatchObject([{ channel: 'sms', body: 'your code' }]);
  });
});

describe('subscriptions', () => {
  it.each<[string, Partial<SubscribeCommandInput>]>([
    ['an unknown protocol', { Protocol: 'pigeon', Endpoint: 'x' }],
    ['an endpoint of another protocol', { Protocol: 'sqs', Endpoint: 'http://127.0.0.1' }],
    ['a filter that is none', { Protocol: 'email', Endpoint: 'a@b.c', Attributes: { FilterPolicy: '{"a":[{"near":1}]}' } }],
    ['an unknown setting', { Protocol: 'email', Endpoint: 'a@b.c', Attributes: { Colour: 'red' } }],
  ])('are refused with %s', async (_, input) => {
    await expect(subscribe(input)).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });

  it('are refused at the start when a template holds a wrong one', async () => {
    const wrong = { News: topic('news'), Wrong: subscription('News', 'sqs', 'nowhere') };
    await expect(startLocal({ assembly: writeAssembly(wrong) })).rejects.toThrow('The subscription Wrong is not valid');
  });

  it('are made once, changed, listed and ended', async () => {
    const { TopicArn } = await run.sns.send(new CreateTopicCommand({ Name: 'short' }));
    const wanted = { TopicArn, Protocol: 'sqs', Endpoint: run.arn('raw'), Attributes: { RawMessageDelivery: 'true' } };
    const { SubscriptionArn } = await subscribe(wanted);
    expect(await subscribe(wanted)).toMatchObject({ SubscriptionArn });
    await expect(subscribe({ ...wanted, Attributes: { RawMessageDelivery: 'false' } })).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
    const change = { SubscriptionArn, AttributeName: 'FilterPolicy', AttributeValue: '{"a":["b"]}' };
    await run.sns.send(new SetSubscriptionAttributesCommand(change));
    const { Attributes } = await run.sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }));
    expect(Attributes).toMatchObject({ FilterPolicy: '{"a":["b"]}', RawMessageDelivery: 'true', PendingConfirmation: 'false' });
    const { Subscriptions } = await run.sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }));
    expect(Subscriptions).toMatchObject([{ SubscriptionArn, Protocol: 'sqs', Endpoint: run.arn('raw') }]);
    await run.sns.send(new UnsubscribeCommand({ SubscriptionArn }));
    const { Attributes: after } = await run.sns.send(new GetTopicAttributesCommand({ TopicArn }));
    expect(after).toMatchObject({ SubscriptionsConfirmed: '0', Owner: '123456789012' });
    await run.sns.send(new DeleteTopicCommand({ TopicArn }));
    const { Topics = [] } = await run.sns.send(new ListTopicsCommand({}));
    expect(Topics.map((one) => one.TopicArn)).toEqual([run.topic('news'), run.topic('quiet')]);
  });

  it('of people wait until the link of their mail is opened', async () => {
    const { SubscriptionArn } = await subscribe({ TopicArn: run.topic('quiet'), Protocol: 'email', Endpoint: 'eve@example.com' });
    const [mail] = await until(() => run.backend.inbox.list('eve@example.com').length > 0 && run.backend.inbox.list('eve@example.com'));
    await publish({ TopicArn: run.topic('quiet'), Message: 'too early' });
    await expect(run.sns.send(new ConfirmSubscriptionCommand({ TopicArn: run.topic('quiet'), Token: 'wrong' }))).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
    const response = await fetch(/http\S+/.exec(mail?.body ?? '')?.[0] ?? '');
    expect(await response.json()).toEqual({ SubscriptionArn });
    await publish({ TopicArn: run.topic('quiet'), Message: 'now', Subject: 'News' });
    await until(() => run.backend.inbox.list('eve@example.com').length === 2);
    expect(run.backend.inbox.list('eve@example.com')[0]).toMatchObject({ channel: 'email', subject: 'News', body: 'now' });
  });

  describe('of web servers', () => {
    const requests: { type: string; body: Record<string, string> }[] = [];
    let server: Server;
    let status = 200;

    beforeAll(async () => {
      server = createServer(async (request, response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of request) chunks.push(chunk as Buffer);
        const type = String(request.headers['x-amz-sns-message-type']);
        requests.push({ type, body: JSON.parse(Buffer.concat(chunks).toString()) });
        response.writeHead(status).end();
      });
      await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    });

    afterAll(() => new Promise((done) => server.close(done)));

    it('are asked first, and get what is published from then on, again when they fail', async () => {
      const Endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
      await subscribe({ TopicArn: run.topic('quiet'), Protocol: 'http', Endpoint });
      const { body } = await until(() => requests.find(({ type }) => type === 'SubscriptionConfirmation'));
      await fetch(body['SubscribeURL'] ?? '');
      status = 503;
      await publish({ TopicArn: run.topic('quiet'), Message: 'over http' });
      await until(() => requests.filter(({ type }) => type === 'Notification').length === 1);
      status = 200;
      await until(() => {
        run.backend.clock.advance(20_000);
        return requests.filter(({ type }) => type === 'Notification').length === 2;
      });
      expect(requests.at(-1)?.body).toMatchObject({ Type: 'Notification', Message: 'over http', TopicArn: run.topic('quiet') });
    });

    it('never leave this machine', async () => {
      await subscribe({ TopicArn: run.topic('quiet'), Protocol: 'https', Endpoint: 'https://hooks.example.com/x' });
      await until(() => run.backend.inbox.list('https://hooks.example.com/x').length === 1);
      expect(run.backend.inbox.list('https://hooks.example.com/x')).toMatchObject([
        { channel: 'webhook', subject: 'SubscriptionConfirmation' },
      ]);
    });
  });
});

async function drain(name: string): Promise<void> {
  for (let more = true; more; ) {
    const input = { QueueUrl: run.url(name), MaxNumberOfMessages: 10, VisibilityTimeout: 36_000 };
    more = ((await run.sqs.send(new ReceiveMessageCommand(input))).Messages ?? []).length > 0;
  }
}

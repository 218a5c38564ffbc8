import { Match } from 'aws-cdk-lib/assertions';
import { AttributeType, StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { webhookRoutes } from '../../../contracts/webhooks.ts';
import type { WebhooksOptions } from '../../../contracts/webhooks-options.ts';
import { Api } from '../../../lib/api/api.ts';
import { Auth } from '../../../lib/auth/auth.ts';
import { Backend } from '../../../lib/backend.ts';
import { Events } from '../../../lib/events/events.ts';
import type { Stage } from '../../../lib/stage.ts';
import { compileWebhooks } from '../../../lib/webhooks/compile-webhooks.ts';
import { Webhooks, type WebhooksProps } from '../../../lib/webhooks/webhooks.ts';
import { actionsOf, statementsOf, synth } from '../../support/synth.ts';

const synthWebhooks = (props: Partial<WebhooksProps> = {}, stage: Stage = 'development') =>
  synth((stack) => {
    const api = new Api(stack, 'Api', { stage });
    const events = new Events(stack, 'Events', { stage });
    const auth = new Auth(stack, 'Auth', { api, tellsDeletions: true });
    events.addUsers(auth);
    return new Webhooks(stack, 'Webhooks', { api, auth, events, ...props });
  });

type Resource = { readonly Properties: Record<string, unknown> };
type Reference = { readonly Ref: string; readonly 'Fn::GetAtt': readonly string[] };

describe('compileWebhooks', () => {
  it.each([
    [{ events: [] }, 'webhooks.events is empty'],
    [{ events: ['Note.created', '*.created'] }, 'webhooks.events has "*.created"'],
    [{ events: ['webhook.failed'] }, 'webhooks.events has "webhook.failed"'],
    [{ events: ['Nota.*'] }, 'webhooks.events has "Nota.*", which never happens: use types as Note.created, file.ready'],
    [{ maxEndpoints: 0 }, 'webhooks.maxEndpoints is 0: use a whole number from 1 to 100'],
    [{ maxEndpoints: 101 }, 'webhooks.maxEndpoints is 101'],
    [{ disableAfterDays: 1.5 }, 'webhooks.disableAfterDays is 1.5'],
    [{ logDays: 14 }, 'webhooks.logDays is 14: use a whole number from 15 to 365'],
  ] as readonly [WebhooksOptions, string][])('refuses %j', (options, message) => {
    expect(() => compileWebhooks(options, ['Note.created', 'file.ready'])).toThrow(message);
  });

  it('fills in what is not said', () => {
    expect(compileWebhooks({}, ['Note.created', 'webhook.failed'])).toEqual({
      types: ['Note.created'],
      maxEndpoints: 20,
      disableAfterDays: 5,
      logDays: 30,
    });
  });
});

describe('Webhooks by default', () => {
  const { template, built } = synthWebhooks();
  const all = (type: string) => Object.values(template.findResources(type)) as Resource[];

  it('makes a table on demand, with points in time, a time to live and a stream', () => {
    template.hasResourceProperties('AWS::DynamoDB::Table', {
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      BillingMode: 'PAY_PER_REQUEST',
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
    });
  });

  it('has a route for everything in the contract', () => {
    for (const { method, path } of Object.values(webhookRoutes))
      template.hasResourceProperties('AWS::ApiGatewayV2::Route', { RouteKey: `${method} ${path}` });
  });

  it('hears what may be sent, and nothing else', () => {
    const { template: some } = synthWebhooks({ options: { events: ['user.*', 'user.deleted'] } });
    some.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: { source: ['plinth'], 'detail-type': [{ prefix: 'user.' }, 'user.deleted'] },
    });
  });

  it('hears all events of the bus', () => {
    template.hasResourceProperties('AWS::Events::Rule', { EventPattern: { source: ['plinth'], 'detail-type': Match.absent() } });
  });

  it('FI15 hides messages for six times as long as their function may run, and puts aside what fails five times', () => {
    const functions = template.findResources('AWS::Lambda::Function') as Record<string, Resource>;
    const queues = template.findResources('AWS::SQS::Queue') as Record<string, Resource>;
    const mappings = all('AWS::Lambda::EventSourceMapping').filter(({ Properties }) =>
      (Properties['FunctionName'] as Reference).Ref.startsWith('Webhooks'),
    );
    expect(mappings).toHaveLength(2);
    for (const { Properties } of mappings) {
      const target = functions[(Properties['FunctionName'] as Reference).Ref];
      const source = queues[(Properties['EventSourceArn'] as Reference)['Fn::GetAtt'][0] ?? ''];
      expect(Number(source?.Properties['VisibilityTimeout'])).toBeGreaterThanOrEqual(6 * Number(target?.Properties['Timeout']));
      expect(source?.Properties['RedrivePolicy']).toMatchObject({ maxReceiveCount: 5 });
      expect(source?.Properties['SqsManagedSseEnabled']).toBe(true);
      expect(Properties['FunctionResponseTypes']).toEqual(['ReportBatchItemFailures']);
      expect((Properties['ScalingConfig'] as { MaximumConcurrency: number }).MaximumConcurrency).toBeLessThanOrEqual(50);
    }
  });

  it('lets each function do what it does, and on its own resources alone', () => {
    const logs = ['logs:CreateLogStream', 'logs:PutLogEvents'];
    const consume = ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'];
    const dynamo = (...actions: string[]) => actions.map((action) => `dynamodb:${action}`);
    expect(actionsOf(template, 'WebhooksFunction')).toEqual(
      [...logs, ...dynamo('DeleteItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'), 'sqs:SendMessage'].sort(),
    );
    expect(actionsOf(template, 'WebhooksFanOut')).toEqual(
      [...logs, ...consume, ...dynamo('PutItem', 'Query', 'UpdateItem'), 'sqs:SendMessage'].sort(),
    );
    expect(actionsOf(template, 'WebhooksSender')).toEqual(
      [
        ...logs,
        ...consume,
        ...dynamo('BatchGetItem', 'PutItem', 'UpdateItem'),
        'iam:PassRole',
        'scheduler:CreateSchedule',
        'sqs:SendMessage',
      ].sort(),
    );
    for (const { Resource: resource, policy } of statementsOf(template)) if (policy.startsWith('Webhooks')) expect(resource).not.toBe('*');
  });

  it('lists its dead letters among those of events', () => {
    expect(built.deadLetters.deliveries).not.toBe(built.deadLetters.events);
  });

  it('calls them what nothing else is called, whatever the case', () => {
    const { built: backend } = synth((stack) => new Backend(stack, 'Backend', { integrations: { webhooks: {} } }));
    const names = [...(backend.events?.deadLetters.keys() ?? [])];
    expect(names).toEqual(expect.arrayContaining(['events', 'webhooks', 'webhooks.events']));
    expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(names.length);
  });
});

describe('Webhooks', () => {
  it('keep their table in production', () => {
    const { template } = synthWebhooks({}, 'production');
    template.hasResource('AWS::DynamoDB::Table', {
      DeletionPolicy: 'Retain',
      Properties: { DeletionProtectionEnabled: true, StreamSpecification: Match.anyValue(), TimeToLiveSpecification: Match.anyValue() },
    });
  });

  it('take a table of your own', () => {
    const { template, built } = synth((stack) => {
      const api = new Api(stack, 'Api', {});
      const key = { type: AttributeType.STRING };
      const table = new Table(stack, 'Own', {
        partitionKey: { name: 'pk', ...key },
        sortKey: { name: 'sk', ...key },
        stream: StreamViewType.NEW_AND_OLD_IMAGES,
      });
      return new Webhooks(stack, 'Webhooks', { api, auth: new Auth(stack, 'Auth', { api }), events: new Events(stack, 'Events'), table });
    });
    expect(built.table.node.id).toBe('Own');
    expect(Object.keys(template.findResources('AWS::DynamoDB::Table')).filter((id) => id.startsWith('Webhooks'))).toEqual([]);
  });

  it('fit into one backend with the other integrations', () => {
    const payments = {
      secretName: 'stripe',
      currency: 'eur',
      successUrl: 'https://shop.example.com/thanks',
      cancelUrl: 'https://shop.example.com/cart',
      products: { mug: { name: 'Mug', amount: 900 } },
    };
    const inbound = { github: { secretName: 'hooks/github', signature: 'github' } } as const;
    const { built } = synth((stack) => new Backend(stack, 'Backend', { integrations: { webhooks: {}, inbound, payments } }));
    expect(built.webhooks?.definition.types).toEqual(expect.arrayContaining(['user.confirmed', 'inbound.github', 'payment.succeeded']));
    expect(built.webhooks?.definition.types).not.toContain('webhook.failed');
  });

  it('come with a bus, and with alarms where there are any', () => {
    const { template, built } = synth(
      (stack) => new Backend(stack, 'Backend', { integrations: { webhooks: {} } }, { stage: 'production' }),
    );
    expect(built.events).toBeDefined();
    const watched = (Object.keys(template.findResources('AWS::CloudWatch::Alarm')) as string[]).filter((id) => /Webhook|webhooks/.test(id));
    expect(watched.length).toBeGreaterThanOrEqual(8);
  });
});

import { Duration, NestedStack, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { UserPool } from 'aws-cdk-lib/aws-cognito';
import { AttributeType, StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { z } from 'zod';
import { Api, Auth, Backend, defineBackend, Events, type Listener, model } from '../../../lib/index.ts';
import { actionsOf, emptyStack, statementsOf, synth } from '../../support/synth.ts';

const note = model({ fields: { title: z.string() }, access: (allow) => [allow.owner()] });
const definition = defineBackend({ data: { models: { Note: note } } });
const withEvents = defineBackend({ ...definition, events: { types: { 'order.shipped': z.object({ orderId: z.string() }) } } });

const outboxOf = (stack: Stack, stream?: StreamViewType): Table =>
  new Table(stack, 'Outbox', { partitionKey: { name: 'pk', type: AttributeType.STRING }, ...(stream && { stream }) });

describe('Events', () => {
  it('is not there where nothing listens, and costs accounts nothing', () => {
    const { template, built } = synth((stack) => new Backend(stack, 'Backend', definition));
    expect(built.events).toBeUndefined();
    for (const type of ['AWS::Events::EventBus', 'AWS::Events::Archive', 'AWS::SQS::Queue', 'AWS::Lambda::EventSourceMapping'])
      template.resourceCountIs(type, 0);
    template.hasResourceProperties('AWS::Cognito::UserPool', { LambdaConfig: Match.absent() });
    for (const { Environment } of Object.values(template.findResources('AWS::Lambda::Function')).map(({ Properties }) => Properties)) {
      expect(Object.keys(Environment?.Variables ?? {}).filter((name) => name.startsWith('EVENTS_'))).toEqual([]);
    }
  });

  it('has one bus, an archive, a relay and a table of handled events', () => {
    const { template } = synth((stack) => new Backend(stack, 'Backend', withEvents));
    template.resourceCountIs('AWS::Events::EventBus', 1);
    template.hasResourceProperties('AWS::Events::Archive', { RetentionDays: 1, EventPattern: { source: ['plinth'] } });
    template.hasResourceProperties('AWS::DynamoDB::Table', {
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
    });
    for (const output of ['EventBusName', 'EventArchiveName', 'DeadLetterQueues']) template.hasOutput(output, {});
  });

  it('FI10 reads each stream with bisection, bounded retries and age, single failures and a destination', () => {
    const { template } = synth((stack) => new Backend(stack, 'Backend', withEvents));
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      EventSourceArn: Match.objectLike({ 'Fn::GetAtt': [Match.stringLikeRegexp('NoteTable'), 'StreamArn'] }),
      BisectBatchOnFunctionError: true,
      MaximumRetryAttempts: 10,
      MaximumRecordAgeInSeconds: 6 * 3_600,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      DestinationConfig: { OnFailure: { Destination: Match.anyValue() } },
      StartingPosition: 'TRIM_HORIZON',
    });
  });

  it('FI15 gives queues a visibility time-out of six times that of the function, encryption, TLS and dead letters', () => {
    const { template, built } = synth((stack) => {
      const { events } = new Backend(stack, 'Backend', withEvents);
      return events?.on(stack, 'Slow', { types: ['Note.created'], timeoutSeconds: 120, attempts: 3 });
    });
    expect(built?.rule).toBeDefined();
    const queues = Object.entries(template.findResources('AWS::SQS::Queue'));
    const functions = { SlowEventsQueue: 120, EventsRelayQueue: 60 };
    for (const [part, seconds] of Object.entries(functions)) {
      const { Properties } = queues.find(([id]) => id.includes(part))?.[1] ?? {};
      expect(Properties.VisibilityTimeout).toBe(6 * seconds);
      expect(Properties.RedrivePolicy.maxReceiveCount).toBe(part === 'SlowEventsQueue' ? 3 : 20);
    }
    for (const [, { Properties }] of queues) expect(Properties).toMatchObject({ SqsManagedSseEnabled: true });
    for (const [id, { Properties }] of queues.filter(([name]) => name.includes('DeadLetters'))) {
      expect({ id, kept: Properties.MessageRetentionPeriod }).toEqual({ id, kept: Duration.days(14).toSeconds() });
    }
    template.resourceCountIs('AWS::SQS::QueuePolicy', queues.length);
    for (const { Properties } of Object.values(template.findResources('AWS::SQS::QueuePolicy'))) {
      expect(Properties.PolicyDocument.Statement).toContainEqual(
        expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
      );
    }
  });

  it('has what cannot be put into a queue go to the dead letters of that queue', () => {
    const { template } = synth((stack) =>
      new Backend(stack, 'Backend', withEvents).events?.on(stack, 'Mine', { types: ['order.shipped'] }),
    );
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: { source: ['plinth'], 'detail-type': ['order.shipped'] },
      Targets: [
        {
          Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('MineEventsQueue'), 'Arn'] },
          DeadLetterConfig: { Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('MineEventsDeadLetters'), 'Arn'] } },
          RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
        },
      ],
    });
  });

  it('lets the publisher do nothing but read the streams, put events and use the queues of the relay', () => {
    const { template } = synth((stack) => new Backend(stack, 'Backend', withEvents));
    expect(actionsOf(template, 'EventsPublisher')).toEqual([
      'cognito-idp:AdminGetUser',
      'dynamodb:DescribeStream',
      'dynamodb:GetRecords',
      'dynamodb:GetShardIterator',
      'dynamodb:ListStreams',
      'events:PutEvents',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      'sqs:DeleteMessage',
      'sqs:GetQueueAttributes',
      'sqs:ReceiveMessage',
      'sqs:SendMessage',
      'sqs:SendMessage',
    ]);
    expect(actionsOf(template, 'EventsUsers')).toEqual(['logs:CreateLogStream', 'logs:PutLogEvents', 'sqs:SendMessage']);
  });

  it('grants a function the event types that it names', () => {
    const { built, stack } = synth((inner) => new Backend(inner, 'Backend', withEvents).events);
    const { grants } = built?.grantsToSend(['order.shipped']) ?? { grants: [] };
    expect(stack.resolve(grants)).toEqual([
      {
        actions: ['events:PutEvents'],
        resources: [{ 'Fn::GetAtt': [expect.stringContaining('EventsBus'), 'Arn'] }],
        conditions: { StringEquals: { 'events:detail-type': 'order.shipped', 'events:source': 'plinth' } },
      },
    ]);
    expect(() => built?.grantsToSend(['order.paid'])).toThrow('"order.paid" is no event type of the definition: use one of order.shipped');
  });

  it('stands alone, with a bus and tables of somebody else', () => {
    const { template } = synth((stack) => {
      const events = new Events(stack, 'Events', { bus: new EventBus(stack, 'Mine'), stage: 'production', archiveDays: 90 });
      events.addTable({ kind: 'outbox', table: outboxOf(stack, StreamViewType.NEW_AND_OLD_IMAGES), prefix: 'E#', types: ['thing.done'] });
      return events.on(stack, 'Done', { types: ['thing.done'] });
    });
    template.resourceCountIs('AWS::Events::EventBus', 1);
    template.hasResourceProperties('AWS::Events::Archive', { RetentionDays: 90 });
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      FilterCriteria: {
        Filters: [
          {
            Pattern: JSON.stringify({
              eventName: ['INSERT'],
              dynamodb: { NewImage: { event: { M: { type: { S: [{ exists: true }] } } } }, Keys: { pk: { S: [{ prefix: 'E#' }] } } },
            }),
          },
        ],
      },
    });
  });

  it('watches what it puts aside', () => {
    const { template } = synth((stack) => new Backend(stack, 'Backend', withEvents, { alarms: true }));
    const names = Object.keys(template.findResources('AWS::CloudWatch::Alarm'));
    for (const part of ['EventPublisherErrors', 'HandledEventsThrottles', 'DeadLettersevents'])
      expect(names.some((name) => name.includes(part))).toBe(true);
  });
});

describe('mistakes', () => {
  const listening = (listener: Listener) => () => {
    const stack = emptyStack();
    new Backend(stack, 'Backend', withEvents).events?.on(stack, 'Mine', listener);
    return Template.fromStack(stack);
  };

  it.each<[string, Listener, string]>([
    ['a type that never happens', { types: ['Note.made'] }, 'listens to "Note.made", which never happens'],
    ['a feature that is not there', { types: ['payment.succeeded'] }, 'listens to "payment.succeeded", which never happens'],
    ['all of a noun that is not there', { types: ['Memo.*'] }, 'listens to "Memo.*", which never happens'],
    ['no type', { types: [] }, 'listens to no event type'],
    ['an order of texts', { types: ['Note.created'], when: { title: { gt: 'a' } } }, 'Mine.when.title compares the order of "a"'],
    [
      'a field that is not there',
      { types: ['Note.created'], when: { titel: 'a' } },
      'Mine.when asks for titel, which Note has not: use one of ',
    ],
    ['a field that is not there, negated', { types: ['Note.created'], when: { not: { titel: 'a' } } }, 'asks for titel'],
    ['a field that is not there, inside', { types: ['Note.deleted'], when: { or: [{ owner: 'a' }, { titel: 'a' }] } }, 'asks for titel'],
  ])('refuses to listen to %s', (_what, listener, message) => {
    expect(listening(listener)).toThrow(message);
  });

  it.each([
    [{ 'note.created': z.object({}), user: z.object({}) }, 'use "<noun>.<past participle>"'],
    [{ 'Order.shipped': z.object({}) }, 'use "<noun>.<past participle>"'],
    [{ 'user.promoted': z.object({}) }, '"user" events are told by Plinth'],
  ])('refuses the types %#', (types, message) => {
    expect(() => new Events(emptyStack(), 'Events', { types })).toThrow(message);
  });

  it('refuses tables without a stream, tables twice, and pools of other apps', () => {
    const stack = emptyStack();
    const events = new Events(stack, 'Events');
    const table = outboxOf(stack);
    expect(() => events.addTable({ kind: 'outbox', table, types: [] })).toThrow('has no stream');
    const streamed = new Table(stack, 'Streamed', {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      stream: StreamViewType.NEW_AND_OLD_IMAGES,
    });
    events.addTable({ kind: 'outbox', table: streamed, types: [] });
    expect(() => events.addTable({ kind: 'outbox', table: streamed, types: [] })).toThrow('are told already');
    expect(() => events.addUsers({ userPool: UserPool.fromUserPoolId(stack, 'Pool', 'eu-west-1_a') })).toThrow('is not made in this app');
    const other = new Stack(stack.node.scope, 'Other');
    expect(() => events.addUsers({ userPool: new UserPool(other, 'Pool') })).toThrow(
      /the accounts are in the stack Other and the bus is in Test.*make Events in the stack of the user pool/,
    );
    expect(() => new Events(stack, 'Short', { archiveDays: 0.5 })).toThrow('use a whole number of days');
  });

  it('lets another stack listen, whose queues the outputs of the backend do not name', () => {
    const stack = emptyStack();
    const { events } = new Backend(stack, 'Backend', withEvents);
    const other = new Stack(stack.node.scope, 'Other');
    const inside = new NestedStack(stack, 'Inside');
    for (const scope of [other, inside]) events?.on(scope, `Sub${scope.node.id}`, { types: ['Note.created'] });
    Template.fromStack(other).resourceCountIs('AWS::SQS::Queue', 2);
    expect(other.dependencies).toEqual([stack]);
    const listed = JSON.stringify(Template.fromStack(stack).findOutputs('DeadLetterQueues'));
    expect(listed).toContain('SubInside');
    expect(listed).not.toContain('SubOther');
  });

  it('shows the function that Cognito calls', () => {
    const stack = emptyStack();
    const events = new Events(stack, 'Events');
    expect(events.userTrigger).toBeUndefined();
    events.addUsers(new Auth(stack, 'Auth', { api: new Api(stack, 'Api'), tellsDeletions: true }));
    expect(events.userTrigger?.function).toBeDefined();
  });

  it('has every statement name its actions and resources', () => {
    const { template } = synth((stack) => new Backend(stack, 'Backend', withEvents));
    for (const { Action, Resource } of statementsOf(template)) {
      expect([Action].flat().some((action) => String(action).endsWith('*'))).toBe(false);
      expect(Resource).not.toBe('*');
    }
  });
});

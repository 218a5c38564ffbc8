import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { AttributeType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { pushRoutes } from '../../../contracts/push.ts';
import { Api } from '../../../lib/api/api.ts';
import { Auth } from '../../../lib/auth/auth.ts';
import { Backend } from '../../../lib/backend.ts';
import { Push, type PushProps } from '../../../lib/push/push.ts';
import type { Stage } from '../../../lib/stage.ts';
import { actionsOf, emptyStack, statementsOf, synth } from '../../support/synth.ts';

const everything = {
  apns: { secretName: 'push/apns', bundleId: 'com.example.app' },
  fcm: { secretName: 'push/fcm' },
  web: { subject: 'mailto:ops@example.com' },
  topics: { news: { access: (allow) => [allow.signedIn().to('subscribe')] } },
  locales: ['en', 'de'],
} satisfies Partial<PushProps>;

const synthPush = (props: Partial<PushProps> = everything, stage: Stage = 'development') =>
  synth((stack) => {
    const api = new Api(stack, 'Api', { stage });
    return new Push(stack, 'Push', { api, auth: new Auth(stack, 'Auth', { api, groups: ['editors'] }), ...props });
  });

type Resource = {
  readonly Properties: Record<string, unknown>;
  readonly DeletionPolicy?: string;
  readonly DependsOn?: readonly string[];
};

describe('Push by default', () => {
  const { template, built } = synthPush();
  const all = (type: string) => Object.values(template.findResources(type)) as Resource[];
  const policiesOn = (type: string) => all(type).map(({ Properties }) => JSON.stringify(Properties['PolicyDocument']));

  it('makes a table on demand, with points in time and a time to live', () => {
    template.hasResource('AWS::DynamoDB::Table', {
      DeletionPolicy: 'Delete',
      Properties: {
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        BillingMode: 'PAY_PER_REQUEST',
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      },
    });
  });

  it('has a route for everything in the contract, behind one function', () => {
    for (const { method, path } of Object.values(pushRoutes)) {
      template.hasResourceProperties('AWS::ApiGatewayV2::Route', { RouteKey: `${method} ${path}` });
    }
  });

  it('makes an SNS topic for each topic and language, and for all, that takes TLS only', () => {
    const topics = all('AWS::SNS::Topic').flatMap(({ Properties }) => Properties?.['TopicName'] ?? []);
    expect(topics.map((name) => String(name).replace(/^Test-[0-9a-f]{8}-/, '')).sort()).toEqual(['de_all', 'de_news', 'en_all', 'en_news']);
    expect(Object.keys(built.topics)).toEqual(['all', 'news']);
    for (const policy of policiesOn('AWS::SNS::TopicPolicy')) expect(policy).toContain('"aws:SecureTransport":"false"');
    expect(all('AWS::SNS::TopicPolicy')).toHaveLength(all('AWS::SNS::Topic').length);
  });

  it('makes queues that are encrypted, take TLS only, and put aside what fails', () => {
    const queues = all('AWS::SQS::Queue');
    expect(queues).toHaveLength(6);
    for (const { Properties } of queues) expect(Properties['SqsManagedSseEnabled']).toBe(true);
    for (const policy of policiesOn('AWS::SQS::QueuePolicy')) expect(policy).toContain('"aws:SecureTransport":"false"');
    expect(all('AWS::SQS::QueuePolicy')).toHaveLength(6);
    expect(queues.filter(({ Properties }) => Properties['RedrivePolicy'] !== undefined)).toHaveLength(3);
  });

  it('FI15 keeps messages hidden for six times as long as their function may run', () => {
    const mappings = all('AWS::Lambda::EventSourceMapping');
    expect(mappings).toHaveLength(3);
    const functions = template.findResources('AWS::Lambda::Function') as Record<string, Resource>;
    const queues = template.findResources('AWS::SQS::Queue') as Record<string, Resource>;
    for (const { Properties } of mappings) {
      const target = functions[(Properties['FunctionName'] as { Ref: string }).Ref];
      const source = queues[(Properties['EventSourceArn'] as { 'Fn::GetAtt': string[] })['Fn::GetAtt'][0] ?? ''];
      expect(Number(source?.Properties['VisibilityTimeout'])).toBeGreaterThanOrEqual(6 * Number(target?.Properties['Timeout']));
      expect(Properties['FunctionResponseTypes']).toEqual(['ReportBatchItemFailures']);
      // A fan-out leaves concurrency of the account to requests.
      expect((Properties['ScalingConfig'] as { MaximumConcurrency: number }).MaximumConcurrency).toBeLessThanOrEqual(50);
    }
  });

  it('makes platform applications that change and end with the stack', () => {
    const applications = all('Custom::PlinthPlatformApplication');
    expect(applications.map(({ Properties }) => Properties['Platform'])).toEqual(['APNS', 'APNS_SANDBOX', 'GCM']);
    for (const { Properties, DeletionPolicy } of applications) {
      expect(DeletionPolicy).toBe('Delete');
      expect(Properties['FailureTopicArn']).toBeDefined();
    }
    template.hasResourceProperties('Custom::PlinthPlatformApplication', {
      Platform: 'APNS',
      SecretName: 'push/apns',
      BundleId: 'com.example.app',
    });
    expect(JSON.stringify(template.toJSON())).not.toContain('PRIVATE KEY');
  });

  it('makes functions wait for what they know by name only', () => {
    const made = Object.keys({
      ...template.findResources('Custom::PlinthPlatformApplication'),
      ...template.findResources('Custom::PlinthVapidKeys'),
    });
    const functions = template.findResources('AWS::Lambda::Function') as Record<string, Resource>;
    const needy = Object.entries(functions).filter(([id]) => /^Push(Function|Messages|Deliveries)/.test(id));
    expect(needy).toHaveLength(3);
    for (const [, { DependsOn }] of needy) expect(DependsOn).toEqual(expect.arrayContaining(made));
  });

  it('lets SNS tell what has failed, and nobody else', () => {
    template.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'sqs', RawMessageDelivery: true });
    template.hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: 'Allow',
            Action: 'sns:Publish',
            Principal: { Service: 'sns.amazonaws.com' },
            Condition: Match.objectLike({ StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } }),
          }),
        ]),
      },
    });
  });

  it('lets schedules put messages on the two queues, and nothing else', () => {
    expect(actionsOf(template, 'PushSchedulerRole')).toEqual(['sqs:SendMessage']);
    template.hasResourceProperties('AWS::IAM::Role', {
      AssumeRolePolicyDocument: {
        Statement: [
          Match.objectLike({
            Principal: { Service: 'scheduler.amazonaws.com' },
            Condition: { StringEquals: Match.objectLike({ 'aws:SourceAccount': { Ref: 'AWS::AccountId' } }) },
          }),
        ],
      },
    });
  });

  it('grants no wildcard action, and nothing on all resources', () => {
    const statements = statementsOf(template).filter(({ policy }) => policy.startsWith('Push'));
    expect(statements.length).toBeGreaterThan(10);
    for (const { Action, Resource } of statements) {
      expect(JSON.stringify(Action)).not.toContain('*');
      expect([Resource].flat()).not.toContain('*');
    }
  });

  it('keeps the private key of web push from the function behind the API', () => {
    expect(actionsOf(template, 'PushFunctionRole')).not.toContain('secretsmanager:GetSecretValue');
    expect(actionsOf(template, 'PushDeliveriesRole')).toContain('secretsmanager:GetSecretValue');
  });

  it('names its parts', () => {
    expect(built.definition.platforms).toEqual(['apns', 'apns-sandbox', 'fcm', 'web']);
    expect(Object.keys(built.applicationArns)).toEqual(['apns', 'apns-sandbox', 'fcm']);
    expect(Object.keys(built.deadLetters)).toEqual(['messages', 'deliveries', 'feedback']);
  });
});

describe('Push', () => {
  it('keeps in production what is about people: the table, the endpoints, the key of browsers', () => {
    const { template } = synthPush(everything, 'production');
    for (const type of [
      'AWS::DynamoDB::Table',
      'Custom::PlinthPlatformApplication',
      'Custom::PlinthVapidKeys',
      'AWS::SecretsManager::Secret',
    ]) {
      template.allResources(type, { DeletionPolicy: 'Retain' });
    }
    template.resourcePropertiesCountIs('Custom::PlinthPlatformApplication', { Platform: 'APNS_SANDBOX' }, 0);
  });

  it('makes nothing of SNS for browsers alone', () => {
    const { template, built } = synthPush({ web: everything.web });
    template.resourceCountIs('AWS::SNS::Topic', 0);
    template.resourceCountIs('Custom::PlinthPlatformApplication', 0);
    expect(statementsOf(template).filter(({ Action }) => JSON.stringify(Action).includes('sns:'))).toEqual([]);
    expect(built.topics).toEqual({});
  });

  it('makes no key of browsers for phones alone', () => {
    const { template } = synthPush({ fcm: everything.fcm });
    template.resourceCountIs('Custom::PlinthVapidKeys', 0);
    template.resourceCountIs('AWS::SecretsManager::Secret', 0);
    template.resourceCountIs('Custom::PlinthPlatformApplication', 1);
  });

  it('takes a table that is given', () => {
    const { template, built } = synth((stack) => {
      const api = new Api(stack, 'Api');
      const string = (name: string) => ({ name, type: AttributeType.STRING });
      const table = new Table(stack, 'Mine', { partitionKey: string('pk'), sortKey: string('sk') });
      return { table, push: new Push(stack, 'Push', { api, auth: new Auth(stack, 'Auth', { api }), web: everything.web, table }) };
    });
    expect(built.push.table).toBe(built.table);
    // That one, and the one of attempts of accounts.
    template.resourceCountIs('AWS::DynamoDB::Table', 2);
  });

  it('has the secret read again when the revision changes', () => {
    const { template } = synthPush({ fcm: { secretName: 'push/fcm', revision: '2' } });
    template.hasResourceProperties('Custom::PlinthPlatformApplication', { Revision: '2' });
  });

  it('warns of topics that nobody but admins can use', () => {
    const stack = emptyStack();
    const api = new Api(stack, 'Api');
    new Push(stack, 'Push', { api, auth: new Auth(stack, 'Auth', { api }), web: everything.web, topics: { quiet: { access: () => [] } } });
    Annotations.fromStack(stack).hasWarning('/Test/Push', Match.stringLikeRegexp('push.topics.quiet has no rule'));
  });
});

describe('Backend with push', () => {
  const definition = { push: { web: everything.web } };
  const backend = (stage: Stage) => synth((stack) => new Backend(stack, 'Backend', definition, { stage }));

  it('tells the name of the table', () => {
    const { template, built } = backend('development');
    expect(built.push).toBeInstanceOf(Push);
    template.hasOutput('PushTableName', { Value: Match.anyValue() });
  });

  it('watches functions, the table and what is put aside, in production', () => {
    const { template } = backend('production');
    const alarms = Object.keys(template.findResources('AWS::CloudWatch::Alarm')).filter((id) => /push/i.test(id));
    const watched = [
      'PushErrors',
      'PushThrottles',
      'PushMessagesErrors',
      'PushDeliveriesErrors',
      'PushFeedbackErrors',
      'PushTableThrottles',
    ];
    for (const name of [...watched, 'DeadLetterspushmessages', 'DeadLetterspushdeliveries', 'DeadLetterspushfeedback']) {
      expect(alarms.some((id) => id.includes(name))).toBe(true);
    }
  });

  it('has nothing of push without a definition of it', () => {
    const { template, built } = synth((stack) => new Backend(stack, 'Backend', {}));
    expect(built.push).toBeUndefined();
    template.resourceCountIs('AWS::SQS::Queue', 0);
  });
});

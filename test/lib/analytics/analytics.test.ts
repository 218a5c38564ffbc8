import { Match } from 'aws-cdk-lib/assertions';
import { z } from 'zod';
import { analyticsRoutes } from '../../../contracts/analytics.ts';
import type { AnalyticsOptions } from '../../../contracts/analytics-options.ts';
import { Analytics, type AnalyticsProps } from '../../../lib/analytics/analytics.ts';
import { compileAnalytics } from '../../../lib/analytics/compile-analytics.ts';
import { Api } from '../../../lib/api/api.ts';
import { Auth } from '../../../lib/auth/auth.ts';
import { Backend } from '../../../lib/backend.ts';
import type { Stage } from '../../../lib/stage.ts';
import { actionsOf, statementsOf, synth } from '../../support/synth.ts';

const events = { 'page.viewed': z.object({ path: z.string().max(200) }) };
const synthAnalytics = (props: Partial<AnalyticsProps> = {}, stage: Stage = 'development') =>
  synth((stack) => {
    const api = new Api(stack, 'Api', { stage });
    return new Analytics(stack, 'Analytics', { api, auth: new Auth(stack, 'Auth', { api }), options: { events }, ...props });
  });

type Resource = { readonly Properties: Record<string, unknown> };
type Reference = { readonly Ref: string; readonly 'Fn::GetAtt': readonly string[] };

const logs = ['logs:CreateLogStream', 'logs:PutLogEvents'];
const consume = ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'];
const putting = ['firehose:PutRecordBatch', 'sqs:SendMessage'];

describe('compileAnalytics', () => {
  const posthog = (host: string) => ({ events, forward: { posthog: { secretName: 'ph', host } } });
  it.each([
    [{ events: {} }, 'analytics.events is empty'],
    [{ events: { 'page viewed': z.object({}) } }, 'analytics.events has "page viewed"'],
    [{ events: { ['a'.repeat(65)]: z.object({}) } }, 'use at most 64 characters'],
    [{ events: { page: z.string() as unknown as z.ZodObject } }, 'analytics.events.page is no object'],
    [{ events, pii: [' '] }, 'analytics.pii has " "'],
    [{ events, consent: 'none' as 'required' }, 'analytics.consent is "none"'],
    [{ events, retentionDays: 0 }, 'analytics.retentionDays is 0'],
    [{ events, retentionDays: 1.5 }, 'analytics.retentionDays is 1.5'],
    [{ events, forward: { segment: { secretName: 'a b' } } }, 'analytics.forward.segment.secretName is "a b"'],
    [posthog('http://eu.i.posthog.com'), 'analytics.forward.posthog.host is "http://eu.i.posthog.com"'],
    [posthog('https://eu.i.posthog.com/'), 'use an origin without a path'],
    [posthog('eu.i.posthog.com'), 'analytics.forward.posthog.host'],
  ] as readonly [AnalyticsOptions, string][])('refuses %j', (options, message) => {
    expect(() => compileAnalytics(options)).toThrow(message);
  });

  it('fills in what is not said', () => {
    expect(compileAnalytics({ events, pii: ['eMail'] }).analytics).toEqual({
      pii: ['email'],
      guests: false,
      consent: 'required',
      forward: {},
    });
  });
});

describe('Analytics', () => {
  const { template, built } = synthAnalytics();

  it('has a route for everything in the contract', () => {
    for (const { method, path } of Object.values(analyticsRoutes))
      template.hasResourceProperties('AWS::ApiGatewayV2::Route', { RouteKey: `${method} ${path}` });
  });

  it('keeps events in a private, encrypted bucket, by TLS only, for ever or as long as it is told', () => {
    template.hasResourceProperties('AWS::S3::Bucket', {
      BucketEncryption: { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }] },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      LifecycleConfiguration: { Rules: [Match.objectLike({ Id: 'EndUploads' })] },
    });
    template.hasResourceProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: {
        Statement: [Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } })],
      },
    });
    const { template: some } = synthAnalytics({ options: { events, retentionDays: 400 } });
    some.hasResourceProperties('AWS::S3::Bucket', {
      LifecycleConfiguration: {
        Rules: Match.arrayWith([Match.objectLike({ Id: 'EndEvents', Prefix: 'events/', ExpirationInDays: 400 })]),
      },
    });
  });

  it('has them written compressed and by day, by a role that may write events and nothing else', () => {
    template.hasResourceProperties('AWS::KinesisFirehose::DeliveryStream', {
      DeliveryStreamEncryptionConfigurationInput: { KeyType: 'AWS_OWNED_CMK' },
      ExtendedS3DestinationConfiguration: {
        BufferingHints: { IntervalInSeconds: 60, SizeInMBs: 1 },
        CompressionFormat: 'GZIP',
        Prefix: 'events/day=!{timestamp:yyyy-MM-dd}/',
      },
    });
    const { template: production } = synthAnalytics({}, 'production');
    production.hasResourceProperties('AWS::KinesisFirehose::DeliveryStream', {
      ExtendedS3DestinationConfiguration: { BufferingHints: { IntervalInSeconds: 300, SizeInMBs: 64 } },
    });
    const statements = statementsOf(template).filter(({ policy }) => policy.includes('StreamRole'));
    expect(statements.map(({ Action }) => Action)).toEqual([
      ['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads'],
      ['s3:AbortMultipartUpload', 's3:GetObject', 's3:PutObject'],
    ]);
    expect(JSON.stringify(statements[1]?.Resource)).toContain('/events/*');
  });

  it('has a table for Athena that needs no crawler', () => {
    template.hasResourceProperties('AWS::Glue::Database', { DatabaseInput: { Name: built.athena.databaseName } });
    template.hasResourceProperties('AWS::Glue::Table', {
      DatabaseName: built.athena.databaseName,
      TableInput: {
        Name: 'events',
        PartitionKeys: [{ Name: 'day', Type: 'string' }],
        Parameters: { 'projection.enabled': 'true', 'projection.day.type': 'date', 'projection.day.format': 'yyyy-MM-dd' },
        StorageDescriptor: { SerdeInfo: { SerializationLibrary: 'org.openx.data.jsonserde.JsonSerDe' } },
      },
    });
    expect(built.athena.databaseName).toMatch(/^[a-z0-9_]+$/);
  });

  it('FI15 hides messages for six times as long as their function may run, and puts aside what fails', () => {
    const [mapping] = Object.values(template.findResources('AWS::Lambda::EventSourceMapping')) as Resource[];
    const { FunctionName, EventSourceArn } = (mapping?.Properties ?? {}) as Readonly<Record<string, Reference>>;
    const target = template.findResources('AWS::Lambda::Function')[FunctionName?.Ref ?? ''];
    const source = template.findResources('AWS::SQS::Queue')[EventSourceArn?.['Fn::GetAtt'][0] ?? ''];
    expect(source?.['Properties'].VisibilityTimeout).toBeGreaterThanOrEqual(6 * target?.['Properties'].Timeout);
    expect(source?.['Properties'].RedrivePolicy).toMatchObject({ maxReceiveCount: 20 });
    expect(source?.['Properties'].SqsManagedSseEnabled).toBe(true);
    expect(mapping?.Properties['FunctionResponseTypes']).toEqual(['ReportBatchItemFailures']);
  });

  it('lets each function do what it does, and on its own resources alone', () => {
    expect(actionsOf(template, 'AnalyticsFunction')).toEqual([...logs, ...putting, 'dynamodb:GetItem', 'dynamodb:PutItem'].sort());
    expect(actionsOf(template, 'AnalyticsSender')).toEqual([...logs, ...consume, ...putting, 'sqs:ChangeMessageVisibility'].sort());
    for (const { Resource: resource } of statementsOf(template).filter(({ policy }) => policy.startsWith('Analytics')))
      expect(resource).not.toBe('*');
  });

  it('reads the secrets of the services that events are sent to, and no others', () => {
    const options = { events, forward: { segment: { secretName: 'keys/segment' }, ga4: { secretName: 'keys/ga4' } } };
    const { template: some } = synthAnalytics({ options });
    const read = statementsOf(some).filter(({ Action }) => Action === 'secretsmanager:GetSecretValue');
    expect(read).toHaveLength(1);
    expect(JSON.stringify(read[0]?.Resource)).toMatch(/keys\/ga4-\?{6}.*keys\/segment-\?{6}/);
  });

  it('keeps bucket and consents in production', () => {
    const { template: production } = synthAnalytics({}, 'production');
    const kept = (type: string) =>
      Object.entries(production.findResources(type))
        .filter(([id]) => id.startsWith('Analytics'))
        .map(([, { DeletionPolicy }]) => DeletionPolicy);
    expect([...kept('AWS::S3::Bucket'), ...kept('AWS::DynamoDB::Table')]).toEqual(['Retain', 'Retain']);
  });
});

describe('A backend with analytics', () => {
  it('has alarms in production, lists its dead letters where there is a bus, and says where the events are', () => {
    const { template, built } = synth(
      (stack) => new Backend(stack, 'Backend', { events: {}, integrations: { analytics: { events } } }, { stage: 'production' }),
    );
    expect(built.events?.deadLetters.get('analytics')).toBe(built.analytics?.deadLetters);
    expect(Object.keys(template.toJSON()['Outputs'])).toContain('AnalyticsBucketName');
    const watched = Object.keys(template.findResources('AWS::CloudWatch::Alarm')).filter((id) => id.includes('AlarmsAnalytics'));
    expect(watched.length).toBeGreaterThanOrEqual(6);
  });

  it('has a bus for it that tells of deleted accounts only, so that their consents are forgotten', () => {
    const { template, built } = synth((stack) => new Backend(stack, 'Backend', { integrations: { analytics: { events } } }));
    expect(built.events?.eventTypes).toEqual(['user.deleted']);
    template.resourceCountIs('AWS::Events::Rule', 1);
    template.hasResourceProperties('AWS::Cognito::UserPool', { LambdaConfig: Match.absent() });
    expect(actionsOf(template, 'ConsentsOfDeletedUsers')).toEqual([
      'dynamodb:DeleteItem',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      'sqs:DeleteMessage',
      'sqs:GetQueueAttributes',
      'sqs:ReceiveMessage',
    ]);
  });
});

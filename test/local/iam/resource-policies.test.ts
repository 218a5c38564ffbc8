import { Clock } from '../../../local/clock.ts';
import { silentLog } from '../../../local/log.ts';
import { Iam } from '../../../local/services/iam/iam.ts';
import { identifyIam } from '../../../local/services/iam/iam-resources.ts';
import type { ResolvedResource } from '../../../local/services/service.ts';
import { testAccount } from '../../support/resolve-template.ts';

const BUCKET = 'arn:aws:s3:::photos';
const QUEUE = 'arn:aws:sqs:eu-west-1:111122223333:arrivals';
const TOPIC = 'arn:aws:sns:eu-west-1:111122223333:news';
const SECRET = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:key-abcdef';
const FUNCTION = 'arn:aws:lambda:eu-west-1:111122223333:function:worker';
const DISTRIBUTION = 'arn:aws:cloudfront::111122223333:distribution/E1';
const BUS = 'arn:aws:events:eu-west-1:111122223333:event-bus/default';

const resource = (type: string, properties: Record<string, unknown>, logicalId = type): ResolvedResource => {
  const bare = { logicalId, stackName: 'Stack', type, properties };
  return { ...bare, ...identifyIam(bare, testAccount) };
};

const document = (...Statement: Record<string, unknown>[]): object => ({ Version: '2012-10-17', Statement });

const bucketPolicy = (...statements: Record<string, unknown>[]): ResolvedResource =>
  resource('AWS::S3::BucketPolicy', { Bucket: 'photos', PolicyDocument: document(...statements) });

function iamWith(policies: readonly ResolvedResource[], roleMay: readonly Record<string, unknown>[] = []) {
  const role = resource('AWS::IAM::Role', {
    RoleName: 'worker',
    Policies: [{ PolicyName: 'p', PolicyDocument: document(...roleMay) }],
  });
  const iam = new Iam([role, ...policies], { account: testAccount, clock: new Clock(), log: silentLog });
  const worker = iam.assumedRole(role.attributes['Arn'] ?? '', 'f');
  const answer = (ask: () => void): string => {
    try {
      ask();
      return 'yes';
    } catch (error) {
      return (error as Error).message;
    }
  };
  return {
    role: (action: string, arn: string, context?: Record<string, string>) => answer(() => iam.authorize(worker, action, arn, context)),
    anyone: (action: string, arn: string, context?: Record<string, string>) => answer(() => iam.authorize(undefined, action, arn, context)),
    service: (service: string, action: string, arn: string, source: string) =>
      answer(() => iam.authorizeService(service, action, arn, source)),
    iam,
    worker,
  };
}

const S3 = 's3.amazonaws.com';
const fromBucket = { ArnLike: { 'aws:SourceArn': BUCKET } };
const allowS3 = (Action: string, Resource: string) => ({
  ...{ Effect: 'Allow', Principal: { Service: S3 }, Action, Resource },
  Condition: fromBucket,
});

describe('policies of resources', () => {
  it('let a deny of a bucket win over what the role may do, for its objects too', () => {
    const all = { Effect: 'Allow', Action: 's3:*', Resource: '*' };
    const deny = { Effect: 'Deny', Principal: '*', Action: 's3:DeleteObject', Resource: `${BUCKET}/*` };
    const { role } = iamWith([bucketPolicy(deny)], [all]);
    expect(role('s3:DeleteObject', `${BUCKET}/a/b`)).toContain('with an explicit deny in a resource-based policy');
    expect(role('s3:DeleteObject', 'arn:aws:s3:::photosets/a')).toBe('yes');
    expect(role('s3:PutObject', `${BUCKET}/a/b`)).toBe('yes');
  });

  it('let a bucket insist on a condition of each request, however often the role has asked before', () => {
    const untagged = { Null: { 's3:RequestObjectTag/kind': 'true' } };
    const deny = { Effect: 'Deny', Principal: '*', Action: 's3:PutObject', Resource: `${BUCKET}/*`, Condition: untagged };
    const { role } = iamWith([bucketPolicy(deny)], [{ Effect: 'Allow', Action: 's3:PutObject', Resource: '*' }]);
    expect(role('s3:PutObject', `${BUCKET}/a`, { 's3:RequestObjectTag/kind': 'x' })).toBe('yes');
    expect(role('s3:PutObject', `${BUCKET}/a`)).toContain('explicit deny');
  });

  it('let a bucket allow a role of the same account', () => {
    const allow = {
      ...{ Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::111122223333:role/worker' } },
      ...{ Action: 's3:GetObject', Resource: `${BUCKET}/*` },
    };
    const { role } = iamWith([bucketPolicy(allow)]);
    expect(role('s3:GetObject', `${BUCKET}/a`)).toBe('yes');
    expect(role('s3:GetObject', 'arn:aws:s3:::other/a')).toContain('no identity-based policy allows');
  });

  it('refuse somebody without credentials, unless everyone may', () => {
    const allow = { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `${BUCKET}/public/*` };
    const toAccount = { ...allow, Principal: { AWS: '111122223333' }, Resource: `${BUCKET}/private/*` };
    const { anyone } = iamWith([bucketPolicy(allow, toAccount)]);
    expect(anyone('s3:GetObject', `${BUCKET}/private/a`)).toBe('Access Denied');
    expect(anyone('s3:PutObject', `${BUCKET}/public/a`)).toBe('Access Denied');
    expect(anyone('s3:GetObject', 'arn:aws:s3:::other/public/a')).toBe('Access Denied');
    expect(anyone('s3:GetObject', `${BUCKET}/public/a`)).toBe('yes');
  });

  it.each([
    ['AWS::SQS::QueuePolicy', { Queues: ['http://127.0.0.1:4000/111122223333/arrivals'] }, S3, 'sqs:SendMessage', QUEUE, BUCKET],
    ['AWS::SNS::TopicPolicy', { Topics: [TOPIC] }, S3, 'sns:Publish', TOPIC, BUCKET],
    ['AWS::S3::BucketPolicy', { Bucket: 'photos' }, 'cloudfront.amazonaws.com', 's3:GetObject', `${BUCKET}/a`, DISTRIBUTION],
  ])('%s lets the named service in, for the named source only', (type, at, service, Action, arn, source) => {
    const Resource = type === 'AWS::S3::BucketPolicy' ? `${BUCKET}/*` : arn;
    const Condition = { StringEquals: { 'AWS:SourceArn': source } };
    const allow = { Effect: 'Allow', Principal: { Service: service }, Action, Resource, Condition };
    const may = iamWith([resource(type, { ...at, PolicyDocument: document(allow) })]).service;
    expect(may('events.amazonaws.com', Action, arn, source)).toContain('is not authorized');
    expect(may(service, Action, arn, `${source}x`)).toContain('is not authorized');
    expect(may(service, Action, `${arn.split('/')[0]}2`, source)).toContain('is not authorized');
    expect(may(service, Action, arn, source)).toBe('yes');
  });

  it('of a secret and of an event bus count', () => {
    const secret = { Effect: 'Deny', Principal: '*', Action: 'secretsmanager:*', Resource: '*' };
    const bus = { Effect: 'Allow', Principal: { Service: S3 }, Action: 'events:PutEvents', Resource: BUS };
    const { role, service } = iamWith(
      [
        resource('AWS::SecretsManager::ResourcePolicy', { SecretId: SECRET, ResourcePolicy: document(secret) }),
        resource('AWS::Events::EventBusPolicy', { StatementId: 's', Statement: bus }),
      ],
      [{ Effect: 'Allow', Action: '*', Resource: '*' }],
    );
    expect(role('secretsmanager:GetSecretValue', SECRET)).toContain('explicit deny');
    expect(service(S3, 'events:PutEvents', BUS, BUCKET)).toBe('yes');
  });

  it('of a function are its permissions, all together', () => {
    const permission = (logicalId: string, Principal: string, SourceArn: string) =>
      resource('AWS::Lambda::Permission', { FunctionName: FUNCTION, Action: 'lambda:InvokeFunction', Principal, SourceArn }, logicalId);
    const may = iamWith([permission('One', S3, BUCKET), permission('Two', 'events.amazonaws.com', `${BUS}/*`)]).service;
    const ask = (service: string, source: string) => may(service, 'lambda:InvokeFunction', FUNCTION, source);
    expect(ask(S3, 'arn:aws:s3:::other')).toContain('is not authorized');
    expect(ask('sns.amazonaws.com', BUCKET)).toContain('is not authorized');
    expect(ask(S3, BUCKET)).toBe('yes');
    expect(ask('events.amazonaws.com', `${BUS}/rule`)).toBe('yes');
  });

  it('of one queue do not count for another, and two of them add up', () => {
    const policy = (name: string, logicalId: string, statement: object) =>
      resource(
        'AWS::SQS::QueuePolicy',
        { Queues: [`https://sqs.x/111122223333/${name}`], PolicyDocument: document({ ...statement }) },
        logicalId,
      );
    const may = iamWith([
      policy('arrivals', 'A', allowS3('sqs:SendMessage', QUEUE)),
      policy('arrivals', 'B', { Effect: 'Deny', Principal: '*', Action: 'sqs:SendMessage', Resource: `${QUEUE}x` }),
      policy('other', 'C', { Effect: 'Deny', Principal: '*', Action: '*', Resource: '*' }),
    ]).service;
    expect(may(S3, 'sqs:SendMessage', QUEUE, BUCKET)).toBe('yes');
  });

  it('fail the start when AWS would not store them', () => {
    const wrong = { Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: '*', Condition: { StringIs: { a: 'b' } } };
    expect(() => iamWith([bucketPolicy(wrong)])).toThrow('IAM has no condition operator StringIs');
  });

  it('cost little: 2,000 questions with one take less than a second', () => {
    const deny = {
      ...{ Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: [BUCKET, `${BUCKET}/*`] },
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    };
    const { iam, worker } = iamWith([bucketPolicy(deny)], [{ Effect: 'Allow', Action: 's3:GetObject', Resource: `${BUCKET}/*` }]);
    const start = performance.now();
    for (let index = 0; index < 2_000; index += 1) iam.authorize(worker, 's3:GetObject', `${BUCKET}/${index}`);
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});

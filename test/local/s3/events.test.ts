import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectTaggingCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { AwsError } from '../../../local/services/service.ts';
import { bucketArn, outcomeOf, type RunningS3, runS3, type Told, until } from './support/run-s3.ts';

const Bucket = 'photos';
const QUEUE = 'arn:aws:sqs:eu-west-1:111122223333:arrivals';
const TOPIC = 'arn:aws:sns:eu-west-1:111122223333:news';
const FUNCTION = 'arn:aws:lambda:eu-west-1:111122223333:function:resize';
const BUS = 'arn:aws:events:eu-west-1:111122223333:event-bus/default';
const EICAR = `X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-${'ANTIVIRUS-TEST-FILE'}!$H+H*`;

const fromBucket = { ArnLike: { 'aws:SourceArn': bucketArn(Bucket) } };
const mayTell = (Action: string, Resource: string) => ({
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Principal: { Service: 's3.amazonaws.com' }, Action, Resource, Condition: fromBucket },
});
const leave = [
  {
    logicalId: 'QP',
    type: 'AWS::SQS::QueuePolicy',
    properties: { Queues: [`https://sqs/111122223333/arrivals`], PolicyDocument: mayTell('sqs:SendMessage', QUEUE) },
  },
  { logicalId: 'TP', type: 'AWS::SNS::TopicPolicy', properties: { Topics: [TOPIC], PolicyDocument: mayTell('sns:Publish', TOPIC) } },
  {
    ...{ logicalId: 'LP', type: 'AWS::Lambda::Permission' },
    properties: { FunctionName: FUNCTION, Action: 'lambda:InvokeFunction', Principal: 's3.amazonaws.com', SourceArn: bucketArn(Bucket) },
  },
];
const queueOf = (more: object = {}) => ({
  NotificationConfiguration: { QueueConfigurations: [{ Event: 's3:ObjectCreated:*', Queue: QUEUE, ...more }] },
});
let s3: RunningS3;

afterEach(() => s3.dispose());

const put = (Key: string, Body: string | Buffer = 'hello', more: object = {}) =>
  s3.root.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
const idle = () => until(async () => ((await s3.service.dump()) as { jobs: number }).jobs === 0);
interface EventRecord {
  readonly eventName: string;
  readonly s3: { readonly object: { readonly key: string; readonly versionId?: string; readonly sequencer: string } };
}

const recordOf = (told: Told | undefined): EventRecord => {
  const [record] = (told?.message['Records'] ?? []) as EventRecord[];
  if (record === undefined) throw new Error('nothing was told');
  return record;
};

const namesOf = (told: readonly Told[]): string[][] =>
  told.map((one) => {
    const { eventName, s3: about } = recordOf(one);
    return [one.arn.split(':')[2] ?? '', eventName, about.object.key];
  });

describe('events', () => {
  it.each([
    ['prefix', { S3Key: { Rules: [{ Name: 'prefix', Value: 'in/' }] } }, ['in/a.png', 'in/b']],
    ['suffix', { S3Key: { Rules: [{ Name: 'Suffix', Value: '.png' }] } }, ['in/a.png', 'out/c.png']],
  ])('tell of what a filter by %s lets through only', async (_name, Filter, expected) => {
    s3 = await runS3({ buckets: { photos: queueOf({ Filter }) }, resources: leave });
    for (const key of ['in/a.png', 'in/b', 'out/c.png']) await put(key);
    await s3.root.send(new DeleteObjectCommand({ Bucket, Key: 'in/a.png' }));
    await idle();
    expect(namesOf(s3.told)).toEqual(expected.map((key) => ['sqs', 'ObjectCreated:Put', key]));
  });

  it('do not reach a queue that does not let the bucket in, and say so in the log', async () => {
    const warnings: string[] = [];
    const log = { info: () => {}, error: () => {}, warn: (_source: string, message: string) => void warnings.push(message) };
    s3 = await runS3({ buckets: { photos: queueOf() }, log });
    await put('a');
    await idle();
    expect([s3.told, warnings[0]]).toEqual([[], expect.stringContaining('s3.amazonaws.com is not authorized to perform: sqs:SendMessage')]);
  });

  it('are not made for what was refused', async () => {
    s3 = await runS3({ buckets: { photos: queueOf() }, resources: leave });
    expect(await outcomeOf(put('a', 'x', { ContentMD5: 'AAAAAAAAAAAAAAAAAAAAAA==' }))).toBe('400 BadDigest');
    await put('a');
    expect(await outcomeOf(put('a', 'x', { IfNoneMatch: '*' }))).toBe('412 PreconditionFailed');
    await idle();
    expect(s3.told).toHaveLength(1);
  });

  it('name what happened, to queues, topics and functions, in order', async () => {
    s3 = await runS3({
      buckets: {
        photos: {
          NotificationConfiguration: {
            QueueConfigurations: [{ Event: 's3:ObjectCreated:*', Queue: QUEUE }],
            TopicConfigurations: [{ Event: 's3:ObjectRemoved:*', Topic: TOPIC }],
            LambdaConfigurations: [{ Event: 's3:ObjectCreated:Copy', Function: FUNCTION }],
          },
        },
      },
      resources: leave,
    });
    await put('a b+é');
    await s3.root.send(new CopyObjectCommand({ Bucket, Key: 'c', CopySource: `photos/${encodeURIComponent('a b+é')}` }));
    const { UploadId } = await s3.root.send(new CreateMultipartUploadCommand({ Bucket, Key: 'd' }));
    const { ETag } = await s3.root.send(new UploadPartCommand({ Bucket, Key: 'd', UploadId, PartNumber: 1, Body: 'x' }));
    await s3.root.send(
      new CompleteMultipartUploadCommand({ Bucket, Key: 'd', UploadId, MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] } }),
    );
    await s3.root.send(new DeleteObjectCommand({ Bucket, Key: 'c' }));
    await s3.root.send(new DeleteObjectCommand({ Bucket, Key: 'not there' }));
    await idle();
    expect(namesOf(s3.told)).toEqual([
      ['sqs', 'ObjectCreated:Put', 'a+b%2B%C3%A9'],
      ['sqs', 'ObjectCreated:Copy', 'c'],
      ['lambda', 'ObjectCreated:Copy', 'c'],
      ['sqs', 'ObjectCreated:CompleteMultipartUpload', 'd'],
      ['sns', 'ObjectRemoved:Delete', 'c'],
    ]);
    expect(recordOf(s3.told[0])).toMatchObject({
      ...{ eventVersion: '2.1', eventSource: 'aws:s3', awsRegion: 'eu-west-1', userIdentity: { principalId: expect.any(String) } },
      s3: {
        ...{ s3SchemaVersion: '1.0', bucket: { name: 'photos', arn: 'arn:aws:s3:::photos' } },
        object: { size: 5, eTag: '5d41402abc4b2a76b9719d911017c592', sequencer: expect.stringMatching(/^[0-9A-F]{18}$/) },
      },
    });
    const sequencers = s3.told.map((one) => recordOf(one).s3.object.sequencer);
    expect(sequencers).toEqual([...sequencers].sort());
  });

  it('tell versions apart, and markers from deletions', async () => {
    const NotificationConfiguration = { QueueConfigurations: [{ Event: 's3:ObjectRemoved:*', Queue: QUEUE }] };
    s3 = await runS3({
      buckets: { photos: { VersioningConfiguration: { Status: 'Enabled' }, NotificationConfiguration } },
      resources: leave,
    });
    const { VersionId } = await put('a');
    await s3.root.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));
    await s3.root.send(new DeleteObjectCommand({ Bucket, Key: 'a', VersionId }));
    await idle();
    expect(namesOf(s3.told).map(([, name]) => name)).toEqual(['ObjectRemoved:DeleteMarkerCreated', 'ObjectRemoved:Delete']);
    expect(recordOf(s3.told[1]).s3.object.versionId).toBe(VersionId);
  });

  it('come in the form that CDK writes for its own notifications', async () => {
    const custom = {
      logicalId: 'Notifications',
      type: 'Custom::S3BucketNotifications',
      properties: {
        BucketName: Bucket,
        NotificationConfiguration: {
          QueueConfigurations: [
            { Events: ['s3:ObjectCreated:*'], QueueArn: QUEUE, Filter: { Key: { FilterRules: [{ Name: 'prefix', Value: 'in/' }] } } },
          ],
        },
      },
    };
    s3 = await runS3({ resources: [...leave, custom] });
    await put('in/a');
    await put('b');
    await idle();
    expect(namesOf(s3.told)).toEqual([['sqs', 'ObjectCreated:Put', 'in/a']]);
  });

  it('wait for a service that does not run yet, and for one that fails', async () => {
    let state: 'absent' | 'failing' | 'there' = 'absent';
    const told: string[] = [];
    const deliver = async (arn: string): Promise<void> => {
      if (state === 'failing') throw new AwsError('ServiceUnavailable', 'busy', { status: 503 });
      told.push(arn);
    };
    s3 = await runS3({ buckets: { photos: queueOf() }, resources: leave, services: () => (state === 'absent' ? undefined : { deliver }) });
    await put('a');
    await new Promise((done) => setTimeout(done, 300));
    state = 'failing';
    await new Promise((done) => setTimeout(done, 500));
    expect(told).toEqual([]);
    state = 'there';
    await idle();
    expect(told).toEqual([QUEUE]);
  });

  it('go to EventBridge too', async () => {
    s3 = await runS3({ buckets: { photos: { NotificationConfiguration: { EventBridgeConfiguration: {} } } } });
    await put('a b');
    await s3.root.send(new DeleteObjectCommand({ Bucket, Key: 'a b' }));
    await idle();
    expect(s3.told.map(({ arn, message }) => [arn, message['source'], message['detail-type'], message['resources']])).toEqual([
      [BUS, 'aws.s3', 'Object Created', ['arn:aws:s3:::photos']],
      [BUS, 'aws.s3', 'Object Deleted', ['arn:aws:s3:::photos']],
    ]);
    const [created, deleted] = s3.told.map(({ message }) => message['detail']);
    expect(created).toMatchObject({ bucket: { name: 'photos' }, object: { key: 'a b', size: 5 }, reason: 'PutObject' });
    expect(deleted).toMatchObject({ object: { key: 'a b' }, reason: 'DeleteObject', 'deletion-type': 'Permanently Deleted' });
  });
});

interface ScanDetail {
  readonly s3ObjectDetails: { readonly objectKey: string };
  readonly scanResultDetails: { readonly scanResultStatus: string };
}

describe('malware protection', () => {
  const plan = (status: string, more: object = {}) => ({
    logicalId: 'Plan',
    type: 'AWS::GuardDuty::MalwareProtectionPlan',
    properties: {
      Role: 'arn:aws:iam::111122223333:role/worker',
      ProtectedResource: { S3Bucket: { BucketName: Bucket, ...more } },
      Actions: { Tagging: { Status: status } },
    },
  });
  const worker = [{ Effect: 'Allow', Action: ['s3:GetObject', 's3:PutObjectTagging'], Resource: `${bucketArn(Bucket)}/*` }];
  const tagsOf = async (Key: string) => (await s3.root.send(new GetObjectTaggingCommand({ Bucket, Key }))).TagSet;
  const results = (): unknown[] =>
    s3.told.map(({ message }) => {
      const detail = message['detail'] as ScanDetail;
      return [message['detail-type'], detail.s3ObjectDetails.objectKey, detail.scanResultDetails.scanResultStatus];
    });

  it('says that it may not read, and tags nothing, where its role may not', async () => {
    s3 = await runS3({ resources: [plan('ENABLED')] });
    await put('bad', EICAR);
    await idle();
    expect([await tagsOf('bad'), results().map((result) => (result as string[])[2])]).toEqual([[], ['ACCESS_DENIED']]);
  });

  it('tags what it has found, keeps other tags, and tells EventBridge', async () => {
    s3 = await runS3({ worker, resources: [plan('ENABLED')] });
    await put('clean', 'hello', { Tagging: 'k=v' });
    await put('bad', Buffer.concat([Buffer.alloc(256 * 1_024 - 10), Buffer.from(EICAR), Buffer.alloc(100)]));
    await idle();
    expect(await tagsOf('clean')).toEqual([
      { Key: 'k', Value: 'v' },
      { Key: 'GuardDutyMalwareScanStatus', Value: 'NO_THREATS_FOUND' },
    ]);
    expect(await tagsOf('bad')).toEqual([{ Key: 'GuardDutyMalwareScanStatus', Value: 'THREATS_FOUND' }]);
    const type = 'GuardDuty Malware Protection Object Scan Result';
    expect(results()).toEqual([
      [type, 'clean', 'NO_THREATS_FOUND'],
      [type, 'bad', 'THREATS_FOUND'],
    ]);
  });

  it('keeps to the prefixes of the plan, and tags nothing when it must not', async () => {
    s3 = await runS3({ worker, resources: [plan('DISABLED', { ObjectPrefixes: ['in/'] })] });
    await put('in/a', EICAR);
    await put('out/a', EICAR);
    await idle();
    expect([await tagsOf('in/a'), results().map((result) => (result as string[])[1])]).toEqual([[], ['in/a']]);
  });
});

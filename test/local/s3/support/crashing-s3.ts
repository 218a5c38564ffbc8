import { Readable } from 'node:stream';
import { Clock } from '../../../../local/clock.ts';
import { silentLog } from '../../../../local/log.ts';
import { s3 } from '../../../../local/services/s3/s3.ts';
import { S3Service } from '../../../../local/services/s3/s3-service.ts';
import type { AwsRequest, LocalContext, LocalService } from '../../../../local/services/service.ts';

/**
 * A process that puts objects into the folder it is given until somebody kills it; a line tells each that is done. The queue is never
 * reached, and each third object is overwritten and each fifth deleted again.
 */
const account = { accountId: '111122223333', region: 'eu-west-1', partition: 'aws' };
const queue = 'arn:aws:sqs:eu-west-1:111122223333:arrivals';
const bare = {
  ...{ logicalId: 'Bucket', stackName: 'Stack', type: 'AWS::S3::Bucket' },
  properties: {
    BucketName: 'photos',
    NotificationConfiguration: { QueueConfigurations: [{ Event: 's3:ObjectCreated:*', Queue: queue }] },
  },
};
const deliver = (): Promise<void> => new Promise(() => {});
const context = {
  ...{ account, folder: process.argv[2], clock: new Clock(), log: silentLog, endpointUrl: '' },
  ...{ authorize: () => {}, authorizeService: () => {}, service: () => ({ deliver }) as unknown as LocalService },
};
const service = new S3Service(
  [{ ...bare, ...s3.identify(bare, account, { apiUrl: '', endpointUrl: '' }) }],
  context as unknown as LocalContext,
);

const send = async (method: string, key: string, text = ''): Promise<void> => {
  const body = Buffer.from(text.repeat(20_000));
  const request: AwsRequest = {
    ...{ method, path: `/photos/${key}`, query: new URLSearchParams(), headers: { 'content-length': String(body.length) } },
    ...{ body: Buffer.alloc(0), openBody: () => Readable.from([body], { objectMode: false }), operation: '' },
    ...{ principal: { arn: 'arn:aws:iam::111122223333:root' }, authorize: () => {} },
  };
  const { status } = await service.handle(request);
  if (status >= 300) throw new Error(`${method} ${key} answered ${status}`);
};

for (let index = 0; ; index += 1) {
  await send('PUT', `key${index}`, `${index};`);
  if (index % 3 === 0) await send('PUT', `key${index}`, `${index}!`);
  if (index % 5 === 0) await send('DELETE', `key${index}`);
  process.stdout.write(`${index}\n`);
}

import { gzipSync } from 'node:zlib';
import { AwsError, type LocalContext } from '../service.ts';
import type { DeliveryStream } from './delivery-stream.ts';
import { objectName, objectPrefix } from './object-name.ts';
import type { Batch } from './record-store.ts';

/** What the role must allow ("Grant Firehose access to an Amazon S3 destination"), though a small object needs none but the last. */
const BUCKET_ACTIONS = ['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads'];
const OBJECT_ACTIONS = ['s3:AbortMultipartUpload', 's3:GetObject', 's3:PutObject'];

const LINE_FEED = Buffer.from('\n');

const bodyOf = ({ gzip, appendsDelimiter }: DeliveryStream, records: readonly Buffer[]): Buffer => {
  const whole = Buffer.concat(appendsDelimiter ? records.flatMap((record) => [record, LINE_FEED]) : records);
  return gzip ? gzipSync(whole) : whole;
};

/**
 * Writes a batch as one object, in the name of the stream's role.
 *
 * @throws Error where the role may not, or S3 does not take it
 */
export async function writeObject(
  context: LocalContext,
  stream: DeliveryStream,
  { id, arrivedAt }: Batch,
  records: readonly Buffer[],
): Promise<void> {
  const { bucketName, roleArn } = stream;
  const key = objectPrefix(stream.prefix, arrivedAt, id) + objectName(stream.name, arrivedAt, id, stream.gzip);
  const bucketArn = `arn:${context.account.partition}:s3:::${bucketName}`;
  for (const action of BUCKET_ACTIONS) context.authorizeRole(roleArn, 'firehose', action, bucketArn);
  for (const action of OBJECT_ACTIONS) context.authorizeRole(roleArn, 'firehose', action, `${bucketArn}/${key}`);
  const principal = context.keyOwner(context.credentialsFor(roleArn, 'firehose').accessKeyId)?.principal;
  const body = bodyOf(stream, records);
  const answer = await context.service('s3')?.handle({
    method: 'PUT',
    path: `/${bucketName}/${key.split('/').map(encodeURIComponent).join('/')}`,
    query: new URLSearchParams(),
    headers: { 'content-type': 'application/octet-stream', 'content-length': String(body.length) },
    body,
    operation: '',
    principal,
    authorize: (action, resourceArn, more) => context.authorize(principal, action, resourceArn, more),
  });
  if (answer?.status !== 200) throw new AwsError('S3', `S3 answered ${answer?.status} ${String(answer?.body)}`);
}

import { createHash } from 'node:crypto';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CfnOutput, Duration } from 'aws-cdk-lib';
import { CachePolicy, Distribution } from 'aws-cdk-lib/aws-cloudfront';
import { S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { type LocalBackend, startLocal } from '../../../local/local-backend.ts';
import { synthesizeStack } from '../../support/synthesize-stack.ts';

const VIDEO_BYTES = 64 * 1_048_576;

let backend: LocalBackend;
let url: string;
let strangerUrl: string;

beforeAll(async () => {
  const assembly = synthesizeStack('Cdn', (stack) => {
    const bucket = new Bucket(stack, 'Bucket', { bucketName: 'files' });
    const cachePolicy = new CachePolicy(stack, 'Cache', { defaultTtl: Duration.hours(1) });
    const origin = S3BucketOrigin.withOriginAccessControl(bucket);
    const own = new Distribution(stack, 'Own', { defaultBehavior: { origin, cachePolicy } });
    // What the bucket's policy does not name: CDK can't change the policy of a bucket that it only knows by name.
    const foreign = S3BucketOrigin.withOriginAccessControl(Bucket.fromBucketName(stack, 'Known', 'files'));
    const stranger = new Distribution(stack, 'Stranger', { defaultBehavior: { origin: foreign, cachePolicy } });
    new CfnOutput(stack, 'Url', { value: `https://${own.distributionDomainName}` });
    new CfnOutput(stack, 'StrangerUrl', { value: `https://${stranger.distributionDomainName}` });
  });
  backend = await startLocal({ assembly });
  url = backend.outputs['Url'] ?? '';
  strangerUrl = backend.outputs['StrangerUrl'] ?? '';
  const s3 = new S3Client({ region: 'us-east-1', endpoint: backend.endpointUrl, credentials: backend.credentials, forcePathStyle: true });
  const put = (Key: string, Body: Buffer, ContentType: string) =>
    s3.send(new PutObjectCommand({ Bucket: 'files', Key, Body, ContentType }));
  await put('a/hello wörld.txt', Buffer.from('hello'), 'text/plain');
  await put('video.mp4', Buffer.alloc(VIDEO_BYTES, 'video'), 'video/mp4');
});
afterAll(() => backend?.dispose());

describe('a distribution before a private bucket', () => {
  it('is refused by the bucket when its policy does not name it', async () => {
    const response = await fetch(`${strangerUrl}/a/hello%20w%C3%B6rld.txt`);
    expect([response.status, await response.text()]).toEqual([403, expect.stringContaining('<Code>AccessDenied</Code>')]);
    expect((await fetch(`${backend.endpointUrl}/files/video.mp4`)).status).toBe(403);
  });

  it('answers 403 for what is not there, since it may not list', async () => {
    expect((await fetch(`${url}/missing`)).status).toBe(403);
    expect((await fetch(`${url}/a/../video.mp4%2F..`)).status).toBe(403);
  });

  it('serves objects, the second time from its cache', async () => {
    const first = await fetch(`${url}/a/hello%20w%C3%B6rld.txt`);
    expect([first.status, await first.text(), first.headers.get('content-type')]).toEqual([200, 'hello', 'text/plain']);
    const again = await fetch(`${url}/a/hello%20w%C3%B6rld.txt`);
    expect([await again.text(), again.headers.get('x-cache')]).toEqual(['hello', 'Hit from cloudfront']);
  });

  it.each<[string, number, string | null]>([
    ['bytes=0-9', 206, `bytes 0-9/${VIDEO_BYTES}`],
    ['bytes=-5', 206, `bytes ${VIDEO_BYTES - 5}-${VIDEO_BYTES - 1}/${VIDEO_BYTES}`],
    [`bytes=${VIDEO_BYTES}-`, 416, null],
  ])('serves the part %s of a video that no cache holds', async (range, status, contentRange) => {
    const response = await fetch(`${url}/video.mp4`, { headers: { range } });
    await response.arrayBuffer();
    expect(response.status).toBe(status);
    if (contentRange !== null) expect(response.headers.get('content-range')).toBe(contentRange);
  });

  it('reads a large object only as fast as the viewer takes it', async () => {
    const held = (): number => process.memoryUsage().arrayBuffers;
    const before = held();
    const response = await fetch(`${url}/video.mp4`);
    const hash = createHash('sha256');
    let isFirst = true;
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      hash.update(chunk);
      if (!isFirst) continue;
      isFirst = false;
      await new Promise((done) => setTimeout(done, 300));
      expect(held() - before).toBeLessThan(VIDEO_BYTES / 4);
    }
    expect(hash.digest('hex')).toBe(createHash('sha256').update(Buffer.alloc(VIDEO_BYTES, 'video')).digest('hex'));
    expect(response.headers.get('content-length')).toBe(String(VIDEO_BYTES));
  });

  it('survives viewers who go away in the middle', async () => {
    for (let viewer = 0; viewer < 5; viewer += 1) {
      const controller = new AbortController();
      const response = await fetch(`${url}/video.mp4`, { signal: controller.signal });
      await response.body?.getReader().read();
      controller.abort();
    }
    expect((await fetch(`${url}/video.mp4`, { headers: { range: 'bytes=0-0' } })).status).toBe(206);
  });
});

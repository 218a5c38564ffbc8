import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { type ClientRequest, request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { authorization } from '../../support/aws-calls.ts';
import { outcomeOf, type RunningS3, runS3, until } from './support/run-s3.ts';
import { codeOf, type RawAnswer, sendRaw } from './support/send-raw.ts';

const Bucket = 'photos';
const MIB = 1024 * 1024;
let s3: RunningS3;
let folder: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'plinth-s3-'));
  s3 = await runS3({ folder });
});

afterEach(async () => {
  await s3.dispose();
  rmSync(folder, { recursive: true, force: true });
});

const rootKey = async (): Promise<string> => (await s3.root.config.credentials()).accessKeyId;
const put = async (key: string, body: string | Buffer, headers: Record<string, string>): Promise<RawAnswer> =>
  sendRaw(s3.url, `/photos/${key}`, { method: 'PUT', body, headers: { authorization: authorization(await rootKey(), 's3'), ...headers } });
const read = async (Key: string): Promise<string | undefined> =>
  (await s3.root.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString();
const storedFiles = (): number =>
  ['blobs', 'incoming']
    .flatMap((name) => readdirSync(join(folder, name), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile()).length;

const crc32 = 'NhCmhg==';

describe('bodies in chunks', () => {
  const unsigned = (more: Record<string, string> = {}) => ({
    ...{ 'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER', 'x-amz-decoded-content-length': '5' },
    ...{ 'content-encoding': 'aws-chunked,gzip', 'x-amz-trailer': 'x-amz-checksum-crc32' },
    ...more,
  });
  const signed = { 'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD', 'x-amz-decoded-content-length': '5' };

  it.each<[string, string, Record<string, string>, string]>([
    ['a wrong checksum in the trailer', '5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n', unsigned(), '400 BadDigest'],
    ['a missing trailer', '5\r\nhello\r\n0\r\n\r\n', unsigned(), '400 InvalidRequest'],
    ['fewer bytes than were said', '4\r\nhell\r\n0\r\n\r\n', signed, '400 IncompleteBody'],
    ['more bytes than were said', '6\r\nhello!\r\n0\r\n\r\n', signed, '400 IncompleteBody'],
    ['an end within a chunk', '5\r\nhel', signed, '400 IncompleteBody'],
    ['an end without a last chunk', '5\r\nhello\r\n', signed, '400 IncompleteBody'],
    ['a chunk without a size', 'x\r\nhello\r\n0\r\n\r\n', signed, '400 InvalidRequest'],
    ['something behind the end', '5\r\nhello\r\n0\r\n\r\nmore', signed, '400 InvalidRequest'],
    ['no length', '5\r\nhello\r\n0\r\n\r\n', { 'x-amz-content-sha256': signed['x-amz-content-sha256'] }, '411 MissingContentLength'],
  ])('are refused with %s, and nothing is stored', async (_name, body, headers, expected) => {
    expect(codeOf(await put('a', body, headers))).toBe(expected);
    expect(storedFiles()).toBe(0);
  });

  it('are taken apart, with signatures and trailers, and leave no trace in the encoding', async () => {
    expect((await put('a', `5\r\nhello\r\n0\r\nx-amz-checksum-crc32:${crc32}\r\n\r\n`, unsigned())).status).toBe(200);
    const answer = await s3.root.send(new GetObjectCommand({ Bucket, Key: 'a' }));
    expect([await answer.Body?.transformToString(), answer.ContentEncoding]).toEqual(['hello', 'gzip']);
    const signature = ';chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648';
    expect((await put('b', `2${signature}\r\nhe\r\n3${signature}\r\nllo\r\n0${signature}\r\n\r\n`, signed)).status).toBe(200);
    expect(await read('b')).toBe('hello');
  });

  it('are refused when the hash of the whole is another', async () => {
    const sha256 = createHash('sha256').update('other').digest('hex');
    expect(codeOf(await put('a', 'hello', { 'x-amz-content-sha256': sha256, 'content-length': '5' }))).toBe(
      '400 XAmzContentSHA256Mismatch',
    );
  });
});

describe('large bodies', () => {
  const SIZE = 200 * MIB;
  const chunk = Buffer.alloc(MIB, 'x');
  function* chunks(): Generator<Buffer> {
    for (let index = 0; index < SIZE / MIB; index += 1) yield chunk;
  }

  const open = async (key: string, headers: Record<string, string>): Promise<ClientRequest> => {
    const request = httpRequest(`${s3.url}/photos/${key}`, {
      method: 'PUT',
      headers: { authorization: authorization(await rootKey(), 's3'), ...headers },
    });
    request.on('error', () => {});
    return request;
  };

  it('of 200 MB come and go in little memory', async () => {
    let highest = 0;
    const before = process.memoryUsage().rss;
    const timer = setInterval(() => {
      highest = Math.max(highest, process.memoryUsage().rss);
    }, 20);
    const upload = await open('big', { 'content-length': String(SIZE) });
    const answered = new Promise<number | undefined>((done) => upload.once('response', (response) => done(response.resume().statusCode)));
    await pipeline(Readable.from(chunks(), { objectMode: false }), upload);
    expect(await answered).toBe(200);
    const hash = createHash('md5');
    const { Body } = await s3.root.send(new GetObjectCommand({ Bucket, Key: 'big' }));
    await pipeline(Body as Readable, hash);
    clearInterval(timer);
    const expected = createHash('md5');
    for (const piece of chunks()) expected.update(piece);
    expect(hash.digest('hex')).toBe(expected.digest('hex'));
    expect(highest - before).toBeLessThan(SIZE / 2);
  });

  it('leave nothing when the client goes away', async () => {
    const request = await open('half', { 'content-length': String(10 * MIB) });
    request.write(chunk);
    await until(() => storedFiles() > 0);
    request.destroy();
    await until(() => storedFiles() === 0);
    expect(await outcomeOf(read('half'))).toBe('404 NoSuchKey');
  });

  it('go on being served while the object is deleted', async () => {
    await s3.root.send(new PutObjectCommand({ Bucket, Key: 'big', Body: Buffer.alloc(20 * MIB, 'y') }));
    const { Body } = await s3.root.send(new GetObjectCommand({ Bucket, Key: 'big' }));
    await s3.root.send(new PutObjectCommand({ Bucket, Key: 'big', Body: 'new' }));
    const bytes = await Body?.transformToByteArray();
    expect(bytes?.length).toBe(20 * MIB);
    await until(() => storedFiles() === 1);
  });

  it('are asked for only when they may come', async () => {
    const ask = async (key: string, headers: Record<string, string>): Promise<string> => {
      const request = await open(key, { 'content-length': '5', expect: '100-continue', ...headers });
      return new Promise((done) => {
        let continued = '';
        request.on('continue', () => {
          continued = 'continued, ';
          request.end('hello');
        });
        request.on('response', (response) => {
          response.resume();
          done(`${continued}${response.statusCode}`);
        });
        request.flushHeaders();
      });
    };
    expect(await ask('a', { authorization: '' })).toBe('403');
    expect(await ask('a', { 'content-length': String(6 * 1024 ** 3) })).toBe('400');
    expect(await ask('a', {})).toBe('continued, 200');
  });

  it('are read out when they are refused, so that the refusal is heard', async () => {
    const answer = await sendRaw(s3.url, '/photos/a', {
      method: 'PUT',
      body: Buffer.alloc(8 * MIB),
      headers: { 'content-length': String(8 * MIB) },
    });
    expect(codeOf(answer)).toBe('403 AccessDenied');
    expect((await s3.root.send(new ListObjectsV2Command({ Bucket }))).KeyCount).toBe(0);
  });
});

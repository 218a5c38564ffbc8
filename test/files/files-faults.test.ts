import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FileEntry, UploadReply } from '../../contracts/files.ts';
import { type LocalBackend, startLocal } from '../../local/local-backend.ts';
import { type Fault, ServiceProxy } from '../reliability/service-proxy.ts';
import { cachedAssembly } from '../support/cached-assembly.ts';
import { type ApiAnswer, callApi } from '../support/call-api.ts';
import { expectProblem } from '../support/expect-problem.ts';
import { signUpUser } from '../support/start-local.ts';
import { filesApp, pixel } from './files-backend.ts';

const mebibyte = 1024 ** 2;
const unavailable = { status: 503, code: 'unavailable' } as const;
const throttled: Fault = { status: 400, type: 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException' };
const slowDown: Fault = { status: 503, type: 'SlowDown' };

let root: string;
let proxies: readonly [database: ServiceProxy, objects: ServiceProxy];
let backend: LocalBackend;
let token: string;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'plinth-files-faults-'));
  proxies = [await ServiceProxy.start(), await ServiceProxy.start()];
  const [database, objects] = proxies;
  const environment = { AWS_ENDPOINT_URL_DYNAMODB: database.url, AWS_ENDPOINT_URL_S3: objects.url };
  backend = await startLocal({ assembly: cachedAssembly(filesApp), environment });
  for (const proxy of proxies) proxy.target = backend.endpointUrl;
  token = (await signUpUser(backend)).accessToken;
});
afterAll(async () => {
  await backend?.dispose();
  for (const proxy of proxies) await proxy.stop();
  rmSync(root, { recursive: true, force: true });
});
afterEach(() => {
  for (const proxy of proxies) proxy.fault = () => undefined;
});

const call = (method: string, path: string, body?: object, headers = {}): Promise<ApiAnswer> =>
  callApi(backend.apiUrl, { method, path, token, headers, ...(body && { body }) });
const begin = (sizeBytes: number = pixel.length, headers = {}): Promise<ApiAnswer> =>
  sizeBytes > 16 * mebibyte
    ? call('POST', '/files/drops', { name: 'a.bin', type: 'application/octet-stream', sizeBytes }, headers)
    : call('POST', '/files/papers', { name: 'a.png', type: 'image/png', sizeBytes }, headers);
const fileOf = (answer: ApiAnswer): FileEntry => (answer.json as UploadReply).file;
const rows = async (): Promise<string> => JSON.stringify((await backend.dump())['dynamodb']);

describe('a DynamoDB that fails', () => {
  it('is asked again, with one effect', async () => {
    proxies[0].failFirst(2, 'TransactWriteItems', throttled);
    const answer = await begin();
    expect(answer.status).toBe(201);
    const { id } = fileOf(answer);
    expect((await rows()).split(`"${id}"`)).toHaveLength(2);
  });

  it('ends in 503 with Retry-After when it throttles for good, and writes nothing', async () => {
    const { id } = fileOf(await begin());
    const before = await rows();
    proxies[0].fault = () => throttled;
    const answers = await Promise.all([
      begin(),
      call('PATCH', `/files/papers/${id}`, { name: 'b.png' }),
      call('GET', `/files/papers/${id}`),
      call('DELETE', `/files/papers/${id}`),
      call('GET', '/files/papers'),
      call('GET', '/files/usage'),
    ]);
    for (const answer of answers) expectProblem(answer, unavailable);
    expect(await rows()).toBe(before);
  });

  it('leaves no parts behind at S3 when the row cannot be written', async () => {
    proxies[0].fault = (operation) => (operation === 'TransactWriteItems' ? throttled : undefined);
    const before = backend.counts()['s3:AbortMultipartUpload']?.requests ?? 0;
    expectProblem(await begin(20 * mebibyte), unavailable);
    expect(backend.counts()['s3:AbortMultipartUpload']?.requests).toBe(before + 1);
  });
});

describe('an S3 that fails', () => {
  it('ends in 503 with Retry-After when it is busy for good, and counts nothing', async () => {
    const before = await rows();
    proxies[1].fault = () => slowDown;
    expectProblem(await begin(20 * mebibyte), unavailable);
    expect(await rows()).toBe(before);
  });

  it('is not needed to begin an upload in one piece', async () => {
    proxies[1].fault = () => slowDown;
    expect((await begin()).status).toBe(201);
  });

  it('keeps an upload whose parts could not be joined, which can be joined later', async () => {
    const { id } = fileOf(await begin(20 * mebibyte));
    proxies[1].fault = () => slowDown;
    expectProblem(await call('POST', `/files/drops/${id}/upload/complete`), unavailable);
    proxies[1].fault = () => undefined;
    expectProblem(await call('POST', `/files/drops/${id}/upload/complete`), { status: 400, code: 'upload_incomplete' });
    expect((await call('DELETE', `/files/drops/${id}/upload`)).status).toBe(204);
  });

  it('lets an upload be given up although its parts cannot be dropped at once', async () => {
    const { id } = fileOf(await begin(20 * mebibyte));
    proxies[1].fault = () => slowDown;
    expect((await call('DELETE', `/files/drops/${id}/upload`)).status).toBe(204);
    expect(((await call('GET', '/files/usage')).json as { usedBytes: number }).usedBytes).toBeLessThan(mebibyte);
  });
});

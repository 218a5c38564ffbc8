import { randomBytes } from 'node:crypto';
import type { FileEntry, PartsReply, UploadReply, UploadState } from '../../contracts/files.ts';
import { expectProblem } from '../support/expect-problem.ts';
import { type Asker, FilesBackend } from './files-backend.ts';

const mebibyte = 1024 ** 2;
const sizeBytes = 20 * mebibyte;
let backend: FilesBackend;

beforeAll(async () => {
  backend = await FilesBackend.start();
});
afterAll(() => backend?.stop());
afterEach(async () => {
  const { items } = (await backend.call('admin', { path: '/files/drops?status=any' })).json as { readonly items: readonly FileEntry[] };
  for (const file of items) await backend.call('admin', { method: 'DELETE', path: path(file) });
});

const path = ({ id }: FileEntry, rest = ''): string => `/files/drops/${id}${rest}`;
const begin = async (): Promise<FileEntry> => {
  const body = { name: 'big.bin', type: 'application/octet-stream', sizeBytes };
  const answer = await backend.call('a', { method: 'POST', path: '/files/drops', body });
  expect(answer).toMatchObject({ status: 201, json: { upload: { kind: 'parts', partSizeBytes: 8 * mebibyte, partCount: 3 } } });
  return (answer.json as UploadReply).file;
};
const ask = (file: FileEntry, partNumbers: readonly number[], asker: Asker = 'a') =>
  backend.call(asker, { method: 'POST', path: path(file, '/upload/parts'), body: { partNumbers } });
const complete = (file: FileEntry, asker: Asker = 'a') => backend.call(asker, { method: 'POST', path: path(file, '/upload/complete') });
const put = async (file: FileEntry, partNumber: number, bytes: Uint8Array): Promise<number> => {
  const { parts } = (await ask(file, [partNumber])).json as PartsReply;
  return (await fetch(parts[0]?.url ?? '', { method: 'PUT', body: new Uint8Array(bytes), headers: parts[0]?.headers ?? {} })).status;
};
const bytes = randomBytes(sizeBytes);
const partOf = (number: number): Uint8Array => bytes.subarray((number - 1) * 8 * mebibyte, number * 8 * mebibyte);

describe('an upload in parts', () => {
  it('begins with one request to S3 and one transaction', async () => {
    let file: FileEntry | undefined = await begin();
    const requests = await backend.requestsOf(async () => {
      file = await begin();
    });
    expect(requests).toEqual({ 's3:CreateMultipartUpload': 1, 'dynamodb:TransactWriteItems': 1 });
    expect(await backend.requestsOf(() => ask(file as FileEntry, [1, 2, 3]))).toEqual({ 'dynamodb:GetItem': 1 });
  });

  it('refuses parts that there are not, and those of others', async () => {
    const file = await begin();
    expectProblem(await ask(file, [4]), { status: 400, code: 'validation_failed', pointers: ['/partNumbers/0'] });
    expectProblem(await ask(file, []), { status: 400, code: 'validation_failed' });
    expectProblem(await ask(file, [0]), { status: 400, code: 'validation_failed' });
    expectProblem(await ask(file, [1], 'b'), { status: 404, code: 'not_found' });
    expectProblem(await complete(file, 'b'), { status: 404, code: 'not_found' });
    expectProblem(await ask(file, [1], 'guest'), { status: 401, code: 'unauthenticated' });
  });

  it('ST07 takes exactly the bytes of each part', async () => {
    const file = await begin();
    expect(await put(file, 1, partOf(1).subarray(1))).toBe(403);
    expect(await put(file, 3, partOf(1))).toBe(403);
    expect(await put(file, 1, partOf(1))).toBe(200);
  });

  it('goes on after a break, and is joined when all parts are there, once or more', async () => {
    const file = await begin();
    for (const number of [3, 1]) expect(await put(file, number, partOf(number))).toBe(200);
    const state = (await backend.call('a', { path: path(file, '/upload') })).json as UploadState;
    expect(state).toMatchObject({ kind: 'parts', partCount: 3, arrived: [1, 3] });
    const problem = expectProblem(await complete(file), { status: 400, code: 'upload_incomplete' });
    expect(problem.detail).toContain('2');
    expect(await put(file, 2, partOf(2))).toBe(200);
    const answers = [await complete(file), await complete(file)];
    expect(answers.map(({ status }) => status)).toEqual([202, 202]);
    expect(await backend.settled(file)).toMatchObject({ status: 'ready', sizeBytes });
    for (const asker of ['a', 'admin'] as const)
      expect(await complete(file, asker)).toMatchObject({ status: 202, json: { status: 'ready' } });
  });

  it('ST18 is given up with all that has arrived, and listed nowhere before', async () => {
    const used = await backend.usedBytes('a');
    const file = await begin();
    await put(file, 1, partOf(1));
    expect((await backend.call('admin', { path: '/files/drops' })).json).not.toMatchObject({
      items: expect.arrayContaining([expect.objectContaining({ id: file.id })]),
    });
    const aborted = (): number => backend.cases.traffic()['s3:AbortMultipartUpload']?.requests ?? 0;
    const before = aborted();
    expect((await backend.call('a', { method: 'DELETE', path: path(file, '/upload') })).status).toBe(204);
    const end = Date.now() + 60_000;
    while (aborted() === before && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(aborted()).toBe(before + 1);
    expect(await backend.usedBytes('a')).toBe(used);
    expectProblem(await ask(file, [2]), { status: 404, code: 'not_found' });
  });
});

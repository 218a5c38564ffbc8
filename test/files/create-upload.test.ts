import { createHash } from 'node:crypto';
import type { ErrorCode } from '../../contracts/errors.ts';
import { fileLimits, type UploadReply } from '../../contracts/files.ts';
import { expectProblem } from '../support/expect-problem.ts';
import { FilesBackend, pixel, type Sample } from './files-backend.ts';

const mebibyte = 1024 ** 2;
let backend: FilesBackend;

beforeAll(async () => {
  backend = await FilesBackend.start();
});
afterAll(() => backend?.stop());

type Refusal = readonly [what: string, folder: string, body: object, status: number, code: ErrorCode, pointers?: readonly string[]];
const png = { name: 'a.png', type: 'image/png', sizeBytes: 70 };

describe('createUpload', () => {
  const refusals: readonly Refusal[] = [
    ['ST01 a step up', 'papers', { ...png, name: '../B/x' }, 400, 'invalid_path', ['/name']],
    ['ST01 an encoded step up', 'papers', { ...png, name: '%2e%2e%2f' }, 400, 'invalid_path', ['/name']],
    ['ST01 a backslash', 'papers', { ...png, name: '..\\' }, 400, 'invalid_path', ['/name']],
    ['ST01 an absolute path', 'papers', { ...png, name: '/abs' }, 400, 'invalid_path', ['/name']],
    ['ST01 an empty segment', 'papers', { ...png, name: 'a//b' }, 400, 'invalid_path', ['/name']],
    ['ST01 NUL', 'papers', { ...png, name: 'a\0b' }, 400, 'invalid_path', ['/name']],
    ['ST01 a name of 1,025 bytes', 'papers', { ...png, name: 'x'.repeat(1_025) }, 400, 'invalid_path', ['/name']],
    ['ST14 300 characters', 'papers', { ...png, name: 'x'.repeat(300) }, 400, 'invalid_path', ['/name']],
    ['ST06 .svg as an image', 'papers', { ...png, type: 'image/svg+xml' }, 400, 'type_not_allowed', ['/type']],
    ['ST06 .SVG', 'papers', { ...png, type: 'IMAGE/SVG+XML' }, 400, 'type_not_allowed', ['/type']],
    ['ST06 .svg with parameters', 'papers', { ...png, type: 'image/svg+xml ;x=1' }, 400, 'type_not_allowed', ['/type']],
    ['ST06 .xhtml', 'papers', { ...png, type: 'application/xhtml+xml' }, 400, 'type_not_allowed', ['/type']],
    ['ST06 text/html;charset=utf-8', 'papers', { ...png, type: 'text/html;charset=utf-8' }, 400, 'type_not_allowed', ['/type']],
    ['ST06 no type at all', 'papers', { name: 'a', sizeBytes: 1 }, 400, 'validation_failed', ['/type']],
    ['what is no type', 'papers', { ...png, type: 'png' }, 400, 'type_not_allowed', ['/type']],
    ['ST07 one byte too much', 'papers', { ...png, sizeBytes: 5 * mebibyte + 1 }, 413, 'file_too_large'],
    ['a size below zero', 'papers', { ...png, sizeBytes: -1 }, 400, 'validation_failed', ['/sizeBytes']],
    ['half a byte', 'papers', { ...png, sizeBytes: 0.5 }, 400, 'validation_failed', ['/sizeBytes']],
    ['ST16 no name', 'papers', { type: 'image/png', sizeBytes: 1 }, 400, 'validation_failed', ['/name']],
    [
      'ST19 more than the quota ever has room for',
      'drops',
      { ...png, type: 'text/plain', sizeBytes: 51 * mebibyte },
      413,
      'quota_exceeded',
    ],
    ['notes that are too long', 'papers', { ...png, metadata: { a: 'x'.repeat(2_048) } }, 400, 'validation_failed', ['/metadata']],
    ['what is no sum', 'papers', { ...png, checksumSha256: 'abc' }, 400, 'validation_failed', ['/checksumSha256']],
    [
      'a sum of several parts',
      'drops',
      { ...png, type: 'text/plain', sizeBytes: 17 * mebibyte, checksumSha256: `${'A'.repeat(43)}=` },
      400,
      'validation_failed',
      ['/checksumSha256'],
    ],
    ['an owner', 'papers', { ...png, owner: 'b' }, 400, 'read_only_field', ['/owner']],
    ['a key', 'papers', { ...png, key: 'avatars/b/x' }, 400, 'read_only_field', ['/key']],
    ['a field that is none', 'papers', { ...png, acl: 'public-read' }, 400, 'unknown_field', ['/acl']],
    ['a record where the path names none', 'papers', { ...png, record: 'n1' }, 400, 'unknown_field', ['/record']],
    ['no record where the path names one', 'attachments', png, 400, 'validation_failed', ['/record']],
    ['a record that leads elsewhere', 'attachments', { ...png, record: '../x' }, 400, 'validation_failed', ['/record']],
    ['a record that is not there', 'attachments', { ...png, record: 'nobody' }, 404, 'not_found'],
    ['a folder that is not there', 'nowhere', png, 404, 'unknown_folder'],
    ['a folder named like a member of every object', 'constructor', png, 404, 'unknown_folder'],
    ['a folder that is closed', 'closed', png, 403, 'forbidden'],
  ];

  const rows = refusals.map(([what, folder, body, status, code, pointers = []]) => ({ what, folder, body, status, code, pointers }));
  it.each(rows)('refuses $what, and writes nothing', async ({ folder, body, status, code, pointers }) => {
    await backend.cases.changesNothing(async () => {
      const answer = await backend.call('a', { method: 'POST', path: `/files/${folder}`, body });
      expectProblem(answer, { status, code, ...(pointers.length > 0 && { pointers }) });
    });
  });

  it('refuses guests, also where they may read', async () => {
    for (const folder of ['papers', 'avatars', 'team', 'closed']) {
      expectProblem(await backend.begin('guest', folder), { status: 401, code: 'unauthenticated' });
    }
  });

  it('begins with one transaction, and asks S3 nothing', async () => {
    const requests = await backend.requestsOf(() => backend.pending('a', 'papers'));
    expect(requests).toEqual({ 'dynamodb:TransactWriteItems': 1 });
  });

  it('tells the file and where its bytes go', async () => {
    const metadata = { album: 'summer' };
    const answer = await backend.begin('a', 'papers', { type: 'Image/PNG; charset=x', metadata });
    const { file, upload } = answer.json as UploadReply;
    expect(answer).toMatchObject({ status: 201, headers: { location: `/files/papers/${file.id}`, etag: '"1"' } });
    expect(file).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      folder: 'papers',
      owner: backend.idOf('a'),
      name: 'pixel.png',
      type: 'image/png',
      sizeBytes: pixel.length,
      status: 'pending',
      metadata,
      version: 1,
      createdAt: expect.any(String),
      updatedAt: file.createdAt,
    });
    expect(upload).toMatchObject({ kind: 'post', url: expect.stringMatching(/^http/) });
    const lifeMs = Date.parse(upload.expiresAt) - Date.now();
    expect(lifeMs).toBeGreaterThan((fileLimits.uploadSeconds - 60) * 1_000);
    expect(lifeMs).toBeLessThanOrEqual(fileLimits.uploadSeconds * 1_000);
  });

  it('ST07, ST11 signs the key, the type, the size, the sum and how it is saved, and nothing else', async () => {
    const checksumSha256 = createHash('sha256').update(pixel).digest('base64');
    const { file, upload } = await backend.pending('a', 'papers', { name: 'a"\u00e9.pdf', type: 'application/pdf', checksumSha256 });
    if (upload.kind !== 'post') throw new Error('expected a form');
    const policy = JSON.parse(Buffer.from(upload.fields['Policy'] ?? '', 'base64').toString()) as { conditions: unknown[] };
    const { key = '' } = upload.fields;
    expect(key).toMatch(new RegExp(`^papers/${backend.idOf('a')}/${file.id}/[0-9a-f]{24}$`));
    expect(policy.conditions).toEqual(
      expect.arrayContaining([
        { key },
        { 'Content-Type': 'application/pdf' },
        ['content-length-range', pixel.length, pixel.length],
        { 'x-amz-checksum-sha256': checksumSha256 },
        { 'Content-Disposition': `attachment; filename="a__.pdf"; filename*=UTF-8''a%22%C3%A9.pdf` },
        { 'x-amz-meta-plinth-file': file.id },
      ]),
    );
    const free = policy.conditions.filter((condition) => Array.isArray(condition) && condition[0] === 'starts-with');
    expect(free).toEqual([]);
  });

  it.each([
    ['ST04 NFD as NFC', 'e\u0301.png', '\u00e9.png'],
    ['ST04 a plus and a space', 'a+b c.png', 'a+b c.png'],
    ['ST16 a question mark and a hash', 'a?b#c.png', 'a?b#c.png'],
    ['ST16 no extension', 'photo', 'photo'],
  ])('takes %s', async (_what, name, stored) => {
    const { file } = await backend.pending('b', 'papers', { name });
    expect((await backend.call('b', { path: `/files/papers/${file.id}` })).json).toMatchObject({ name: stored });
  });

  it('ST08 takes an empty file, which counts nothing', async () => {
    const used = await backend.usedBytes('b');
    expect((await backend.pending('b', 'papers', { bytes: new Uint8Array(), type: 'text/plain' })).file.sizeBytes).toBe(0);
    expect(await backend.usedBytes('b')).toBe(used);
  });
});

describe('an Idempotency-Key', () => {
  const begin = (key: string, sample: Sample = {}) => backend.begin('b', 'papers', sample, { 'idempotency-key': key });

  it('is refused where it is not well formed', async () => {
    expectProblem(await begin('a b'), { status: 400, code: 'invalid_idempotency_key' });
  });

  it('begins one upload, however often it comes, and gives a form each time', async () => {
    const used = await backend.usedBytes('b');
    const answers = [await begin('once'), await begin('once'), ...(await Promise.all([begin('once'), begin('once')]))];
    const replies = answers.map((answer) => answer.json as UploadReply);
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    expect(new Set(replies.map(({ file }) => file.id)).size).toBe(1);
    expect(answers.slice(1).every(({ headers }) => headers['idempotency-replayed'] === 'true')).toBe(true);
    expect(replies.every(({ upload }) => upload.kind === 'post' && 'Policy' in upload.fields)).toBe(true);
    expect(await backend.usedBytes('b')).toBe(used + pixel.length);
  });

  it('is refused for another request, and is another one for another caller', async () => {
    expectProblem(await begin('once', { name: 'other.png' }), { status: 422, code: 'idempotency_mismatch' });
    const { status, headers } = await backend.begin('a', 'papers', {}, { 'idempotency-key': 'once' });
    expect({ status, replayed: headers['idempotency-replayed'] }).toEqual({ status: 201, replayed: undefined });
  });
});

describe('the quota', () => {
  it('ST19 is never exceeded, also by parallel uploads, and says what is used', async () => {
    const user = await backend.cases.newUser();
    const sizeBytes = 10 * mebibyte;
    const begin = () =>
      backend.callWith(user.accessToken, {
        method: 'POST',
        path: '/files/drops',
        body: { name: 'big.bin', type: 'application/octet-stream', sizeBytes },
      });
    const answers = await Promise.all(Array.from({ length: 8 }, begin));
    const taken = answers.filter(({ status }) => status === 201);
    expect(answers.filter(({ status }) => status !== 201).map(({ status }) => status)).toEqual([413, 413, 413]);
    expect(taken).toHaveLength(5);
    const problem = expectProblem(await begin(), { status: 413, code: 'quota_exceeded' });
    expect(problem.detail).toContain(String(50 * mebibyte));
    const usage = await backend.callWith(user.accessToken, { path: '/files/usage' });
    expect(usage.json).toEqual({ usedBytes: 50 * mebibyte, quotaBytes: 50 * mebibyte });
  });

  it('is told to users alone', async () => {
    expectProblem(await backend.call('guest', { path: '/files/usage' }), { status: 401, code: 'unauthenticated' });
  });
});

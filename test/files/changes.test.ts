import type { FileEntry, UploadReply } from '../../contracts/files.ts';
import { expectProblem } from '../support/expect-problem.ts';
import { FilesBackend, pixel, sendForm } from './files-backend.ts';

let backend: FilesBackend;

beforeAll(async () => {
  backend = await FilesBackend.start();
});
afterAll(() => backend?.stop());

const path = ({ folder, id }: FileEntry, rest = ''): string => `/files/${folder}/${id}${rest}`;

describe('updateFile', () => {
  it('changes name and notes with one conditional request, and nothing of the bytes', async () => {
    const file = await backend.upload('a', 'papers', { metadata: { album: 'x' } });
    const call = { method: 'PATCH', path: path(file), body: { name: 'e\u0301.png', metadata: { album: 'y', by: 'me' } } };
    let answer = await backend.call('b', { ...call });
    expectProblem(answer, { status: 404, code: 'not_found' });
    const requests = await backend.requestsOf(async () => {
      answer = await backend.call('a', call);
    });
    expect(requests).toEqual({ 'dynamodb:UpdateItem': 1 });
    expect(answer).toMatchObject({ status: 200, headers: { etag: `"${file.version + 1}"` } });
    expect(answer.json).toEqual({
      ...file,
      name: '\u00e9.png',
      metadata: { album: 'y', by: 'me' },
      version: file.version + 1,
      updatedAt: expect.any(String),
    });
    const without = await backend.call('a', { ...call, body: { metadata: null } });
    expect(without.json).not.toHaveProperty('metadata');
  });

  it('refuses what it may not change', async () => {
    const { file } = await backend.pending('a', 'papers');
    for (const [body, code, status] of [
      [{ name: '../x' }, 'invalid_path', 400],
      [{ owner: 'b' }, 'read_only_field', 400],
      [{ sizeBytes: 1 }, 'unknown_field', 400],
      [{ metadata: { a: 1 } }, 'validation_failed', 400],
    ] as const) {
      expectProblem(await backend.call('a', { method: 'PATCH', path: path(file), body }), { status, code });
    }
  });

  it('goes by If-Match', async () => {
    const { file } = await backend.pending('a', 'papers');
    const patch = (ifMatch: string) =>
      backend.call('a', { method: 'PATCH', path: path(file), body: { name: 'new.png' }, headers: { 'if-match': ifMatch } });
    expectProblem(await patch('"7"'), { status: 412, code: 'version_mismatch' });
    expectProblem(await patch('7'), { status: 400, code: 'invalid_precondition' });
    expect(await patch('"1"')).toMatchObject({ status: 200, json: { version: 2 } });
    expectProblem(await patch('"1"'), { status: 412, code: 'version_mismatch' });
  });
});

describe('deleteFile', () => {
  it('ST13 deletes the row and gives the bytes back, in one transaction; then there is nothing', async () => {
    const used = await backend.usedBytes('a');
    const file = await backend.upload('a', 'papers');
    expect(await backend.usedBytes('a')).toBe(used + pixel.length);
    expectProblem(await backend.call('b', { method: 'DELETE', path: path(file) }), { status: 404, code: 'not_found' });
    const stale = { method: 'DELETE', path: path(file), headers: { 'if-match': '"1"' } };
    expectProblem(await backend.call('a', stale), { status: 412, code: 'version_mismatch' });
    const answer = await backend.call('a', { method: 'DELETE', path: path(file) });
    expect(answer.status).toBe(204);
    expect(await backend.usedBytes('a')).toBe(used);
    for (const call of [{ method: 'DELETE', path: path(file) }, { path: path(file) }, { path: path(file, '/link') }])
      expectProblem(await backend.call('a', call), { status: 404, code: 'not_found' });
  });

  it('gives the bytes back once, however many ask at the same time', async () => {
    const used = await backend.usedBytes('a');
    const { file } = await backend.pending('a', 'papers');
    const answers = await Promise.all(Array.from({ length: 5 }, () => backend.call('a', { method: 'DELETE', path: path(file) })));
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 404, 404, 404, 404]);
    expect(await backend.usedBytes('a')).toBe(used);
  });
});

describe('replaceFile', () => {
  const replace = (file: FileEntry, body: object = {}, headers = {}) =>
    backend.call('a', {
      method: 'POST',
      path: path(file, '/upload'),
      body: { type: 'image/png', sizeBytes: pixel.length, ...body },
      headers,
    });

  it('keeps the old bytes until the new ones have arrived, and counts both until then', async () => {
    const used = await backend.usedBytes('a');
    const file = await backend.upload('a', 'papers', { name: 'a.png' });
    const before = (await backend.stored(file.id))?.['key'];
    expectProblem(await replace(file, { type: 'image/svg+xml' }), { status: 400, code: 'type_not_allowed' });
    const answer = await replace(file, { name: 'b.txt', type: 'text/plain', sizeBytes: 5 });
    const { file: replacing, upload } = answer.json as UploadReply;
    expect(answer.status).toBe(201);
    expect(replacing).toMatchObject({ name: 'b.txt', type: 'image/png', sizeBytes: pixel.length, status: 'ready', replacing: true });
    expect((await backend.stored(file.id))?.['key']).toBe(before);
    expect(await backend.usedBytes('a')).toBe(used + pixel.length + 5);
    await sendForm(upload, Buffer.from('hello'));
    const after = await backend.settled(replacing);
    expect(after).toMatchObject({ name: 'b.txt', type: 'text/plain', sizeBytes: 5, status: 'ready' });
    expect(after).not.toHaveProperty('replacing');
    expect((await backend.stored(file.id))?.['key']).not.toBe(before);
    expect(await backend.usedBytes('a')).toBe(used + 5);
  });

  it('begins anew what has not arrived, and counts it once', async () => {
    const used = await backend.usedBytes('a');
    const { file } = await backend.pending('a', 'papers', { bytes: new Uint8Array(1_000) });
    const { file: anew, upload } = (await replace(file)).json as UploadReply;
    expect(anew).toMatchObject({ id: file.id, status: 'pending', sizeBytes: pixel.length, version: 2 });
    expect(await backend.usedBytes('a')).toBe(used + pixel.length);
    await sendForm(upload, pixel);
    expect(await backend.settled(anew)).toMatchObject({ status: 'ready' });
  });

  it('does it once for one Idempotency-Key, also with If-Match', async () => {
    const { file } = await backend.pending('a', 'papers');
    const headers = { 'idempotency-key': crypto.randomUUID(), 'if-match': '"1"' };
    const [first, second] = [await replace(file, {}, headers), await replace(file, {}, headers)];
    expect([first.status, second.status, second.headers['idempotency-replayed']]).toEqual([201, 201, 'true']);
    expect((second.json as UploadReply).file.version).toBe(2);
  });

  it('is given up without a trace', async () => {
    const used = await backend.usedBytes('a');
    const file = await backend.upload('a', 'papers');
    const abort = { method: 'DELETE', path: path(file, '/upload') };
    expectProblem(await backend.call('a', abort), { status: 404, code: 'not_found' });
    await replace(file, { sizeBytes: 1_000 });
    expect((await backend.call('a', abort)).status).toBe(204);
    expect(await backend.usedBytes('a')).toBe(used + pixel.length);
    expect((await backend.call('a', { path: path(file) })).json).toMatchObject({ status: 'ready' });
    const { file: fresh } = await backend.pending('a', 'papers');
    expect((await backend.call('a', { method: 'DELETE', path: path(fresh, '/upload') })).status).toBe(204);
    expectProblem(await backend.call('a', { path: path(fresh) }), { status: 404, code: 'not_found' });
    expect(await backend.usedBytes('a')).toBe(used + pixel.length);
  });
});

describe('copyFile', () => {
  const copy = (asker: 'a' | 'b', file: FileEntry, body: object, headers = {}) =>
    backend.call(asker, { method: 'POST', path: path(file, '/copy'), body, headers });

  it('makes a file of the caller, which counts in the caller’s quota', async () => {
    const file = await backend.upload('a', 'avatars', { metadata: { by: 'a' } });
    const used = await backend.usedBytes('b');
    let answer = await copy('b', file, { folder: 'papers', name: 'copy.png' });
    const made = answer.json as FileEntry;
    expect(answer).toMatchObject({ status: 201, headers: { location: `/files/papers/${made.id}`, etag: '"2"' } });
    expect(made).toMatchObject({ owner: backend.idOf('b'), folder: 'papers', name: 'copy.png', status: 'ready', metadata: { by: 'a' } });
    expect(await backend.usedBytes('b')).toBe(used + pixel.length);
    const requests = await backend.requestsOf(async () => {
      answer = await copy('b', file, { folder: 'papers' });
    });
    expect(answer.status).toBe(201);
    expect(requests).toMatchObject({ 'dynamodb:TransactWriteItems': 1, 's3:CopyObject': 1, 'dynamodb:PutItem': 1 });
  });

  it('asks the rules of both folders, and what the target takes', async () => {
    const file = await backend.upload('a', 'avatars');
    const text = await backend.upload('a', 'avatars', { name: 'a.txt', type: 'text/plain', bytes: Buffer.from('text') });
    const { file: pending } = await backend.pending('a', 'avatars');
    const secret = await backend.upload('a', 'papers');
    await backend.changesNothing(async () => {
      expectProblem(await copy('b', secret, { folder: 'papers' }), { status: 404, code: 'not_found' });
      expectProblem(await copy('a', file, { folder: 'team' }), { status: 403, code: 'forbidden' });
      expectProblem(await copy('a', file, { folder: 'nowhere' }), { status: 404, code: 'unknown_folder' });
      expectProblem(await copy('a', file, { folder: 'attachments', record: 'none' }), { status: 404, code: 'not_found' });
      expectProblem(await copy('a', text, { folder: 'pages' }), { status: 400, code: 'type_not_allowed' });
      expectProblem(await copy('a', pending, { folder: 'papers' }), { status: 409, code: 'not_ready' });
      expectProblem(await copy('a', file, { folder: 'papers', name: 'a/b' }), { status: 400, code: 'invalid_path' });
    });
  });

  it('is made once for one Idempotency-Key', async () => {
    const file = await backend.upload('a', 'avatars');
    const headers = { 'idempotency-key': crypto.randomUUID() };
    const [first, second] = [await copy('b', file, { folder: 'papers' }, headers), await copy('b', file, { folder: 'papers' }, headers)];
    expect([first.status, second.status, second.headers['idempotency-replayed']]).toEqual([201, 201, 'true']);
    expect(second.json).toEqual(first.json);
  });
});

describe('moveFile', () => {
  const move = (file: FileEntry, body: object, headers = {}) =>
    backend.call('a', { method: 'POST', path: path(file, '/move'), body, headers });

  it('keeps id, owner and what it counts, and leaves nothing behind', async () => {
    const used = await backend.usedBytes('a');
    const file = await backend.upload('a', 'papers');
    const answer = await move(file, { folder: 'avatars', name: 'me.png' });
    expect(answer).toMatchObject({ status: 200, headers: { location: `/files/avatars/${file.id}` } });
    expect(answer.json).toMatchObject({
      id: file.id,
      owner: file.owner,
      folder: 'avatars',
      name: 'me.png',
      status: 'ready',
      version: file.version + 1,
    });
    expectProblem(await backend.call('a', { path: path(file) }), { status: 404, code: 'not_found' });
    expect((await backend.stored(file.id))?.['key']).toMatch(/^avatars\//);
    expect(await backend.usedBytes('a')).toBe(used + pixel.length);
    expect((await backend.rows()).filter(({ fileId }) => fileId === file.id)).toEqual([]);
  });

  it('keeps the file where it is if anything forbids the move', async () => {
    const file = await backend.upload('a', 'papers');
    await backend.changesNothing(async () => {
      expectProblem(await move(file, { folder: 'team' }), { status: 403, code: 'forbidden' });
      expectProblem(await move(file, { folder: 'pages' }), { status: 400, code: 'type_not_allowed' });
      expectProblem(await move(file, { folder: 'avatars' }, { 'if-match': '"9"' }), { status: 412, code: 'version_mismatch' });
    });
  });

  it('is done once for one Idempotency-Key', async () => {
    const file = await backend.upload('a', 'papers');
    const headers = { 'idempotency-key': crypto.randomUUID() };
    const [first, second] = [await move(file, { folder: 'avatars' }, headers), await move(file, { folder: 'avatars' }, headers)];
    expect([first.status, second.status, second.headers['idempotency-replayed']]).toEqual([200, 200, 'true']);
    expect(second.json).toEqual(first.json);
  });

  it('changes the name alone without touching the bytes', async () => {
    const file = await backend.upload('a', 'papers');
    const key = (await backend.stored(file.id))?.['key'];
    expect(await move(file, { folder: 'papers', name: 'b.png' })).toMatchObject({ status: 200, json: { name: 'b.png' } });
    expect((await backend.stored(file.id))?.['key']).toBe(key);
  });
});

import type { FileEntry } from '../../contracts/files.ts';
import { expectProblem } from '../support/expect-problem.ts';
import { eventually } from './eventually.ts';
import { type Asker, FilesBackend, pixel } from './files-backend.ts';

let backend: FilesBackend;
/** A's files, by folder; `team` is the editor's. `shared` and `secret` are notes of A. */
let files: Readonly<Record<'papers' | 'avatars' | 'team' | 'drops' | 'shared' | 'secret', FileEntry>>;
let notes: Readonly<Record<'shared' | 'secret', string>>;

const note = async (fields: object): Promise<string> => String((await backend.cases.create('a', 'Note', { title: 'x', ...fields }))['id']);
beforeAll(async () => {
  backend = await FilesBackend.start();
  notes = { shared: await note({ shared: true }), secret: await note({}) };
  const text = { name: 'a.txt', type: 'text/plain', bytes: Buffer.from('text') };
  files = {
    papers: await backend.upload('a', 'papers'),
    avatars: await backend.upload('a', 'avatars'),
    team: await backend.upload('editor', 'team'),
    drops: await backend.upload('a', 'drops', text),
    shared: await backend.upload('a', 'attachments', { record: notes.shared }),
    secret: await backend.upload('a', 'attachments', { record: notes.secret }),
  };
});
afterAll(() => backend?.stop());

type Statuses = Readonly<Record<Asker, number>>;
const askers: readonly Asker[] = ['guest', 'a', 'b', 'editor', 'admin'];
const all = (guest: number, a: number, b: number, editor: number, admin: number): Statuses => ({ guest, a, b, editor, admin });
const upload = { type: 'image/png', sizeBytes: pixel.length };

/** Reading routes of a file: what `get` allows. */
const reads: readonly (readonly [file: keyof typeof files, Statuses])[] = [
  ['papers', all(401, 200, 404, 404, 404)],
  ['avatars', all(200, 200, 200, 200, 200)],
  ['team', all(401, 200, 200, 200, 200)],
  ['drops', all(401, 404, 404, 404, 200)],
  ['shared', all(200, 200, 200, 200, 200)],
  ['secret', all(404, 200, 404, 200, 404)],
];
/** Changing routes: what `update` and `delete` allow. */
const writes: readonly (readonly [file: keyof typeof files, route: string, Statuses])[] = [
  ['papers', 'update', all(401, 200, 404, 404, 404)],
  ['avatars', 'update', all(401, 200, 403, 403, 403)],
  ['team', 'update', all(401, 403, 403, 200, 403)],
  ['drops', 'update', all(401, 404, 404, 404, 200)],
  ['shared', 'update', all(401, 200, 403, 200, 403)],
  ['secret', 'update', all(401, 200, 404, 200, 404)],
  ['papers', 'replace', all(401, 201, 404, 404, 404)],
  ['team', 'replace', all(401, 403, 403, 201, 403)],
  ['shared', 'replace', all(401, 201, 403, 201, 403)],
  ['secret', 'replace', all(401, 201, 404, 201, 404)],
  ['papers', 'abort', all(401, 204, 404, 404, 404)],
  ['team', 'abort', all(401, 403, 403, 204, 403)],
  ['shared', 'abort', all(401, 204, 403, 404, 403)],
  ['secret', 'abort', all(401, 204, 404, 404, 404)],
];

const call = (asker: Asker, file: FileEntry, method: string, rest = '', body?: object) =>
  backend.call(asker, { method, path: `/files/${file.folder}/${file.id}${rest}`, ...(body && { body }) });
const statusOf = async (answer: Promise<{ readonly status: number }>): Promise<number> => (await answer).status;
const statusesOf = async (run: (asker: Asker) => Promise<{ readonly status: number }>): Promise<Statuses> => {
  const found: Partial<Record<Asker, number>> = {};
  for (const asker of askers) found[asker] = await statusOf(run(asker));
  return found as Statuses;
};

describe('the rules of a folder', () => {
  it.each(reads)('ST17 let the same callers read and have %s', async (name, expected) => {
    expect(await statusesOf((asker) => call(asker, files[name], 'GET'))).toEqual(expected);
    expect(await statusesOf((asker) => call(asker, files[name], 'GET', '/link'))).toEqual(expected);
  });

  it.each(writes)('decide who may change %s: %s', async (name, route, expected) => {
    const run = (asker: Asker) => {
      if (route === 'update') return call(asker, files[name], 'PATCH', '', { metadata: { by: asker } });
      if (route === 'replace') return call(asker, files[name], 'POST', '/upload', upload);
      return call(asker, files[name], 'DELETE', '/upload');
    };
    const found = await statusesOf(run);
    // The first who may give an upload up leaves nothing to the next.
    expect(found).toEqual(expected);
  });

  it.each<readonly [string, object, Statuses]>([
    ['papers', {}, all(401, 201, 201, 201, 201)],
    ['team', {}, all(401, 403, 403, 201, 403)],
    ['drops', { type: 'text/plain' }, all(401, 201, 201, 201, 201)],
    ['closed', {}, all(401, 403, 403, 403, 403)],
  ])('decide who may upload to %s', async (folder, sample, expected) => {
    expect(await statusesOf((asker) => backend.begin(asker, folder, sample))).toEqual(expected);
  });

  it('let uploads follow the record', async () => {
    const begin = (record: string) => (asker: Asker) => backend.begin(asker, 'attachments', { record });
    expect(await statusesOf(begin(notes.shared))).toEqual(all(401, 201, 403, 201, 403));
    expect(await statusesOf(begin(notes.secret))).toEqual(all(401, 201, 404, 201, 404));
  });

  it('let lists follow the record', async () => {
    const list = (record: string) => (asker: Asker) => backend.call(asker, { path: `/files/attachments?record=${record}` });
    expect(await statusesOf(list(notes.shared))).toEqual(all(200, 200, 200, 200, 200));
    expect(await statusesOf(list(notes.secret))).toEqual(all(404, 200, 404, 200, 404));
  });

  it('read the record once, and only where the answer depends on it', async () => {
    await call('a', files.secret, 'GET');
    expect(await backend.requestsOf(() => call('a', files.secret, 'GET'))).toEqual({ 'dynamodb:GetItem': 2 });
    expect(await backend.requestsOf(() => call('a', files.papers, 'GET'))).toEqual({ 'dynamodb:GetItem': 1 });
    expect(await backend.requestsOf(() => call('guest', files.papers, 'GET'))).toEqual({});
  });

  it('go by the record as it is now: unshared, gone, and past its time', async () => {
    const id = await note({ shared: true });
    const file = await backend.upload('a', 'attachments', { record: id });
    expect(await statusOf(call('b', file, 'GET'))).toBe(200);
    await backend.call('a', { method: 'PATCH', path: `/data/Note/${id}`, body: { shared: false } });
    expect(await statusOf(call('b', file, 'GET'))).toBe(404);
    const endsAt = new Date(Date.now() - 1_000).toISOString();
    await backend.call('a', { method: 'PATCH', path: `/data/Note/${id}`, body: { endsAt } });
    expect(await statusOf(call('a', file, 'GET'))).toBe(404);
    await backend.call('a', { method: 'DELETE', path: `/data/Note/${id}` });
    expect(await statusOf(call('a', file, 'GET'))).toBe(404);
    // What it counts is given back with it, which the next test must not see.
    await eventually(async () => (await backend.stored(file.id)) === undefined);
  });

  it('have files go with their record, and give their bytes back', async () => {
    const used = await backend.usedBytes('a');
    const id = await note({ shared: true });
    const made = [
      await backend.upload('a', 'attachments', { record: id }),
      (await backend.pending('a', 'attachments', { record: id })).file,
    ];
    expect(await backend.usedBytes('a')).toBe(used + 2 * pixel.length);
    await backend.call('a', { method: 'DELETE', path: `/data/Note/${id}` });
    const end = Date.now() + 60_000;
    while ((await backend.usedBytes('a')) !== used) {
      if (Date.now() > end) throw new Error('the files of a deleted note are still counted');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    for (const file of made) expect(await backend.stored(file.id)).toBeUndefined();
    expect(await statusOf(call('a', files.secret, 'GET'))).toBe(200);
  });

  it('do not let a file be reached through another folder', async () => {
    for (const folder of ['avatars', 'team', 'attachments']) {
      expect(await statusOf(backend.call('a', { path: `/files/${folder}/${files.papers.id}` }))).toBe(404);
    }
    expectProblem(await backend.call('a', { path: '/files/papers/U%23x' }), { status: 400, code: 'invalid_id' });
  });

  it('ask both for a copy and a move', async () => {
    const to = (asker: Asker, file: FileEntry, verb: string, body: object) => call(asker, file, 'POST', `/${verb}`, body);
    expect(await statusesOf((asker) => to(asker, files.secret, 'copy', { folder: 'papers' }))).toEqual(all(401, 201, 404, 201, 404));
    expect(await statusesOf((asker) => to(asker, files.team, 'copy', { folder: 'papers' }))).toEqual(all(401, 201, 201, 201, 201));
    const intoSecret = { folder: 'attachments', record: notes.secret };
    expect(await statusesOf((asker) => to(asker, files.avatars, 'copy', intoSecret))).toEqual(all(401, 201, 404, 201, 404));
    expect(await statusesOf((asker) => to(asker, files.avatars, 'move', { folder: 'closed' }))).toEqual(all(401, 403, 403, 403, 403));
    // An admin may take the file out of the team's folder, but may not make another's file in a folder of owners.
    expect(await statusOf(to('admin', files.team, 'move', { folder: 'papers' }))).toBe(403);
  });

  it('decide who may delete', async () => {
    const remove = (name: keyof typeof files) => statusesOf((asker) => call(asker, files[name], 'DELETE'));
    expect(await remove('papers')).toEqual(all(401, 204, 404, 404, 404));
    expect(await remove('avatars')).toEqual(all(401, 204, 404, 404, 404));
    expect(await remove('drops')).toEqual(all(401, 404, 404, 404, 204));
    expect(await remove('secret')).toEqual(all(401, 204, 404, 404, 404));
    expect(await statusOf(call('b', files.shared, 'DELETE'))).toBe(403);
    expect(await statusOf(call('b', files.team, 'DELETE'))).toBe(403);
    expect(await statusOf(call('admin', files.team, 'DELETE'))).toBe(204);
  });
});

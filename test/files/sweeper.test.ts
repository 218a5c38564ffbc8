import { eventually } from './eventually.ts';
import { FilesBackend, pixel, sendForm } from './files-backend.ts';

let backend: FilesBackend;

beforeAll(async () => {
  backend = await FilesBackend.start();
});
afterAll(() => backend?.stop());

const dayMs = 86_400_000;

/** What a user keeps as it is stored: after days, the access tokens of the tests are of no use. */
const keptBy = async (actor: 'a' | 'b'): Promise<unknown> =>
  (await backend.rows()).find(({ id }) => id === `U#${backend.idOf(actor)}`)?.['usedBytes'] ?? 0;

const objects = async (): Promise<string> => JSON.stringify((JSON.parse(await backend.cases.state()) as { readonly s3: unknown }).s3);

type Begun = Awaited<ReturnType<FilesBackend['pending']>>;

describe('the sweeper', () => {
  it('ends the parts of an upload that is given up', async () => {
    const sizeBytes = 20 * 1024 * 1024;
    const begun = await backend.call('a', {
      method: 'POST',
      path: '/files/drops',
      body: { name: 'large.bin', type: 'application/octet-stream', sizeBytes },
    });
    const { file } = begun.json as Begun;
    const uploadId = (await backend.stored(file.id))?.['upload'] as { readonly uploadId: string };
    expect(await objects()).toContain(uploadId.uploadId);
    backend.cases.clock.advance(8 * dayMs);
    await eventually(async () => (await backend.stored(file.id)) === undefined);
    await eventually(async () => !(await objects()).includes(uploadId.uploadId));
    await eventually(async () => (await keptBy('a')) === 0);
  });

  it('gives back, once, what an upload had reserved that never came', async () => {
    const kept = await keptBy('b');
    const user = await backend.cases.newUser();
    const begun = await backend.callWith(user.accessToken, {
      method: 'POST',
      path: '/files/papers',
      body: { name: 'a.png', type: 'image/png', sizeBytes: pixel.length },
    });
    const { file } = begun.json as Begun;
    const usage = async () => (await backend.rows()).find(({ id }) => id === `U#${user.id}`)?.['usedBytes'];
    expect(await usage()).toBe(pixel.length);
    backend.cases.clock.advance(8 * dayMs);
    await eventually(async () => (await usage()) === 0);
    expect((await backend.rows()).filter(({ id }) => id === `M#${file.id}`)).toHaveLength(1);
    expect(await keptBy('b')).toBe(kept);
  });

  it('takes a replacement that never came out of its file, which stays', async () => {
    const user = await backend.cases.newUser();
    const as = (call: Parameters<FilesBackend['callWith']>[1]) => backend.callWith(user.accessToken, call);
    const body = { name: 'a.png', type: 'image/png', sizeBytes: pixel.length };
    const { file, upload } = (await as({ method: 'POST', path: '/files/papers', body })).json as Begun;
    await sendForm(upload, pixel);
    await backend.settled(file);
    const replaced = await as({ method: 'POST', path: `/files/papers/${file.id}/upload`, body: { type: 'image/png', sizeBytes: 1_000 } });
    expect(replaced.status).toBe(201);
    const usage = async () => (await backend.rows()).find(({ id }) => id === `U#${user.id}`)?.['usedBytes'];
    expect(await usage()).toBe(pixel.length + 1_000);
    backend.cases.clock.advance(8 * dayMs);
    await eventually(async () => (await usage()) === pixel.length);
    const row = await backend.stored(file.id);
    expect(row).toMatchObject({ status: 'ready', sizeBytes: pixel.length });
    expect(row).not.toHaveProperty('upload');
    expect(await objects()).toContain(String(row?.['key']));
  });

  it('forgets a refused file after a day', async () => {
    const user = await backend.cases.newUser();
    const bytes = Buffer.from('<!doctype html><p>');
    const begun = await backend.callWith(user.accessToken, {
      method: 'POST',
      path: '/files/papers',
      body: { name: 'a.png', type: 'image/png', sizeBytes: bytes.length },
    });
    const { file, upload } = begun.json as Begun;
    await sendForm(upload, bytes);
    expect(await backend.settled(file)).toMatchObject({ status: 'refused' });
    await eventually(async () => !(await objects()).includes(file.id));
    backend.cases.clock.advance(1.1 * dayMs);
    await eventually(async () => (await backend.stored(file.id)) === undefined);
    expect((await backend.rows()).filter(({ id }) => id === `M#${file.id}`)).toHaveLength(0);
  });
});

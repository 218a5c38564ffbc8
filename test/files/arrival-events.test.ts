import { reminderPrefix } from '../../contracts/files-table.ts';
import { BytesBackend, owner } from './bytes-backend.ts';
import { eventually } from './eventually.ts';
import { filesApp } from './files-backend.ts';

let backend: BytesBackend;

beforeAll(async () => {
  backend = await BytesBackend.start(filesApp);
});
afterAll(() => backend?.stop());

const key = (name: string): string => `papers/${owner}/${crypto.randomUUID()}/${name}`;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('arrivals', () => {
  it('delete what no file waits for, with the variants that somebody has had made of it', async () => {
    const orphan = key('orphan');
    const variant = `variants/${orphan}/small`;
    for (const each of [variant, orphan]) await backend.put(each, 'hello');
    for (const each of [variant, orphan]) await eventually(async () => !(await backend.isStored(each)));
  });

  it('delete bytes at another key than that of the upload, and leave the upload alone', async () => {
    const file = await backend.await(5, 'text/plain');
    const other = file.upload.key.replace('content1', 'content2');
    await backend.put(other, 'hello');
    await eventually(async () => !(await backend.isStored(other)));
    expect(await backend.row(file.id)).toMatchObject({ status: 'pending', upload: { key: file.upload.key } });
  });

  it('leave bytes alone that a move has put in place before it changes the file', async () => {
    const moved = key('moved');
    await backend.putRow({ id: `${reminderPrefix}${moved}`, fileId: 'x', key: moved, expiresAt: Math.floor(Date.now() / 1_000) + 9_999 });
    await backend.put(moved, 'hello');
    await backend.tellOf(moved);
    await pause(1_500);
    expect(await backend.isStored(moved)).toBe(true);
  });

  it('leave bytes alone that belong to no folder', async () => {
    await backend.put('elsewhere/x/y', 'hello');
    await backend.tellOf('elsewhere/x/y');
    await pause(1_000);
    expect(await backend.isStored('elsewhere/x/y')).toBe(true);
  });

  it('ST08 refuse more and fewer bytes than were announced', async () => {
    for (const body of ['hell', 'hello!']) {
      const file = await backend.await(5, 'text/plain');
      await backend.put(file.upload.key, body);
      await eventually(async () => (await backend.row(file.id))?.['status'] === 'refused');
      expect(await backend.row(file.id)).toMatchObject({ reason: 'size_mismatch' });
      expect(await backend.row(`U#${owner}`)).toMatchObject({ usedBytes: 0 });
      await eventually(async () => !(await backend.isStored(file.upload.key)));
    }
  });

  it('change nothing when they are told of the same object again, early or late', async () => {
    const file = await backend.await(5, 'text/plain');
    // Before there is anything: that is no failure, which would come again.
    await backend.tellOf(file.upload.key);
    await eventually(async () => (await backend.messages('ArrivalsWorkQueue')) === '[]');
    expect((await backend.row(file.id))?.['status']).toBe('pending');
    await backend.put(file.upload.key, 'hello');
    for (let time = 0; time < 5; time += 1) await backend.tellOf(file.upload.key);
    await eventually(async () => (await backend.row(file.id))?.['status'] === 'ready');
    await pause(1_500);
    expect(await backend.row(file.id)).toMatchObject({ version: 2, key: file.upload.key });
    expect(await backend.row(`U#${owner}`)).toMatchObject({ usedBytes: 5 });
    expect(await backend.isStored(file.upload.key)).toBe(true);
  });

  it('put aside a message that nobody understands, and go on with the others of its batch', async () => {
    await backend.tell('{ no JSON');
    const file = await backend.await(5, 'text/plain');
    await backend.put(file.upload.key, 'hello');
    await eventually(async () => (await backend.row(file.id))?.['status'] === 'ready');
    await eventually(async () => {
      backend.local.clock.advance(200_000);
      return (await backend.messages('ArrivalsWorkDeadLetters')).includes('no JSON');
    });
  });
});

import { expectProblem } from '../support/expect-problem.ts';
import { eventually } from './eventually.ts';
import { FilesBackend, pixel, sendForm } from './files-backend.ts';

let backend: FilesBackend;

beforeAll(async () => {
  backend = await FilesBackend.start();
});
afterAll(() => backend?.stop());

const lookedAgain = async (id: string, status: string): Promise<void> => {
  const end = Date.now() + 60_000;
  while ((await backend.stored(id))?.['status'] !== status) {
    if (Date.now() > end) throw new Error(`the file is not ${status}: ${JSON.stringify(await backend.stored(id))}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

describe('a form that is sent again after its bytes were looked at', () => {
  it('ST05 has a file taken down that is no longer what it was said to be', async () => {
    const used = await backend.usedBytes('a');
    const { file, upload } = await backend.pending('a', 'papers');
    await sendForm(upload, pixel);
    await backend.settled(file);
    const html = Buffer.from('<!DOCTYPE html><script>alert(1)</script>'.padEnd(pixel.length));
    expect((await sendForm(upload, html)).status).toBe(204);
    await lookedAgain(file.id, 'refused');
    expect((await backend.call('a', { path: `/files/papers/${file.id}` })).json).toMatchObject({ reason: 'type_mismatch' });
    expectProblem(await backend.call('a', { path: `/files/papers/${file.id}/link` }), { status: 409, code: 'not_ready' });
    expect(await backend.usedBytes('a')).toBe(used);
  });

  it('ST05 has the variants taken down with it', async () => {
    const { file, upload } = await backend.pending('a', 'avatars');
    await sendForm(upload, pixel);
    const { variants } = await backend.settled(file);
    const small = String(variants?.['small']);
    expect((await fetch(small)).status).toBe(200);
    const html = Buffer.from('<!DOCTYPE html><script>alert(1)</script>'.padEnd(pixel.length));
    expect((await sendForm(upload, html)).status).toBe(204);
    await lookedAgain(file.id, 'refused');
    await eventually(async () => (await fetch(small)).status === 404);
  });

  it('changes nothing where the bytes are the same', async () => {
    const { file, upload } = await backend.pending('a', 'papers');
    await sendForm(upload, pixel);
    const ready = await backend.settled(file);
    expect((await sendForm(upload, pixel)).status).toBe(204);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect((await backend.call('a', { path: `/files/papers/${file.id}` })).json).toEqual(ready);
  });
});

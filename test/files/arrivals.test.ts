import sharp from 'sharp';
import type { FileEntry, RefusalReason } from '../../contracts/files.ts';
import { eventually } from './eventually.ts';
import { FilesBackend, pixel, type Sample, sendForm } from './files-backend.ts';

let backend: FilesBackend;

beforeAll(async () => {
  backend = await FilesBackend.start();
});
afterAll(() => backend?.stop());

const text = (content: string): Uint8Array => Buffer.from(content);
const picture = (format: 'jpeg' | 'webp' | 'avif' | 'gif'): Promise<Buffer> =>
  sharp({ create: { width: 20, height: 10, channels: 3, background: 'teal' } })
    .toFormat(format)
    .toBuffer();
const html = '<!DOCTYPE html><html><script>alert(1)</script></html>';
const svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>';

/** Sends bytes to a place that was given out for others. */
const uploadAs = async (folder: string, sample: Sample, bytes: Uint8Array): Promise<FileEntry> => {
  const { file, upload } = await backend.pending('a', folder, { ...sample, bytes });
  await sendForm(upload, bytes);
  return backend.settled(file);
};

describe('a file that arrives', () => {
  it.each<[string, string, Sample, Uint8Array, RefusalReason]>([
    ['ST05 HTML that says to be a PNG', 'papers', { type: 'image/png' }, text(html), 'type_mismatch'],
    ['ST05 SVG that says to be a PNG', 'papers', { type: 'image/png' }, text(svg), 'type_mismatch'],
    ['ST05 SVG behind a declaration', 'papers', { type: 'image/webp' }, text(`<?xml version="1.0"?>${svg}`), 'type_mismatch'],
    ['ST05 HTML that says to be a text', 'papers', { type: 'text/plain' }, text(`\n <!-- x -->${html}`), 'type_mismatch'],
    ['ST05 HTML that says to be a PDF', 'papers', { type: 'application/pdf' }, text(html), 'type_mismatch'],
    ['a PNG that says to be a text', 'papers', { type: 'text/plain' }, pixel, 'type_mismatch'],
    ['a PNG that says to be a PDF', 'papers', { type: 'application/pdf' }, pixel, 'type_mismatch'],
    ['a PNG that says to be a JPEG', 'papers', { type: 'image/jpeg' }, pixel, 'type_mismatch'],
    ['ST08 an empty PNG', 'papers', { type: 'image/png' }, new Uint8Array(), 'type_mismatch'],
    ['an SVG that says to be HTML', 'pages', { type: 'text/html' }, text(svg), 'type_mismatch'],
    ['a text that says to be SVG', 'pages', { type: 'image/svg+xml' }, text('hello'), 'type_mismatch'],
  ])('is refused and gone: %s', async (_what, folder, sample, bytes, reason) => {
    const before = await backend.usedBytes('a');
    const file = await uploadAs(folder, sample, bytes);
    expect(file).toMatchObject({ status: 'refused', reason });
    expect(await backend.usedBytes('a')).toBe(before);
    const link = await backend.call('a', { path: `/files/${folder}/${file.id}/link` });
    expect(link.status).toBe(409);
    const row = await backend.stored(file.id);
    expect(row).toMatchObject({ status: 'refused', expiresAt: expect.any(Number) });
    expect(row).not.toHaveProperty('upload');
    expect(row).not.toHaveProperty('key');
  });

  it('can be had when it is what it said to be', async () => {
    const samples: readonly (readonly [string, Sample, Uint8Array])[] = [
      ['papers', { type: 'image/png' }, pixel],
      ['papers', { type: 'image/jpeg' }, await picture('jpeg')],
      ['papers', { type: 'image/webp' }, await picture('webp')],
      ['papers', { type: 'image/avif' }, await picture('avif')],
      ['papers', { type: 'image/gif' }, await picture('gif')],
      ['papers', { type: 'application/pdf' }, text('%PDF-1.7\n1 0 obj\n')],
      ['papers', { type: 'text/plain' }, text('Grüße, <b>kein</b> HTML')],
      ['papers', { type: 'text/plain' }, new Uint8Array()],
      ['pages', { type: 'text/html' }, text(html)],
      ['pages', { type: 'image/svg+xml' }, text(svg)],
      ['drops', { type: 'application/octet-stream' }, text(html)],
    ];
    const before = await backend.usedBytes('a');
    for (const [folder, sample, bytes] of samples) {
      const file = await uploadAs(folder, sample, bytes);
      expect({ folder, ...sample, status: file.status, reason: file.reason }).toEqual({ folder, ...sample, status: 'ready' });
      expect(file).toMatchObject({ sizeBytes: bytes.length, version: 2 });
    }
    expect(await backend.usedBytes('a')).toBe(before + samples.reduce((sum, [, , bytes]) => sum + bytes.length, 0));
  });

  it('leaves the file as it was when its replacement is refused', async () => {
    const file = await backend.upload('a', 'papers', { bytes: pixel });
    const before = await backend.usedBytes('a');
    const begun = await backend.call('a', {
      method: 'POST',
      path: `/files/papers/${file.id}/upload`,
      body: { type: 'image/png', sizeBytes: html.length },
    });
    expect(begun.status).toBe(201);
    const { file: replaced, upload } = begun.json as Awaited<ReturnType<FilesBackend['pending']>>;
    expect(replaced.replacing).toBe(true);
    await sendForm(upload, text(html));
    const after = await backend.settled(replaced);
    expect(after).toMatchObject({ status: 'ready', reason: 'type_mismatch', sizeBytes: pixel.length });
    expect(after).not.toHaveProperty('replacing');
    expect(await backend.usedBytes('a')).toBe(before);
    const link = (await backend.call('a', { path: `/files/papers/${file.id}/link` })).json as { url: string };
    expect(Buffer.from(await (await fetch(link.url)).arrayBuffer())).toEqual(pixel);
  });

  it('takes the place of what it replaces, which counts no more and is gone', async () => {
    const file = await backend.upload('a', 'avatars', { bytes: pixel });
    const before = await backend.usedBytes('a');
    expect((await fetch(String(file.url))).status).toBe(200);
    const next = await picture('webp');
    const begun = await backend.call('a', {
      method: 'POST',
      path: `/files/avatars/${file.id}/upload`,
      body: { type: 'image/webp', sizeBytes: next.length },
    });
    const { file: replaced, upload } = begun.json as Awaited<ReturnType<FilesBackend['pending']>>;
    await sendForm(upload, next);
    const after = await backend.settled(replaced);
    expect(after).toMatchObject({ status: 'ready', type: 'image/webp', sizeBytes: next.length });
    expect(after.url).not.toBe(file.url);
    expect(await backend.usedBytes('a')).toBe(before - pixel.length + next.length);
    expect(Buffer.from(await (await fetch(String(after.url))).arrayBuffer())).toEqual(next);
    await eventually(async () => (await fetch(String(file.url))).status >= 400);
  });

  it('is deleted when nothing waits for it any more', async () => {
    const { url = '' } = await backend.upload('a', 'avatars');
    const { file, upload } = await backend.pending('a', 'avatars');
    expect((await backend.call('a', { method: 'DELETE', path: `/files/avatars/${file.id}` })).status).toBe(204);
    expect((await sendForm(upload, pixel)).status).toBe(204);
    const key = upload.kind === 'post' ? upload.fields['key'] : '';
    await eventually(async () => (await fetch(`${new URL(url).origin}/${key}`)).status >= 400);
    expect(await backend.stored(file.id)).toBeUndefined();
  });
});

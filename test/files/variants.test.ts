import sharp, { type Metadata } from 'sharp';
import { eventually } from './eventually.ts';
import { FilesBackend, pixel } from './files-backend.ts';

let backend: FilesBackend;

beforeAll(async () => {
  backend = await FilesBackend.start();
});
afterAll(() => backend?.stop());

/** A photo that was taken with the camera turned, at a place that its EXIF data tell. */
const photo = (width = 300, height = 200): Promise<Buffer> =>
  sharp({ create: { width, height, channels: 3, background: 'teal' } })
    .withExif({ IFD0: { Copyright: 'secret' }, IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '48/1 8/1 0/1' } })
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer();

const imageOf = async (response: Response): Promise<Metadata> => sharp(Buffer.from(await response.arrayBuffer())).metadata();

describe('a variant', () => {
  it('that is not declared is not there, and costs nothing', async () => {
    const { variants = {} } = await backend.upload('a', 'avatars', { bytes: pixel });
    const path = String(variants['small']).replace(/small-\w+$/, '');
    for (const name of [
      'huge',
      'small',
      'small-00000000',
      'small.',
      'SMALL',
      '__proto__',
      'constructor',
      'small/small',
      '',
      '%2e%2e',
      '%00',
      'x'.repeat(300),
    ]) {
      const traffic = await backend.requestsOf(async () => {
        const { status } = await fetch(`${path}${name}`);
        expect({ name, isRefused: [400, 403, 404].includes(status) }).toEqual({ name, isRefused: true });
      });
      expect(traffic['s3:PutObject']).toBeUndefined();
    }
  });

  it('of a file that is not there is not there', async () => {
    const { variants = {} } = await backend.upload('a', 'avatars', { bytes: pixel });
    const response = await fetch(String(variants['small']).replace(/\w{6}\/small/, '000000/small'));
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 'not_found' });
    expect(response.headers.get('cache-control')).toBe('max-age=60');
  });

  it('of a damaged image is a problem that is remembered for a while, and the function goes on', async () => {
    const { variants = {} } = await backend.upload('a', 'avatars', { bytes: pixel.subarray(0, 50) });
    const response = await fetch(String(variants['small']));
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'validation_failed', detail: expect.stringContaining('no image') });
    expect(response.headers.get('cache-control')).toBe('max-age=60');
  });

  it('of what is no image is refused', async () => {
    const { url = '', variants } = await backend.upload('a', 'avatars', { type: 'text/plain', bytes: Buffer.from('hello') });
    expect(variants).toBeUndefined();
    const other = await backend.upload('a', 'avatars', { bytes: pixel });
    const { origin, pathname } = new URL(url);
    const file = String(other.variants?.['small']).split('/').at(-1);
    expect((await fetch(`${origin}/variants${pathname}/${file}`)).status).toBe(400);
  });

  it('of an image with more pixels than anybody needs is refused', async () => {
    const bytes = await sharp({ create: { width: 12_000, height: 9_000, channels: 3, background: 'red' } })
      .png({ compressionLevel: 9 })
      .toBuffer();
    const { variants = {} } = await backend.upload('a', 'avatars', { bytes });
    expect((await fetch(String(variants['small']))).status).toBe(400);
  });

  it('takes no other method', async () => {
    const { variants = {} } = await backend.upload('a', 'avatars', { bytes: pixel });
    expect((await fetch(String(variants['small']), { method: 'POST' })).status).toBeGreaterThanOrEqual(400);
  });

  it('has the declared size and format, stands upright, and tells nothing of where the photo was taken', async () => {
    const { variants = {} } = await backend.upload('a', 'avatars', { type: 'image/jpeg', bytes: await photo() });
    expect(Object.keys(variants)).toEqual(['small', 'wide']);
    const small = await fetch(String(variants['small']));
    expect(small.status).toBe(200);
    expect(small.headers.get('content-type')).toBe('image/webp');
    expect(small.headers.get('x-content-type-options')).toBe('nosniff');
    const image = await imageOf(small);
    expect(image).toMatchObject({ format: 'webp', width: 64, height: 64 });
    expect(image.exif).toBeUndefined();
    // Turned by a quarter; never enlarged.
    expect(await imageOf(await fetch(String(variants['wide'])))).toMatchObject({ width: 200, height: 300 });
  });

  it('is made once, and then comes from the bucket and the CDN', async () => {
    const { variants = {} } = await backend.upload('a', 'avatars', { type: 'image/jpeg', bytes: await photo() });
    const first = await fetch(String(variants['small']));
    const bytes = Buffer.from(await first.arrayBuffer());
    const traffic = await backend.requestsOf(async () => {
      const again = await fetch(String(variants['small']));
      expect(Buffer.from(await again.arrayBuffer())).toEqual(bytes);
    });
    expect(traffic).toEqual({});
    expect(first.headers.get('cache-control')).toContain('immutable');
  });

  it('of a moving picture moves', async () => {
    const frame = (background: string) =>
      sharp({ create: { width: 80, height: 40, channels: 3, background } })
        .png()
        .toBuffer();
    const bytes = await sharp([await frame('red'), await frame('blue')], { join: { animated: true } })
      .gif()
      .toBuffer();
    const { variants = {} } = await backend.upload('a', 'avatars', { type: 'image/gif', bytes });
    const response = await fetch(String(variants['small']));
    const image = await sharp(Buffer.from(await response.arrayBuffer()), { animated: true }).metadata();
    expect(image).toMatchObject({ format: 'webp', pages: 2, width: 64 });
  });

  it('of a private folder needs a link of its own', async () => {
    const file = await backend.upload('editor', 'team', { bytes: pixel });
    expect(file.variants).toBeUndefined();
    const answer = await backend.call('editor', { path: `/files/team/${file.id}/link?variant=small` });
    const { url } = answer.json as { readonly url: string };
    const [open = ''] = url.split('?');
    expect((await fetch(open)).status).toBe(403);
    expect(await imageOf(await fetch(url))).toMatchObject({ format: 'webp' });
    // The link is for this variant and for nothing else.
    const [, signature = ''] = url.split('?');
    expect((await fetch(`${open.replace('/variants/', '/').replace(/\/small-\w+$/, '')}?${signature}`)).status).toBe(403);
  });

  it('ST13 goes with its file, from the bucket and from the CDN', async () => {
    const { id, url = '', variants = {} } = await backend.upload('a', 'avatars', { bytes: pixel });
    expect((await fetch(url)).status).toBe(200);
    expect((await fetch(String(variants['small']))).status).toBe(200);
    expect((await backend.call('a', { method: 'DELETE', path: `/files/avatars/${id}` })).status).toBe(204);
    await eventually(async () => (await fetch(url)).status >= 400);
    await eventually(async () => (await fetch(String(variants['small']))).status >= 400);
    expect((await backend.call('a', { method: 'DELETE', path: `/files/avatars/${id}` })).status).toBe(404);
    const objects = JSON.stringify((JSON.parse(await backend.cases.state()) as { readonly s3: unknown }).s3);
    expect(objects).not.toContain(id);
  });
});

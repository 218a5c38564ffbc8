import { createHash, randomBytes } from 'node:crypto';
import { createClient, FileRefusedError, memoryStorage, PlinthError } from '../../client/client.ts';
import type { backend } from '../../examples/photos/backend.ts';
import { type LocalBackend, startLocal } from '../../local/local-backend.ts';
import { newPerson } from '../data/relations-backend.ts';
import { cachedAssembly } from '../support/cached-assembly.ts';
import { CuttingProxy } from './cutting-proxy.ts';

const mebibyte = 1024 * 1024;
/** The beginning of an MP4 file (ISO/IEC 14496-12, 4.3), by which it is known. */
const movie = (bytes: number): Buffer =>
  Buffer.concat([Buffer.from('00000020667479706d703432000000006d70343269736f6d61766331', 'hex'), randomBytes(bytes - 28)]);
const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPj/HwADBwIAMCbHYQAAAABJRU5ErkJggg==', 'base64');

let local: LocalBackend;
beforeAll(async () => {
  local = await startLocal({
    assembly: cachedAssembly({ app: 'examples/photos/app.ts', sources: ['examples/photos/app.ts', 'examples/photos/backend.ts'] }),
  });
});
afterAll(() => local?.dispose());

const clientOf = async (groups: readonly string[] = [], own?: typeof fetch) => {
  const person = await newPerson(local, groups);
  const client = createClient<typeof backend>({ url: local.apiUrl, storage: memoryStorage(), ...(own && { fetch: own }) });
  await client.auth.login({ email: person.email, password: 'correct-horse-1' });
  return { ...client, person };
};
const codeOf = async (promise: Promise<unknown>): Promise<string> => {
  const failure = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(PlinthError);
  return (failure as PlinthError).code;
};
const eventually = async <T>(read: () => Promise<T>, isSo: (value: T) => boolean): Promise<T> => {
  let value = await read();
  for (let tries = 0; tries < 1_200 && !isSo(value); tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    value = await read();
  }
  return value;
};

describe('The client’s files on a running backend', () => {
  it('takes a photo from upload to delete', async () => {
    const { files } = await clientOf();
    const told: number[] = [];
    const photo = await files.photos.upload(new File([png], 'dot é.png', { type: 'image/png' }), {
      metadata: { place: 'Kiel' },
      onProgress: ({ loadedBytes }) => told.push(loadedBytes),
    });
    const checksumSha256 = createHash('sha256').update(png).digest('base64');
    expect(photo).toMatchObject({ name: 'dot é.png', status: 'ready', sizeBytes: png.length, metadata: { place: 'Kiel' }, checksumSha256 });
    expect([told[0], told.at(-1)]).toEqual([0, png.length]);
    expect(Buffer.from(await (await fetch(photo.url ?? '')).arrayBuffer()).equals(png)).toBe(true);
    expect((await fetch(photo.variants?.small ?? '')).headers.get('content-type')).toBe('image/webp');
    expect((await files.photos.list({ owner: 'me' })).items).toEqual([photo]);
    expect(await files.photos.read(photo.id)).toEqual(photo);
    const named = await files.photos.update(photo.id, { name: 'dot.png', metadata: null }, { ifMatch: photo.version });
    expect(named).toMatchObject({ name: 'dot.png', version: photo.version + 1 });
    expect(await codeOf(files.photos.update(photo.id, { name: 'x' }, { ifMatch: photo.version }))).toBe('version_mismatch');
    expect(await files.usage()).toMatchObject({ usedBytes: png.length });
    await files.photos.delete(photo.id);
    expect(await codeOf(files.photos.read(photo.id))).toBe('not_found');
    expect(
      await eventually(
        () => files.usage(),
        ({ usedBytes }) => usedBytes === 0,
      ),
    ).toMatchObject({ usedBytes: 0 });
  });

  it('gives files of an album to whoever may read the album', async () => {
    const ann = await clientOf();
    const bob = await clientOf();
    const album = await ann.data.Album.create({ title: 'Beach' });
    const file = await ann.files.albums.upload(new File([png], 'a.png', { type: 'image/png' }), { record: album.id });
    expect(await codeOf(bob.files.albums.download(file.id))).toBe('not_found');
    await ann.data.Album.update(album.id, { shared: true });
    expect(Buffer.from(await (await bob.files.albums.download(file.id)).arrayBuffer()).equals(png)).toBe(true);
    expect(await codeOf(bob.files.albums.delete(file.id))).toBe('forbidden');
    const copy = await bob.files.albums.copy(file.id, { folder: 'photos', name: 'b.png' });
    expect(copy).toMatchObject({ folder: 'photos', owner: bob.person.id, name: 'b.png' });
    const moved = await bob.files.photos.move(copy.id, { folder: 'albums', record: (await bob.data.Album.create({ title: 'Mine' })).id });
    expect(moved).toMatchObject({ id: copy.id, folder: 'albums' });
    const names: string[] = [];
    for await (const { name } of ann.files.albums.all({ record: album.id, limit: 1 })) names.push(name);
    expect(names).toEqual(['a.png']);
  });

  it('replaces bytes, and serves the old ones while and when the new ones are refused', async () => {
    const { files } = await clientOf();
    const text = await files.documents.upload(new File(['one'], 'a.txt', { type: 'text/plain' }));
    expect(await files.documents.replace(text.id, new File(['two!'], 'a.txt', { type: 'text/plain' }))).toMatchObject({ sizeBytes: 4 });
    const bad = files.documents.replace(text.id, new File([png], 'a.pdf', { type: 'application/pdf' }));
    await expect(bad).rejects.toThrow(FileRefusedError);
    expect(await (await files.documents.download(text.id)).text()).toBe('two!');
    expect(await (await files.documents.open(text.id)).text()).toBe('two!');
  });

  it('tells what is refused before and after the bytes came', async () => {
    const { files } = await clientOf();
    expect(await codeOf(files.photos.upload(new File(['a'], 'a.html', { type: 'text/html' })))).toBe('type_not_allowed');
    expect(await codeOf(files.photos.upload(new File([Buffer.alloc(26 * mebibyte)], 'a.png', { type: 'image/png' })))).toBe(
      'file_too_large',
    );
    const fake = files.photos.upload(new File(['<script>alert(1)</script>'], 'a.png', { type: 'image/png' }));
    await expect(fake).rejects.toMatchObject({ name: 'FileRefusedError', reason: 'type_mismatch' });
    expect((await files.photos.list({ owner: 'me' })).items).toEqual([]);
  });
});

describe('A large upload to a running backend', () => {
  const upload = async (own?: typeof fetch) => {
    const client = await clientOf([], own);
    const album = await client.data.Album.create({ title: 'Movies' });
    return { client, record: album.id };
  };

  it('leaves nothing when it is cancelled', async () => {
    const stop = new AbortController();
    const { client, record } = await upload();
    const onProgress = ({ loadedBytes }: { loadedBytes: number }): void => {
      if (loadedBytes > 0) stop.abort();
    };
    const file = new File([movie(40 * mebibyte)], 'a.mp4', { type: 'video/mp4' });
    await expect(client.files.albums.upload(file, { record, signal: stop.signal, onProgress })).rejects.toThrow(/abort/);
    expect(
      await eventually(
        () => client.files.usage(),
        ({ usedBytes }) => usedBytes === 0,
      ),
    ).toMatchObject({ usedBytes: 0 });
    expect((await client.files.albums.list({ record, status: 'any' })).items).toEqual([]);
  });

  it('goes on after the line was cut, and sends only what is missing', async () => {
    const proxy = await CuttingProxy.start(local.endpointUrl);
    const own: typeof fetch = (input, init) => fetch(String(input).replace(local.endpointUrl, proxy.url), init);
    const { client, record } = await upload(own);
    const bytes = movie(60 * mebibyte);
    const file = new File([bytes], 'a.mp4', { type: 'video/mp4', lastModified: 1 });
    proxy.cutAfterBytes = 34 * mebibyte;
    await expect(client.files.albums.upload(file, { record, resume: true })).rejects.toMatchObject({ reason: 'unreachable' });
    expect(proxy.isCut).toBe(true);
    Object.assign(proxy, { passedBytes: 0, cutAfterBytes: Number.POSITIVE_INFINITY });
    const stored = await client.files.albums.upload(file, { record, resume: true });
    expect(stored).toMatchObject({ status: 'ready', sizeBytes: bytes.length });
    expect(proxy.passedBytes).toBeLessThan(bytes.length);
    const back = Buffer.from(await (await client.files.albums.download(stored.id)).arrayBuffer());
    expect(back.equals(bytes)).toBe(true);
    await proxy.stop();
  });

  it('gets new URLs when those that it has run out while it goes on', async () => {
    let isLate = false;
    let asked = 0;
    const own: typeof fetch = (input, init) => {
      if (String(input).endsWith('/upload/parts')) asked += 1;
      if (init?.method === 'PUT' && !isLate) {
        isLate = true;
        local.clock.advance(2 * 3_600_000);
      }
      return fetch(input, init);
    };
    const { client, record } = await upload(own);
    const file = new File([movie(20 * mebibyte)], 'a.mp4', { type: 'video/mp4' });
    expect(await client.files.albums.upload(file, { record })).toMatchObject({ status: 'ready' });
    expect(asked).toBeGreaterThan(1);
  });
});

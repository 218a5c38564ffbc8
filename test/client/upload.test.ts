import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ClientOptions, createClient, FileRefusedError, memoryStorage, PlinthError } from '../../client/client.ts';
import { openFile } from '../../client/node.ts';
import { singleUploadBytes } from '../../client/upload-file.ts';
import { type FileEntry, fileLimits } from '../../contracts/files.ts';
import type { backend } from './notes-backend.ts';
import { type Fate, startUploadServer, type UploadScript, type UploadServer } from './upload-server.ts';

const mebibyte = 1024 * 1024;
const large = randomBytes(20 * mebibyte + 7);

let server: UploadServer | undefined;
const start = async (script: UploadScript = {}, options: Partial<ClientOptions> = {}) => {
  server = await startUploadServer(script);
  const client = createClient<typeof backend>({ url: server.url, accessToken: () => 'token', ...options });
  return { videos: client.files.videos, client, server };
};
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const failureOf = async (promise: Promise<unknown>): Promise<unknown> => {
  const outcome = await promise.then(
    () => 'succeeded',
    (failure: unknown) => failure,
  );
  if (outcome === 'succeeded') throw new Error('the call succeeded');
  return outcome;
};
const until = async (isSo: () => boolean): Promise<void> => {
  for (let tries = 0; tries < 6_000 && !isSo(); tries += 1) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(isSo()).toBe(true);
};
const partsSeen = ({ seen }: UploadServer): string[] => seen.filter((line) => line.startsWith('PUT ')).sort();
const joined = ({ arrived }: UploadServer): Buffer => Buffer.concat([1, 2, 3].map((number) => arrived.get(number) ?? Buffer.alloc(0)));

describe('An upload in one piece', () => {
  it('sends the form’s fields in their order, then the bytes, and the sum of the bytes before', async () => {
    const { videos, server } = await start();
    const file = await videos.upload(new File(['hello'], 'a.mp4', { type: 'video/mp4' }), { metadata: { note: 'n' } });
    expect(file).toMatchObject({ id: 'f1', status: 'ready' });
    const checksumSha256 = createHash('sha256').update('hello').digest('base64');
    expect(server.bodies[0]).toEqual({ name: 'a.mp4', type: 'video/mp4', sizeBytes: 5, metadata: { note: 'n' }, checksumSha256 });
    const form = server.arrived.get(0)?.toString() ?? '';
    expect([...form.matchAll(/ name="([^"]+)"/g)].map(([, name]) => name)).toEqual(['key', 'Content-Type', 'policy', 'file']);
    expect(form).toContain('\r\n\r\nhello\r\n');
    expect(server.seen).toEqual(['POST /files/videos', 'POST /store/form', 'GET /files/videos/f1']);
  });

  it.each([
    ['a Uint8Array', new TextEncoder().encode('hello').subarray(0, 4)],
    ['an ArrayBuffer', new TextEncoder().encode('hell').buffer],
    ['a Blob', new Blob(['hell'])],
    ['a phone’s file', { uri: 'data:video/mp4,hell', name: 'p', type: 'video/mp4' }],
  ])('takes %s', async (_, source) => {
    const { videos, server } = await start();
    await videos.upload(source, { name: 'n', type: 'video/webm', checksum: false });
    expect(server.bodies[0]).toEqual({ name: 'n', type: 'video/webm', sizeBytes: 4 });
    expect(server.arrived.get(0)?.toString()).toContain('\r\n\r\nhell\r\n');
  });

  it('refuses what is no file, or has no name, and sends nothing', async () => {
    const { videos, server } = await start();
    await expect(videos.upload('hello' as never)).rejects.toThrow(TypeError);
    await expect(videos.upload({} as never)).rejects.toThrow(/Give a File/);
    await expect(videos.upload(new Blob(['a']))).rejects.toThrow(/Give the file a name/);
    expect(server.seen).toEqual([]);
  });

  it('repeats what breaks off or fails at the store', async () => {
    const fates = ['drop', { status: 503, code: 'SlowDown' }, { status: 400, code: 'RequestTimeout' }] as const;
    const { videos, server } = await start({ fate: (_, count) => fates[count] ?? 'take' });
    await videos.upload(new File(['hello'], 'a'));
    expect(server.seen.filter((line) => line === 'POST /store/form')).toHaveLength(4);
  });

  it('tells what the store refuses, and gives the upload up', async () => {
    const { videos, server } = await start({ fate: () => ({ status: 400, code: 'EntityTooLarge' }) });
    const failure = await failureOf(videos.upload(new File(['hello'], 'a')));
    expect(failure).toBeInstanceOf(PlinthError);
    expect(failure).toMatchObject({
      code: 'file_too_large',
      status: 413,
      message: 'The store did not take the bytes: EntityTooLarge it is.',
    });
    await until(() => server.seen.includes('DELETE /files/videos/f1/upload'));
  });

  it('waits until the bytes have been looked at, and rejects when they are refused', async () => {
    const { videos } = await start({ pendingReads: 3, outcome: { status: 'refused', reason: 'type_mismatch' } });
    const failure = await failureOf(videos.upload(new File(['hello'], 'a')));
    expect(failure).toBeInstanceOf(FileRefusedError);
    expect(failure).toMatchObject({ reason: 'type_mismatch', file: { id: 'f1' }, message: expect.stringContaining('"a" was refused') });
  });

  it('rejects when new bytes for a file are refused and the old ones are served on', async () => {
    const { videos, server } = await start({ outcome: { status: 'ready', reason: 'malware_found' } });
    await expect(videos.replace('f1', new File(['hello'], 'a'), { ifMatch: 3 })).rejects.toThrow(FileRefusedError);
    expect(server.seen[0]).toBe('POST /files/videos/f1/upload');
  });

  it('returns a file that is still pending when the time to wait is over', async () => {
    const { videos } = await start({ pendingReads: 1_000 });
    expect(await videos.upload(new File(['hello'], 'a'), { readyTimeoutMs: 0 })).toMatchObject({ status: 'pending' });
    expect(await videos.upload(new File(['hello'], 'a'), { readyTimeoutMs: 300 })).toMatchObject({ status: 'pending' });
  });
});

describe('An upload in parts', () => {
  it('knows the backend’s limit of one piece', () => {
    expect(singleUploadBytes).toBe(fileLimits.singleUploadBytes);
  });

  it('sends the parts four at a time, with the signed headers that may be set, and completes', async () => {
    const { videos, server } = await start({ partSizeBytes: mebibyte });
    await videos.upload(new File([large], 'a'));
    expect(Buffer.concat(Array.from({ length: 21 }, (_, index) => server.arrived.get(index + 1) ?? Buffer.alloc(0))).equals(large)).toBe(
      true,
    );
    expect(server.parallel).toBeGreaterThan(1);
    expect(server.parallel).toBeLessThanOrEqual(4);
    expect(server.bodies[0]).not.toHaveProperty('checksumSha256');
    expect(server.seen.filter((line) => line.endsWith('/parts'))).toHaveLength(1);
    expect(server.seen.at(-1)).toBe('GET /files/videos/f1');
  });

  it('tells a progress that never goes back and ends at the whole', async () => {
    const told: number[] = [];
    const fate = (name: string, count: number) => (name === 'part 2' && count === 0 ? 'drop' : 'take');
    const { videos } = await start({ fate });
    await videos.upload(new File([large], 'a'), { onProgress: ({ loadedBytes, totalBytes }) => told.push(loadedBytes / totalBytes) });
    expect(told).toEqual([...told].sort((a, b) => a - b));
    expect(told[0]).toBe(0);
    expect(told.at(-1)).toBe(1);
    expect(told.length).toBeGreaterThanOrEqual(4);
  });

  it('asks anew for URLs that have run out', async () => {
    const fate = (_: string, count: number) => (count === 0 ? { status: 403, code: 'AccessDenied' } : 'take');
    const { videos, server } = await start({ fate });
    await videos.upload(new File([large], 'a'));
    expect(joined(server).equals(large)).toBe(true);
    expect(server.seen.filter((line) => line.endsWith('/parts')).length).toBeGreaterThan(1);
  });

  it('gives up when a part is refused for good, and stops the others', async () => {
    const { videos, server } = await start({ fate: (name) => (name === 'part 2' ? { status: 404, code: 'NoSuchUpload' } : 'hang') });
    expect(await failureOf(videos.upload(new File([large], 'a')))).toMatchObject({ code: 'not_found' });
    await until(() => server.seen.includes('DELETE /files/videos/f1/upload'));
    expect(server.seen.some((line) => line.endsWith('/complete'))).toBe(false);
  });

  it('takes an upload for complete whose completion was answered into the void', async () => {
    const { videos, server } = await start({ lostCompletions: 1 });
    expect(await videos.upload(new File([large], 'a'))).toMatchObject({ status: 'ready' });
    expect(server.seen.filter((line) => line.endsWith('/complete'))).toHaveLength(2);
  });
});

describe('The signal of an upload', () => {
  it('sends nothing when it says stop before', async () => {
    const { videos, server } = await start();
    const signal = AbortSignal.abort(new Error('no'));
    await expect(videos.upload(new File(['a'], 'a'), { signal })).rejects.toThrow('no');
    expect(server.seen).toEqual([]);
  });

  it.each([
    ['in one piece', new File(['a'], 'a')],
    ['in parts', new File([large], 'a')],
  ])('ends one %s at once with its reason, and leaves nothing', async (_, file) => {
    const { videos, server } = await start({ fate: () => 'hang' });
    const stop = new AbortController();
    const failure = failureOf(videos.upload(file, { signal: stop.signal }));
    await until(() => server.seen.some((line) => line.includes('/store/')));
    const reason = new Error('changed my mind');
    const stoppedAt = performance.now();
    stop.abort(reason);
    expect(await failure).toBe(reason);
    expect(performance.now() - stoppedAt).toBeLessThan(1_000);
    await until(() => server.seen.includes('DELETE /files/videos/f1/upload'));
    expect(server.files.size).toBe(0);
  });
});

describe('An upload that goes on', () => {
  let isCut = true;
  /** Part 3 is refused once the others have arrived. */
  const fate = async (name: string): Promise<Fate> => {
    if (!isCut || name !== 'part 3') return 'take';
    await until(() => server?.arrived.size === 2);
    return { status: 400, code: 'InvalidRequest' };
  };
  beforeEach(() => {
    isCut = true;
  });

  it('sends only the parts that have not arrived', async () => {
    const deviceStorage = memoryStorage();
    const { videos, server } = await start({ fate }, { deviceStorage });
    const file = () => new File([large], 'a.mp4', { type: 'video/mp4', lastModified: 1 });
    await failureOf(videos.upload(file(), { resume: true }));
    expect(server.seen.some((line) => line.startsWith('DELETE'))).toBe(false);
    isCut = false;
    server.seen.length = 0;
    const told: number[] = [];
    // As after a restart of the app: nothing is left but what is stored.
    const later = createClient<typeof backend>({ url: server.url, accessToken: () => 'token', deviceStorage });
    await later.files.videos.upload(file(), { resume: true, onProgress: ({ loadedBytes }) => told.push(loadedBytes) });
    expect(partsSeen(server)).toEqual(['PUT /store/part/3']);
    expect(server.seen.slice(0, 2)).toEqual(['GET /files/videos/f1', 'GET /files/videos/f1/upload']);
    expect(joined(server).equals(large)).toBe(true);
    expect(told.at(-1)).toBe(large.length);
    expect(await deviceStorage.get()).toBe('{}');
  });

  it.each([
    ['another date', { name: 'a.mp4', lastModified: 2, resume: true }],
    ['another name', { name: 'b.mp4', lastModified: 1, resume: true }],
    ['another text', { name: 'a.mp4', lastModified: 1, resume: 'mine' }],
  ])('begins anew for a file with %s', async (_, { name, lastModified, resume }) => {
    const { videos, server } = await start({ fate });
    await failureOf(videos.upload(new File([large], 'a.mp4', { lastModified: 1 }), { resume: true }));
    isCut = false;
    server.seen.length = 0;
    await videos.upload(new File([large], name, { lastModified }), { resume });
    expect(server.seen[0]).toBe('POST /files/videos');
    expect(partsSeen(server)).toHaveLength(3);
  });

  it('begins anew when the backend has given the upload up', async () => {
    const { videos, server } = await start({ fate });
    const file = new File([large], 'a.mp4', { lastModified: 1 });
    await failureOf(videos.upload(file, { resume: 'mine' }));
    await videos.abort('f1');
    isCut = false;
    expect(await videos.upload(file, { resume: 'mine' })).toMatchObject({ status: 'ready' });
    expect(server.seen.filter((line) => line === 'POST /files/videos')).toHaveLength(2);
  });

  it('knows a file that became ready though nobody was told', async () => {
    const { videos, server } = await start({ fate });
    const file = new File([large], 'a.mp4', { lastModified: 1 });
    await failureOf(videos.upload(file, { resume: true }));
    const [entry] = server.files.values();
    server.files.set('f1', { ...(entry as FileEntry), status: 'ready' });
    server.uploadIsThere = false;
    server.seen.length = 0;
    expect(await videos.upload(file, { resume: true })).toMatchObject({ id: 'f1', status: 'ready' });
    expect(new Set(server.seen)).toEqual(new Set(['GET /files/videos/f1']));
  });

  it('begins anew after the store has dropped what had arrived', async () => {
    let isDropped = true;
    const { videos, server } = await start({ fate: () => (isDropped ? { status: 404, code: 'NoSuchUpload' } : 'take') });
    const file = new File([large], 'a.mp4', { lastModified: 1 });
    expect(await failureOf(videos.upload(file, { resume: true }))).toMatchObject({ code: 'not_found' });
    isDropped = false;
    await videos.upload(file, { resume: true });
    expect(server.seen.filter((line) => line === 'POST /files/videos')).toHaveLength(2);
  });

  it('wants a text for bytes that have no name and date', async () => {
    const { videos, server } = await start();
    await expect(videos.upload(new Blob([large]), { name: 'a', resume: true })).rejects.toThrow(/Give `resume` a text/);
    expect(server.seen).toEqual([]);
  });
});

describe('openFile', () => {
  it('gives a file of the disk its name, type and date, and reads it when it is sent', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'plinth-open-file-'));
    const path = join(folder, 'Holiday.MP4');
    writeFileSync(path, large);
    utimesSync(path, 1_000, 1_000);
    const file = await openFile(path);
    expect(file).toMatchObject({ name: 'Holiday.MP4', type: 'video/mp4', size: large.length, lastModified: 1_000_000 });
    const { videos, server } = await start();
    await videos.upload(file, { resume: true });
    expect(joined(server).equals(large)).toBe(true);
    rmSync(folder, { recursive: true });
  });
});

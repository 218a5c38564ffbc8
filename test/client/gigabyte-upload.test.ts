import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createClient } from '../../client/client.ts';
import type { backend } from '../../examples/photos/backend.ts';
import { ApiClient, signUp } from '../reliability/api-client.ts';
import { ChildBackend } from '../reliability/child-backend.ts';
import { cachedAssembly } from '../support/cached-assembly.ts';
import { peakMemory } from './peak-memory.ts';
import type { UploadJob } from './upload-process.ts';

const mebibyte = 1024 * 1024;
const size = 1024 * mebibyte;
const partBytes = 8 * mebibyte;
/** Of the process that uploads. */
const maxClientBytes = 200_000_000;
/** Of the process of the backend, over what it had before. */
const maxGrowthBytes = 250 * mebibyte;
const app = { app: 'examples/photos/app.ts', sources: ['examples/photos/app.ts', 'examples/photos/backend.ts'] };

const folder = mkdtempSync(join(tmpdir(), 'plinth-gigabyte-'));
let server: ChildBackend;
beforeAll(async () => {
  const temporary = join(folder, 'temporary');
  mkdirSync(temporary);
  server = new ChildBackend({ assembly: cachedAssembly(app), folder: join(folder, 'state'), temporary });
  await server.ready();
});
afterAll(async () => {
  await server?.kill();
  rmSync(folder, { recursive: true, force: true });
});

/** A file of 1 GiB that looks like a film, and its SHA-256. */
const writeFilm = (path: string): string => {
  const hash = createHash('sha256');
  const film = openSync(path, 'w');
  const head = Buffer.from('00000020667479706d703432000000006d70343269736f6d61766331', 'hex');
  const block = randomBytes(mebibyte);
  for (let written = 0; written < size; written += block.length) {
    if (written === 0) head.copy(block);
    else block.writeUInt32BE(written / mebibyte, 64);
    hash.update(block);
    writeSync(film, block);
  }
  closeSync(film);
  return hash.digest('hex');
};

interface Told {
  readonly loadedBytes?: number;
  readonly file?: { readonly status: string; readonly sizeBytes: number };
  readonly sha256?: string;
  readonly peakBytes?: number;
  readonly sentParts?: number;
}

/** Runs the upload in a process of its own. `onTold` sees what it tells. */
const upload = async (job: UploadJob, onTold: (told: Told, process: ChildProcess) => void): Promise<number | null> => {
  const process_ = spawn(process.execPath, [join(import.meta.dirname, 'upload-process.ts'), JSON.stringify(job)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  createInterface({ input: process_.stdout }).on('line', (line) => onTold(JSON.parse(line) as Told, process_));
  await once(process_, 'exit');
  return process_.exitCode;
};

describe('An upload of 1 GiB', () => {
  it('is cut in the middle, goes on in another process, and takes little memory', async () => {
    const token = await signUp(new ApiClient(server.apiUrl, undefined, { keepAlive: false }), (email) => server.codeFor(email));
    const client = createClient<typeof backend>({ url: server.apiUrl, accessToken: () => token });
    const { id: record } = await client.data.Album.create({ title: 'Films' });
    const path = join(folder, 'film.mp4');
    const sha256 = writeFilm(path);
    const before = peakMemory(server.pid) ?? 0;
    const job = { apiUrl: server.apiUrl, token, record, path, notes: join(folder, 'notes.json') };

    const startedAt = Date.now();
    let loaded = 0;
    const killed = await upload(job, (told, uploader) => {
      loaded = told.loadedBytes ?? loaded;
      if (loaded > size / 2) uploader.kill('SIGKILL');
    });
    expect(killed).toBeNull();
    expect(loaded).toBeLessThan(size);

    const progress: number[] = [];
    let last: Told = {};
    const ended = await upload(job, (told) => {
      if (told.loadedBytes === undefined) last = told;
      else progress.push(told.loadedBytes);
    });
    expect(ended).toBe(0);
    // What had arrived is not sent again.
    expect(last.sentParts).toBeLessThanOrEqual((size - loaded) / partBytes);
    expect(progress.at(-1)).toBe(size);
    expect(last).toMatchObject({ sha256, file: { status: 'ready', sizeBytes: size } });
    const peakBytes = { client: last.peakBytes ?? 0, backendBefore: before, backend: peakMemory(server.pid) ?? 0 };
    if (process.env['PLINTH_FIGURES'] !== undefined)
      console.log(JSON.stringify({ cutAtBytes: loaded, sentParts: last.sentParts, seconds: (Date.now() - startedAt) / 1_000, peakBytes }));
    expect(peakBytes.client).toBeLessThan(maxClientBytes);
    // Of the backend with all its functions, too: what goes through it is not held.
    expect(peakBytes.backend - before).toBeLessThan(maxGrowthBytes);
  }, 300_000);
});

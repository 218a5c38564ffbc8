import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createClient, type TokenStorage } from '../../client/client.ts';
import { openFile } from '../../client/node.ts';
import type { backend } from '../../examples/photos/backend.ts';
import { peakMemory } from './peak-memory.ts';

// Uploads a file in a process of its own, which a test may kill, then downloads it: `upload-process.ts <job as JSON>`.

/** What to upload. */
export interface UploadJob {
  readonly apiUrl: string;
  readonly token: string;
  readonly record: string;
  readonly path: string;
  /** The file in which unfinished uploads are noted. */
  readonly notes: string;
}

const { apiUrl, token, record, path, notes } = JSON.parse(process.argv[2] ?? '{}') as UploadJob;
const deviceStorage: TokenStorage = {
  get: () => {
    try {
      return readFileSync(notes, 'utf8');
    } catch {
      return null;
    }
  },
  set: (text) => writeFileSync(notes, text),
  remove: () => rmSync(notes, { force: true }),
};
const tell = (message: object): void => void process.stdout.write(`${JSON.stringify(message)}\n`);

let sentParts = 0;
const counting: typeof fetch = (input, init) => {
  if (init?.method === 'PUT') sentParts += 1;
  return fetch(input, init);
};

const { files } = createClient<typeof backend>({ url: apiUrl, accessToken: () => token, deviceStorage, fetch: counting });
const file = await files.albums.upload(await openFile(path), { record, resume: true, onProgress: tell });
const peakBytes = peakMemory('self');
const hash = createHash('sha256');
const { body } = await files.albums.open(file.id);
for await (const chunk of body ?? []) hash.update(chunk);
tell({ file, sha256: hash.digest('hex'), peakBytes, sentParts });

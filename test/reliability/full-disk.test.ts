import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiClient, type Reply } from './api-client.ts';
import { ChildBackend } from './child-backend.ts';
import { type RunningChild, runChild } from './run-child.ts';
import { StateReader } from './stored-state.ts';

const LARGE_MB = 64;
const RECORD_BYTES = 15_000;
const CLIENTS = 4;

const mount = (folder: string, options: string): boolean =>
  spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]).status === 0;
const unmount = (folder: string): unknown => spawnSync('umount', [folder]);

const disk = mkdtempSync(join(tmpdir(), 'plinth-disk-'));
const canMount = mount(disk, 'size=1m');
// Only root may mount a file system of its own.
const onSmallDisk = canMount ? it : it.skip;
/** Smaller than LevelDB's log may grow: the log meets the end. Larger: a table that LevelDB makes of it does. */
const smallDisksMb = [3, 12];

let child: RunningChild | undefined;
afterEach(() => child?.stop());
afterAll(() => {
  if (canMount) unmount(disk);
  rmSync(disk, { recursive: true, force: true });
});

/** Writes until so many requests in a row failed, or so many were done. @returns the tags that were acknowledged, and the refusals */
async function write(backend: ChildBackend, token: string, most: number): Promise<{ tags: string[]; refusals: Reply[] }> {
  const tags: string[] = [];
  const refusals: Reply[] = [];
  const work = async (): Promise<void> => {
    const client = new ApiClient(backend.apiUrl, token);
    while (refusals.length < 2 * CLIENTS && tags.length < most) {
      const tag = crypto.randomUUID();
      const body = { tag, name: tag, group: 'x', ...(Math.random() < 0.5 && { a: 'x'.repeat(RECORD_BYTES) }) };
      const { name: _name, ...item } = body;
      const model = 'a' in body ? 'Item' : 'Named';
      const reply = await client.send({ method: 'POST', path: `/data/${model}`, body: model === 'Item' ? item : body });
      if (reply.status === 201) tags.push(tag);
      else refusals.push(reply);
    }
    client.close();
  };
  await Promise.all(Array.from({ length: CLIENTS }, work));
  return { tags, refusals };
}

const stored = async (backend: ChildBackend): Promise<{ tags: Set<string>; faults: readonly string[] }> => {
  const { records, faults } = await new StateReader().read(backend);
  return { tags: new Set([...records.Item, ...records.Named].map(({ tag }) => String(tag))), faults };
};

describe('FI18 a full disk', () => {
  onSmallDisk.each(smallDisksMb)(
    'of %i MB refuses writes and keeps every acknowledged one, and takes writes again when there is space',
    async (sizeMb) => {
      unmount(disk);
      expect(mount(disk, `size=${sizeMb}m`)).toBe(true);
      child = await runChild({ folder: disk });
      const { backend, token, place } = child;
      const full = await write(backend, token, 100_000);
      expect(full.tags.length).toBeGreaterThan(50);
      for (const { status, headers } of full.refusals) {
        expect([500, 503, 507]).toContain(status);
        expect(headers['content-type']).toBe('application/problem+json');
      }
      expect(mount(disk, `remount,size=${LARGE_MB}m`)).toBe(true);
      const after = await write(backend, token, 100);
      // The first writes may still be refused: they make the store look for space.
      expect(after.tags.length).toBeGreaterThanOrEqual(100);
      expect((await write(backend, token, 10)).refusals).toEqual([]);
      const acknowledged = [...full.tags, ...after.tags];
      const live = await stored(backend);
      expect({ lost: acknowledged.filter((tag) => !live.tags.has(tag)), faults: live.faults }).toEqual({ lost: [], faults: [] });

      await backend.kill();
      const again = new ChildBackend(place);
      try {
        await again.ready();
        const found = await stored(again);
        expect({ lost: acknowledged.filter((tag) => !found.tags.has(tag)), faults: found.faults }).toEqual({ lost: [], faults: [] });
      } finally {
        await again.kill();
      }
    },
    120_000,
  );
});

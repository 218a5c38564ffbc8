import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Database } from '../../local/services/dynamodb/storage/database.ts';
import { until } from '../support/until.ts';
import { ApiClient, type Reply } from './api-client.ts';
import { ChildBackend } from './child-backend.ts';
import { type RunningChild, runChild } from './run-child.ts';
import { SmallDisk } from './small-disk.ts';
import { StateReader } from './stored-state.ts';

const LARGE_MB = 64;
const RECORD_BYTES = 15_000;
const CLIENTS = 4;
/** Smaller than LevelDB's log may grow: the log meets the end. Larger: a table that LevelDB makes of it does. */
const smallDisksMb = [2, 8];

const disk = new SmallDisk();
const onSmallDisk = disk.isThere ? it : it.skip;

let child: RunningChild | undefined;
afterEach(async () => {
  await child?.stop();
  child = undefined;
});
afterAll(() => disk.remove());

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

/** A copy is what a crash would leave, when the store has not exchanged its files for others meanwhile. */
const copyOf = async (store: string): Promise<string> => {
  const copy = mkdtempSync(join(tmpdir(), 'plinth-crashed-'));
  const files = (): string => readdirSync(store).sort().join();
  const copyOnce = (): boolean => {
    const before = files();
    rmSync(copy, { recursive: true, force: true });
    try {
      cpSync(store, copy, { recursive: true });
    } catch (error) {
      if (!String(error).includes('ENOENT')) throw error;
      return false;
    }
    return files() === before;
  };
  await until(copyOnce, (isWhole) => isWhole);
  return copy;
};

describe('FI18 a full disk', () => {
  onSmallDisk(
    'refuses writes and keeps every acknowledged one, and takes writes again when there is space',
    async () => {
      // The empty databases of all services take a good megabyte of it.
      disk.renew(6);
      child = await runChild({ folder: disk.folder });
      const { backend, token, place } = child;
      const full = await write(backend, token, 100_000);
      expect(full.tags.length).toBeGreaterThan(50);
      for (const { status, headers } of full.refusals) {
        expect([500, 503, 507]).toContain(status);
        expect(headers['content-type']).toBe('application/problem+json');
      }
      const reader = new ApiClient(backend.apiUrl, token, { keepAlive: false });
      expect((await reader.send({ method: 'GET', path: '/data/Item/none' })).status).toBe(404);
      disk.resize(LARGE_MB);
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

  onSmallDisk.each(smallDisksMb)('of %i MB lets the store of tables lose nothing that it takes afterwards', async (sizeMb) => {
    disk.renew(sizeMb);
    const database = await Database.open(join(disk.folder, 'store'));
    const acknowledged: string[] = [];
    let failures = 0;
    const fill = async (until: () => boolean): Promise<void> => {
      while (!until()) {
        const key = `k${acknowledged.length + failures}`;
        const operations = [{ type: 'put' as const, key, value: 'x'.repeat(400) }];
        await database.commit({ operations, increments: [['count', 1]] }).then(
          () => acknowledged.push(key),
          async () => {
            failures += 1;
            await delay(5);
          },
        );
      }
    };
    await fill(() => failures === 3);
    expect(database.get(acknowledged[0] as string)).toBeDefined();
    disk.resize(LARGE_MB);
    const before = acknowledged.length;
    await fill(() => acknowledged.length === before + 300);
    expect(failures).toBeLessThan(100);

    const crashed = await copyOf(join(disk.folder, 'store'));
    await database.close();
    const found = await Database.open(crashed);
    try {
      expect(acknowledged.filter((key) => found.get(key) === undefined)).toEqual([]);
      expect(found.counter('count')).toBe(acknowledged.length);
    } finally {
      await found.close();
      rmSync(crashed, { recursive: true });
    }
  });
});

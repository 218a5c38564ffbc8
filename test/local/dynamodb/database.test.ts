import { setTimeout as delay } from 'node:timers/promises';
import { readPage } from '../../../local/services/dynamodb/items/page-reader.ts';
import { CommitQueue } from '../../../local/services/dynamodb/storage/commit-queue.ts';
import { Database, type StoreOperation } from '../../../local/services/dynamodb/storage/database.ts';

const put = (key: string, value: unknown) => ({ operations: [{ type: 'put' as const, key, value }], increments: [] as [string, number][] });

describe('CommitQueue', () => {
  it('fails what waits behind a failed batch, and works on afterwards', async () => {
    const failures = [new Error('disk full')];
    const written: StoreOperation[] = [];
    const queue = new CommitQueue(async (operations) => {
      await delay(1);
      const failure = failures.pop();
      if (failure) throw failure;
      written.push(...operations);
    }, 'c!');
    const outcomes = await Promise.allSettled([queue.commit(put('a', 1)), queue.commit(put('b', 2))]);
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['rejected', 'rejected']);
    expect(queue.pending('a')).toBeUndefined();
    await queue.commit({ ...put('c', 3), increments: [['n', 2]] });
    expect(written).toEqual([
      { type: 'put', key: 'c', value: 3 },
      { type: 'put', key: 'c!n', value: 2 },
    ]);
  });

  it('never splits a change, and keeps the order', async () => {
    const batches: string[][] = [];
    const queue = new CommitQueue(async (operations) => {
      batches.push(operations.map(({ key }) => key));
      await delay(1);
    }, 'c!');
    const change = (name: string) => ({
      operations: ['1', '2', '3'].map((part) => ({ type: 'put' as const, key: name + part, value: 1 })),
      increments: [],
    });
    await Promise.all(['a', 'b', 'c'].map((name) => queue.commit(change(name))));
    expect(batches).toEqual([
      ['a1', 'a2', 'a3'],
      ['b1', 'b2', 'b3', 'c1', 'c2', 'c3'],
    ]);
  });

  it('shows a pending value until it is written', async () => {
    const queue = new CommitQueue(() => delay(1), 'c!');
    const first = queue.commit(put('a', 1));
    const second = queue.commit(put('a', 2));
    expect(queue.pending('a')?.value).toBe(2);
    await first;
    expect(queue.pending('a')?.value).toBe(2);
    await second;
    expect(queue.pending('a')).toBeUndefined();
  });
});

describe('readPage', () => {
  it('reads no more entries than the page holds', async () => {
    const database = await Database.open(undefined);
    for (let n = 0; n < 50; n += 1) await database.commit(put(`k${String(n).padStart(2, '0')}`, { n: { N: String(n) } }));
    let read = 0;
    const counting = {
      async *entries(range: Parameters<Database['entries']>[0]) {
        for await (const entry of database.entries(range)) {
          read += 1;
          yield entry;
        }
      },
    } as unknown as Database;
    const page = await readPage(counting, { gte: 'k10', lt: 'k40' }, 5);
    expect(page.items.map((item) => item['n'])).toEqual([10, 11, 12, 13, 14].map((n) => ({ N: String(n) })));
    expect(read).toBe(5);
    await database.close();
  });
});

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { paginateQuery } from '@aws-sdk/client-dynamodb';
import type { StreamEventRecord } from '../../../local/services/dynamodb/streams/stream-record.ts';
import { killWhileItWrites } from '../../support/kill-while-it-writes.ts';
import { type DynamodbServer, startDynamodb } from './dynamodb-server.ts';
import { notesTable, TABLE } from './notes-table.ts';

/** How often the writing process is killed; 1,000 for a long run. */
const KILLS = Number(process.env['PLINTH_KILLS'] ?? 25);
const MS_PER_KILL = 8_000;
const STREAM = 'arn:aws:dynamodb:eu-central-1:000000000000:table/notes/stream/2020-01-01T00:00:00.000';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dynamodb-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function indexed(server: DynamodbServer, owner: string): Promise<string[]> {
  const pages = paginateQuery(
    { client: server.client },
    {
      TableName: TABLE,
      IndexName: 'byOwner',
      KeyConditionExpression: '#o = :o',
      ExpressionAttributeNames: { '#o': 'owner' },
      ExpressionAttributeValues: { ':o': { S: owner } },
    },
  );
  const ids: string[] = [];
  for await (const page of pages) ids.push(...(page.Items ?? []).map((item) => String(item['id']?.S)));
  return ids;
}

/** All ids that the stream has told, up to the newest. */
function recorded(server: DynamodbServer, count: number): Promise<string[]> {
  const ids: string[] = [];
  if (count === 0) return Promise.resolve(ids);
  return new Promise((resolve) => {
    const stop = server.service.followStream(STREAM, { from: 'TRIM_HORIZON' }, (records: StreamEventRecord[]) => {
      ids.push(...records.map((record) => String((record.dynamodb.Keys['id'] as { S: string }).S)));
      if (ids.length < count) return;
      stop();
      resolve(ids);
    });
  });
}

const expectedIds = (n: number) => (n % 2 === 0 ? [`p${n}`] : ['a', 'b', 'c'].map((part) => `t${n}${part}`));

describe('dynamodb durability', () => {
  it(
    `keeps every acknowledged write and no half transaction over ${KILLS} kills`,
    async () => {
      const acknowledged: number[] = [];
      const restarts: number[] = [];
      for (let kill = 0; kill < KILLS; kill += 1) {
        acknowledged.push(...(await killWhileItWrites(join(import.meta.dirname, 'writing-process.ts'), folder, kill * 1_000_000)));
        const begin = performance.now();
        const server = await startDynamodb({ folder, resources: [notesTable()] });
        restarts.push(performance.now() - begin);
        try {
          const ids = ((await server.service.dump())['notes'] ?? []).map((item) => (item['id'] as { S: string }).S);
          const stored = new Set(ids);
          expect(acknowledged.flatMap(expectedIds).filter((id) => !stored.has(id))).toEqual([]);
          const halves = ids.filter((id) => id.startsWith('t') && !expectedIds(Number(id.slice(1, -1))).every((part) => stored.has(part)));
          expect(halves).toEqual([]);
          expect([...(await indexed(server, 'single')), ...(await indexed(server, 'transaction'))].sort()).toEqual(ids.toSorted());
          expect((await recorded(server, ids.length)).sort()).toEqual(ids.toSorted());
        } finally {
          await server.close();
        }
      }
      const sorted = restarts.toSorted((a, b) => a - b);
      console.log(
        `${acknowledged.length} acknowledged writes over ${KILLS} kills; restart ${Math.round(sorted[Math.floor(KILLS / 2)] ?? 0)} ms (median), ${Math.round(sorted.at(-1) ?? 0)} ms (longest)`,
      );
      expect(acknowledged.length).toBeGreaterThan(KILLS);
    },
    KILLS * MS_PER_KILL,
  );
});

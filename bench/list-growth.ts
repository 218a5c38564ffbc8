import { BatchWriteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { startLocal } from '../local/local-backend.ts';
import { signUpUser } from '../test/support/start-local.ts';
import { synthesized } from './assembly.ts';
import { type Measure, median, round } from './measurement.ts';

const pageTimes = async (url: string, headers: Record<string, string>, pages: number): Promise<readonly number[]> => {
  const times: number[] = [];
  for (let page = 0; page < pages; page += 1) {
    const startedAt = performance.now();
    const answer = await fetch(url, { headers });
    const { items } = (await answer.json()) as { items: readonly unknown[] };
    if (items.length !== 20) throw new Error(`a page has ${items.length} records`);
    times.push(performance.now() - startedAt);
  }
  return times;
};

/** A list of 20 while the table grows tenfold: the same units, the same time. */
export const measureListGrowth: Measure = async ({ smoke }) => {
  const backend = await startLocal({ assembly: synthesized('bench/memos-app.ts') });
  const client = new DynamoDBClient({ endpoint: backend.endpointUrl, region: backend.region, credentials: backend.credentials });
  try {
    const { accessToken } = await signUpUser(backend);
    const headers = { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' };
    const first = await fetch(`${backend.apiUrl}/data/Memo`, { method: 'POST', headers, body: JSON.stringify({ text: 'first' }) });
    const { owner } = (await first.json()) as { owner: string };
    const table = Object.keys((await backend.dump())['dynamodb'] as object).find((name) => name.includes('MemoTable')) ?? '';
    let size = 1;
    const growTo = async (records: number): Promise<void> => {
      for (; size < records; size += 25) {
        const puts = Array.from({ length: 25 }, (_, offset) => {
          const createdAt = new Date(Date.UTC(2026, 0, 1) + (size + offset) * 1_000).toISOString();
          const item = { id: { S: `memo-${size + offset}` }, owner: { S: owner }, version: { N: '1' }, createdAt: { S: createdAt } };
          return {
            PutRequest: {
              Item: { ...item, updatedAt: { S: createdAt }, text: { S: 'A memo of the usual length, a line or two of text.' } },
            },
          };
        });
        await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: puts } }));
      }
    };
    const pages = smoke ? 20 : 200;
    const measure = async (): Promise<{ p50: number; units: number }> => {
      await pageTimes(`${backend.apiUrl}/data/Memo?limit=20`, headers, 20);
      backend.resetCounts();
      const p50 = median(await pageTimes(`${backend.apiUrl}/data/Memo?limit=20`, headers, pages));
      return { p50, units: (backend.counts()['dynamodb:Query']?.readUnits ?? 0) / pages };
    };
    const [small, large] = smoke ? [500, 5_000] : [10_000, 100_000];
    await growTo(small);
    const before = await measure();
    await growTo(large);
    const after = await measure();
    const ratio = after.p50 / before.p50;
    return [
      {
        what: `A page of 20 from ${small.toLocaleString('en')} and from ${large.toLocaleString('en')} records: read units`,
        measured: `${before.units} and ${after.units}`,
        bound: 'the same',
        met: before.units === after.units,
      },
      {
        what: 'The same: median time',
        measured: `${round(ratio)}x (${round(before.p50)} ms, ${round(after.p50)} ms)`,
        bound: '≤ 1.2x',
        met: smoke || ratio <= 1.2,
      },
    ];
  } finally {
    client.destroy();
    await backend.dispose();
  }
};

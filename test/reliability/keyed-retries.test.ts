import { ApiClient, type Call } from './api-client.ts';
import { KeyedRequests } from './keyed-requests.ts';
import { LossyProxy } from './lossy-proxy.ts';
import { type RunningChild, runChild } from './run-child.ts';
import { StateReader } from './stored-state.ts';

/** How many requests with a key of their own; 10,000 for a long run. */
const KEYS = Number(process.env['PLINTH_KEYED'] ?? 500);
const PARALLEL = 12;
/** Every update changes one of so many records, so that updates meet. */
const RECORDS = 24;
const MS_PER_KEY = 150;

let child: RunningChild;
beforeAll(async () => {
  child = await runChild();
});
afterAll(() => child.stop());

describe('requests with an Idempotency-Key over a network that loses 30 % of the replies', () => {
  it(
    `have exactly one effect each, and one reply, for ${KEYS} keys`,
    async () => {
      const { backend, token } = child;
      const direct = new ApiClient(backend.apiUrl, token);
      const ids: string[] = [];
      for (let count = 0; count < RECORDS; count += 1) {
        const { text } = await direct.send({ method: 'POST', path: '/data/Item', body: { tag: `record-${count}`, group: 'x' } });
        ids.push((JSON.parse(text) as { id: string }).id);
      }
      const calls = new Map<string, Call>();
      for (let count = 0; count < KEYS; count += 1) {
        const key = `key-${count}`;
        const create = { method: 'POST', path: '/data/Named', body: { tag: key, group: 'x', name: key } };
        const update = { method: 'PATCH', path: `/data/Item/${ids[count % RECORDS]}`, body: { a: key } };
        calls.set(key, count % 2 === 0 ? create : update);
      }
      const proxy = await LossyProxy.start(backend.apiUrl, { request: 0.1, reply: 0.3 });
      const client = new ApiClient(proxy.url, token);
      const { replies, sent, inProgress, faults } = await new KeyedRequests(client).run(calls, PARALLEL);
      client.close();
      await proxy.stop();
      direct.close();

      const { records, keys, faults: contradictions } = await new StateReader().read(backend);
      const updates = records.Item.reduce((sum, record) => sum + Number(record['version']) - 1, 0);
      const { lostRequests, lostReplies } = proxy;
      console.log(JSON.stringify({ keys: KEYS, sent, lostRequests, lostReplies, inProgress, created: records.Named.length, updates }));
      expect([...faults, ...contradictions]).toEqual([]);
      expect([...replies.keys()].sort()).toEqual([...calls.keys()].sort());
      expect([...keys].sort()).toEqual([...calls.keys()].sort());
      expect(records.Named.map(({ name }) => name).sort()).toEqual(
        [...calls.keys()].filter((key) => calls.get(key)?.method === 'POST').sort(),
      );
      expect(updates).toBe(Math.floor(KEYS / 2));
      // Each update made a version of its own.
      const versions = [...replies.values()].map(({ text }) => JSON.parse(text) as { id: string; version: number });
      expect(new Set(versions.map(({ id, version }) => `${id} ${version}`)).size).toBe(KEYS);
    },
    60_000 + KEYS * MS_PER_KEY,
  );
});

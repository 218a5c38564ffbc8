import { ApiClient } from './api-client.ts';
import { isLinearizable } from './linearizability.ts';
import { LossyProxy } from './lossy-proxy.ts';
import { type History, recordHistory } from './record-history.ts';
import { recordSpecification } from './record-specification.ts';
import { type RunningChild, runChild } from './run-child.ts';

/** How many histories are judged; 200 for a long run. */
const HISTORIES = Number(process.env['PLINTH_HISTORIES'] ?? 24);
const MS_PER_HISTORY = 3_000;

let child: RunningChild;
beforeAll(async () => {
  child = await runChild();
});
afterAll(() => child.stop());

const statuses = (histories: readonly History[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { input, output } of histories.flat()) {
    const name = `${input.kind}${'ifMatch' in input ? ' If-Match' : ''} ${output?.status ?? 'unanswered'}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
};

describe('one record under eight clients', () => {
  it(
    `is linearizable in ${HISTORIES} histories, half of them over a network that loses messages`,
    async () => {
      const { backend, token } = child;
      const proxy = await LossyProxy.start(backend.apiUrl, { request: 0.05, reply: 0.1 });
      const clients = [new ApiClient(backend.apiUrl, token), new ApiClient(proxy.url, token)];
      const histories: History[] = [];
      for (let count = 0; count < HISTORIES; count += 1) {
        histories.push(await recordHistory(clients[count % 2] as ApiClient, `record-${count}`));
      }
      for (const client of clients) client.close();
      await proxy.stop();
      console.log(JSON.stringify({ histories: HISTORIES, operations: histories.flat().length, ...statuses(histories) }));
      expect(histories.filter((history) => !isLinearizable(history, recordSpecification))).toEqual([]);
    },
    60_000 + HISTORIES * MS_PER_HISTORY,
  );
});

import { Agent, request } from 'node:http';
import type { LoadRequest } from './target.ts';

/** One stretch of load. Each connection sends its own requests in turn, the next one when the answer is there. */
export interface LoadOrder {
  readonly baseUrl: string;
  readonly seconds: number;
  readonly connections: readonly (readonly LoadRequest[])[];
}

/** What a stretch of load came to. */
export interface LoadResult {
  readonly answers: number;
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  /** Milliseconds. */
  readonly p99: number;
}

const exchange = (agent: Agent, baseUrl: string, { path, body, method, headers }: LoadRequest): Promise<void> =>
  new Promise((done, failed) => {
    const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
    const sent = request(`${baseUrl}${path}`, { agent, method, headers: { ...headers, ...length } }, (answer) => {
      const status = answer.statusCode ?? 0;
      answer.once('error', failed);
      answer.once('end', () => (status >= 200 && status < 300 ? done() : failed(new Error(`${method} ${path} answered ${status}`))));
      answer.resume();
    });
    sent.once('error', failed);
    sent.end(body);
  });

const run = async ({ baseUrl, seconds, connections }: LoadOrder): Promise<LoadResult> => {
  const agent = new Agent({ keepAlive: true, maxSockets: connections.length });
  const times: number[] = [];
  const startedAt = performance.now();
  const deadline = startedAt + seconds * 1_000;
  const keepBusy = async (requests: readonly LoadRequest[]): Promise<void> => {
    for (let turn = 0; performance.now() < deadline; turn += 1) {
      const sentAt = performance.now();
      await exchange(agent, baseUrl, requests[turn % requests.length] as LoadRequest);
      times.push(performance.now() - sentAt);
    }
  };
  try {
    await Promise.all(connections.map(keepBusy));
  } finally {
    agent.destroy();
  }
  const elapsed = (performance.now() - startedAt) / 1_000;
  times.sort((a, b) => a - b);
  const quantile = (share: number): number => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  return { answers: times.length, perSecond: times.length / elapsed, p50: quantile(0.5), p99: quantile(0.99) };
};

// A request that fails ends the process, so that no figure comes of it.
process.on('message', async (order: LoadOrder) => {
  process.send?.(await run(order));
});

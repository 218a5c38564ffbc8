import { createRequire } from 'node:module';
import { bundle } from './bundle.ts';
import { type Measure, median, round } from './measurement.ts';

type Handler = (event: unknown, context: unknown) => Promise<{ statusCode: number }>;

const event = {
  routeKey: 'POST /echo',
  rawPath: '/echo',
  rawQueryString: 'a=1',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ title: 'A note', tags: ['a', 'b', 'c'], published: true, priority: 3 }),
  isBase64Encoded: false,
  requestContext: { http: { method: 'POST', sourceIp: '127.0.0.1' } },
};
const context = () => ({ awsRequestId: 'warm', getRemainingTimeInMillis: () => 15_000 });

/** What somebody would write by hand for one route: parse, answer, log a line. */
const handRolled: Handler = async (request) => {
  const startedAt = performance.now();
  const { body } = request as typeof event;
  const reply = { statusCode: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(JSON.parse(body)) };
  process.stdout.write(`${JSON.stringify({ status: 200, durationMs: performance.now() - startedAt })}\n`);
  return reply;
};

const framework = (): Handler => {
  const file = bundle({
    stdin: {
      contents: `
        import { defineHandler } from '../lambdas/runtime/define-handler.ts';
        const echo = { method: 'POST', path: '/echo', access: 'anyone', summary: 'Echo', status: 200, body: 'required', errors: [] };
        export const handler = defineHandler({ echo }, { echo: async ({ body }) => ({ body }) });`,
      resolveDir: import.meta.dirname,
      loader: 'ts',
    },
  });
  return (createRequire(import.meta.url)(file) as { handler: Handler }).handler;
};

const microsecondsEach = async (handler: Handler, requests: number): Promise<number> => {
  const startedAt = performance.now();
  for (let index = 0; index < requests; index += 1) await handler(event, context());
  return ((performance.now() - startedAt) * 1_000) / requests;
};

/** What the one middleware stack costs a warm request over a hand-written handler. */
export const measureFrameworkCost: Measure = async ({ smoke }) => {
  const ours = framework();
  const requests = smoke ? 500 : 5_000;
  const write = process.stdout.write;
  // Both log a line a request; where the lines go must not be what is measured.
  process.stdout.write = () => true;
  const extra: number[] = [];
  try {
    await microsecondsEach(ours, requests);
    await microsecondsEach(handRolled, requests);
    for (let round = 0; round < (smoke ? 3 : 15); round += 1) {
      extra.push((await microsecondsEach(ours, requests)) - (await microsecondsEach(handRolled, requests)));
    }
  } finally {
    process.stdout.write = write;
  }
  const cost = median(extra);
  return [
    {
      what: 'Framework cost of a warm request over a hand-written handler',
      measured: `${round(cost, 1)} µs`,
      bound: '≤ 10 µs',
      met: cost <= 10,
    },
  ];
};

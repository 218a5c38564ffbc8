import { createRequire } from 'node:module';

// Runs in a fresh process: from before the bundle is loaded until its first answer, as Lambda's INIT and first INVOKE.
const [bundle = ''] = process.argv.slice(2);
const event = {
  routeKey: 'GET /data/{model}/{id}',
  rawPath: '/data/Note/0192d7a0-0000-7000-8000-000000000001',
  rawQueryString: '',
  headers: {},
  pathParameters: { model: 'Note', id: '0192d7a0-0000-7000-8000-000000000001' },
  isBase64Encoded: false,
  requestContext: { http: { method: 'GET', sourceIp: '127.0.0.1' } },
};
const context = { awsRequestId: 'cold', getRemainingTimeInMillis: () => 15_000 };

const startedAt = performance.now();
const { handler } = (bundle.endsWith('.mjs') ? await import(bundle) : createRequire(import.meta.url)(bundle)) as {
  handler: (event: unknown, context: unknown) => Promise<{ statusCode: number }>;
};
const loadedAt = performance.now();
const { statusCode } = await handler(event, context);
const answeredAt = performance.now();
process.stderr.write(JSON.stringify({ statusCode, load: loadedAt - startedAt, total: answeredAt - startedAt }));
process.exit(0);

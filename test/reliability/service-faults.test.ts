import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LocalBackend, startLocal } from '../../local/local-backend.ts';
import { type ApiAnswer, callApi } from '../support/call-api.ts';
import { expectProblem } from '../support/expect-problem.ts';
import { signUpUser } from '../support/start-local.ts';
import { synthesizeReliability } from './reliability-assembly.ts';
import { type Fault, ServiceProxy } from './service-proxy.ts';

/** API Gateway gives up after 29 s; the function ends itself with time to spare. */
const GATEWAY_MS = 29_000;
const MAX_ANSWER_MS = 14_000;
const unavailable = { status: 503, code: 'unavailable' } as const;
const throttled: Fault = { status: 400, type: 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException' };

let root: string;
let assembly: string;
let proxy: ServiceProxy;
let backend: LocalBackend;
let token: string;

/** A backend whose functions reach DynamoDB and Cognito through the proxy; none of them runs yet. */
const start = async (): Promise<LocalBackend> => {
  const environment = { AWS_ENDPOINT_URL_DYNAMODB: proxy.url, AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER: proxy.url };
  const started = await startLocal({ assembly, environment });
  proxy.target = started.endpointUrl;
  return started;
};

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'plinth-faults-'));
  assembly = synthesizeReliability(root);
  proxy = await ServiceProxy.start();
  backend = await start();
  token = (await signUpUser(backend)).accessToken;
});
afterAll(async () => {
  await backend?.dispose();
  await proxy.stop();
  rmSync(root, { recursive: true, force: true });
});
afterEach(() => {
  proxy.fault = () => undefined;
});

const create = (model: string, body: object): Promise<ApiAnswer> =>
  callApi(backend.apiUrl, { method: 'POST', path: `/data/${model}`, token, body: { group: 'x', ...body } });
const stored = async (): Promise<string> => JSON.stringify((await backend.dump())['dynamodb']);
const timed = async (send: () => Promise<ApiAnswer>): Promise<ApiAnswer> => {
  const startedAt = performance.now();
  const answer = await send();
  expect(performance.now() - startedAt).toBeLessThan(MAX_ANSWER_MS);
  expect(MAX_ANSWER_MS).toBeLessThan(GATEWAY_MS);
  return answer;
};

describe('a DynamoDB that fails', () => {
  it('FI01: is asked again when it throttles three times, with one effect', async () => {
    proxy.failFirst(3, 'PutItem', throttled);
    expect((await create('Item', { tag: 'fi01' })).status).toBe(201);
    expect((await stored()).split('"fi01"')).toHaveLength(2);
  });

  it('FI02: ends in 503 with Retry-After when writes are throttled for good, and writes nothing', async () => {
    const before = await stored();
    proxy.fault = (asked) => (['PutItem', 'TransactWriteItems'].includes(asked) ? throttled : undefined);
    const answers = [timed(() => create('Item', { tag: 'fi02' })), timed(() => create('Named', { tag: 'fi02', name: 'fi02' }))];
    for (const answer of await Promise.all(answers)) expectProblem(answer, unavailable);
    expect(await stored()).toBe(before);
  });

  it('FI03: ends in 503 before the gateway gives up when it hangs', async () => {
    proxy.fault = (asked) => (asked === 'PutItem' ? 'hang' : undefined);
    expectProblem(await timed(() => create('Item', { tag: 'fi03' })), { status: 503, code: 'timeout' });
    proxy.fault = () => undefined;
    expect((await create('Item', { tag: 'fi03' })).status).toBe(201);
  });

  it('FI05: is asked again for what a batch left out; a batch that stays undone is no empty answer', async () => {
    const { id } = (await create('Item', { tag: 'fi05' })).json as { id: string };
    const update = (key: string): Promise<ApiAnswer> =>
      callApi(backend.apiUrl, { method: 'PATCH', path: `/data/Item/${id}`, token, headers: { 'idempotency-key': key }, body: { a: key } });
    proxy.failFirst(2, 'BatchGetItem', 'unprocessed');
    expect(await update('first')).toMatchObject({ status: 200, json: { a: 'first', version: 2 } });
    const before = await stored();
    proxy.fault = (asked) => (asked === 'BatchGetItem' ? 'unprocessed' : undefined);
    expectProblem(await timed(() => update('second')), unavailable);
    expect(await stored()).toBe(before);
  });
});

describe('FI23 a key set that can not be had', () => {
  it('is 503 on a cold start, never 401, and keeps verifying where it was read before', async () => {
    await backend.dispose();
    backend = await start();
    // Only the function of accounts runs by now.
    token = (await signUpUser(backend)).accessToken;
    const read = (bearer: string): Promise<ApiAnswer> => callApi(backend.apiUrl, { path: '/data/Item/none', token: bearer });
    const forged = `${token.slice(0, token.lastIndexOf('.'))}.${'A'.repeat(342)}`;

    proxy.fault = (asked) => (asked === 'json' ? { status: 500, type: 'Down' } : undefined);
    expectProblem(await read(token), unavailable);
    expectProblem(await read(forged), unavailable);

    proxy.fault = () => undefined;
    expectProblem(await read(token), { status: 404, code: 'not_found' });

    proxy.fault = (asked) => (asked === 'json' ? { status: 500, type: 'Down' } : undefined);
    for (let count = 0; count < 5; count += 1) expectProblem(await read(token), { status: 404, code: 'not_found' });
    expectProblem(await read(forged), { status: 401, code: 'unauthenticated' });
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { App, Stack } from 'aws-cdk-lib';
import { FeatureFunction } from '../../lib/api/feature-function.ts';
import { Backend } from '../../lib/backend.ts';
import { type LocalBackend, startLocal } from '../../local/local-backend.ts';
import { type ApiAnswer, type ApiCall, callApi } from '../support/call-api.ts';
import { expectProblem } from '../support/expect-problem.ts';
import { failingRoutes } from './failing-routes.ts';

process.env['CDK_VALIDATION'] ??= 'false';

const origin = 'https://app.example.com';
let root: string;
let backend: LocalBackend;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'plinth-handler-'));
  const app = new App({ outdir: root, analyticsReporting: false });
  const stack = new Stack(app, 'Faults');
  const { api } = new Backend(stack, 'Backend', { auth: {} }, { corsOrigins: [origin] });
  const entry = join(import.meta.dirname, 'failing-handler.ts');
  const failing = new FeatureFunction(stack, 'Failing', { description: 'Fails', entry, stage: 'development' });
  api.addRoutes('Failing', failingRoutes, failing.function);
  backend = await startLocal({ assembly: app.synth().directory });
});
afterAll(async () => {
  await backend?.dispose();
  rmSync(root, { recursive: true, force: true });
});

const send = (call: ApiCall): Promise<ApiAnswer> => callApi(backend.apiUrl, { ...call, headers: { origin, ...call.headers } });
const fail = (how: string): Promise<ApiAnswer> => send({ method: 'POST', path: `/fail/${how}` });

const expectSafe = ({ headers }: ApiAnswer): void => {
  expect(headers).toMatchObject({
    'access-control-allow-origin': origin,
    'x-content-type-options': 'nosniff',
    'strict-transport-security': expect.stringContaining('max-age='),
    'content-security-policy': expect.stringContaining("default-src 'none'"),
    'cache-control': 'no-store',
  });
};

describe('FI26 code that fails', () => {
  it.each(['string', 'null', 'undefined', 'circular', 'unserializable'])(
    'is answered 500 when it throws: %s; the next request is fine',
    async (how) => {
      const before = await fail('not');
      expect(before.status).toBe(200);
      const answer = await fail(how);
      expectProblem(answer, { status: 500, code: 'internal_error' });
      expectSafe(answer);
      // The same environment goes on.
      expect(await fail('not')).toMatchObject({ status: 200, json: before.json });
    },
  );

  it('does no harm to the next request when nobody catches a rejection after the reply', async () => {
    expect((await fail('later')).status).toBe(200);
    await delay(100);
    for (let count = 0; count < 3; count += 1) expect((await fail('not')).status).toBe(200);
  });
});

describe('FI28 a refusal', () => {
  it.each<[by: string, status: number, call: ApiCall]>([
    ['the check of the token', 401, { path: '/auth/me', token: 'no.to.ken' }],
    ['the parser', 400, { method: 'POST', path: '/auth/login', body: '{' }],
    ['the check of the media type', 415, { method: 'POST', path: '/auth/login', body: 'a', headers: { 'content-type': 'text/plain' } }],
    ['the routes', 404, { path: '/nothing' }],
    ['the methods', 405, { method: 'PUT', path: '/auth/login' }],
    ['the rights', 401, { path: '/admin/users' }],
    ['the failing action', 500, { method: 'POST', path: '/fail/null' }],
  ])('of %s has the headers of every other answer', async (_, status, call) => {
    const answer = await send(call);
    expect({ status: answer.status, type: answer.headers['content-type'] }).toEqual({ status, type: 'application/problem+json' });
    expectSafe(answer);
  });

  it('of the gateway itself is readable for the page, in the words of API Gateway', async () => {
    const answer = await send({ method: 'POST', path: '/auth/login', body: 'x'.repeat(10 * 1_048_576 + 1) });
    expect(answer).toMatchObject({ status: 413, json: { message: 'Request Entity Too Large' } });
    expect(answer.headers['access-control-allow-origin']).toBe(origin);
  });
});

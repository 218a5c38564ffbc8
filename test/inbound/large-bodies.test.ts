import { createHmac } from 'node:crypto';
import { type LocalBackend, startLocal } from '../../local/local-backend.ts';
import { cachedAssembly } from '../support/cached-assembly.ts';
import { type ApiAnswer, callApi } from '../support/call-api.ts';
import { expectProblem } from '../support/expect-problem.ts';
import { until } from '../webhooks/webhooks-backend.ts';

// biome-ignore lint/suspicious/noExplicitAny: the dump has a shape for each service
type Dump = any;

let local: LocalBackend;
const lines: string[] = [];

beforeAll(async () => {
  const app = 'test/inbound/large-app.ts';
  const write = (_: string, text: string) => void lines.push(text);
  const log = { info: write, warn: write, error: write };
  local = await startLocal({ assembly: cachedAssembly({ app, sources: [app, 'test/inbound/code'] }), log });
});
afterAll(() => local.dispose());

const bodyOf = (bytes: number): string => JSON.stringify({ text: `${'ü'.repeat(Math.floor(bytes / 2))}.` });
const send = (name: string, body: string, id: string, secret = 'github-secret'): Promise<ApiAnswer> => {
  const signature = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
  const headers = { 'x-github-delivery': id, 'x-github-event': 'push', 'x-hub-signature-256': signature };
  return callApi(local.apiUrl, { method: 'POST', path: `/inbound/${name}`, headers, body });
};
const effects = (id: string): readonly string[] => lines.filter((line) => line.includes(`effect ${id}`));
const objects = async (): Promise<number> => {
  const { s3 } = (await local.dump()) as Dump;
  return JSON.stringify(s3).match(/"(?:github|other|small)\/[0-9a-f]{64}"/g)?.length ?? 0;
};

describe('Bodies of inbound webhooks are refused', () => {
  it.each([
    ['that are larger than maxBodyBytes says', 'github', 4_100_000],
    ['that are too large for an event, where it says nothing', 'small', 300_000],
  ])('%s, and nothing is kept', async (_, name, bytes) => {
    expectProblem(await send(name, bodyOf(bytes), crypto.randomUUID()), { status: 413, code: 'body_too_large' });
    expect(await objects()).toBe(0);
  });

  it('WH02 that are large and not signed by the service', async () => {
    expectProblem(await send('github', bodyOf(1_000_000), crypto.randomUUID(), 'wrong'), { status: 401, code: 'invalid_signature' });
    expect(await objects()).toBe(0);
  });
});

describe('Bodies of inbound webhooks are taken', () => {
  it('in the event, where they fit', async () => {
    const id = crypto.randomUUID();
    expect((await send('github', bodyOf(1_000), id)).json).toEqual({ received: id, duplicate: false });
    await until(
      () => effects(id)[0] ?? '',
      (line) => line.includes(`${id} 501 . undefined`),
    );
    expect(await objects()).toBe(0);
  });

  it('WH03 apart from it, where they do not, each happening once', async () => {
    const id = crypto.randomUUID();
    const body = bodyOf(3_000_000);
    expect((await send('github', body, id)).json).toEqual({ received: id, duplicate: false });
    expect((await send('github', body, id)).json).toEqual({ received: id, duplicate: true });
    await until(
      () => effects(id)[0] ?? '',
      (line) => line.includes(`${id} 1500001 . ${Buffer.byteLength(body)}`),
    );
    expect(await objects()).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(effects(id)).toHaveLength(1);
  });

  it('and cannot be read by functions whose access does not name the service', async () => {
    const id = crypto.randomUUID();
    await send('other', bodyOf(1_000_000), id);
    await until(
      () => effects(id)[0] ?? '',
      (line) => line.includes(`${id} AccessDenied`),
    );
  });
});

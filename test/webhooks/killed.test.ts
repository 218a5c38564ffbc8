import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { type LocalBackend, startLocal } from '../../local/local-backend.ts';
import { newPerson, newToken } from '../data/relations-backend.ts';
import { cachedAssembly } from '../support/cached-assembly.ts';
import { callApi } from '../support/call-api.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import { until } from './webhooks-backend.ts';

const assembly = (): string => cachedAssembly({ app: 'test/webhooks/webhooks-app.ts', settings: {} });
type Served = Pick<LocalBackend, 'apiUrl' | 'endpointUrl' | 'region' | 'credentials' | 'outputs'>;

let folder: string;
let receiver: Receiver;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'plinth-hooks-killed-'));
  receiver = await startReceiver();
});
afterEach(async () => {
  await receiver.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Starts the backend in a process of its own. */
const serve = async (): Promise<{ readonly child: ChildProcess; readonly served: Served }> => {
  const script = join(import.meta.dirname, '../data/relations-process.ts');
  const child = spawn(process.execPath, ['--no-warnings', script, assembly(), folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  for await (const chunk of child.stdout as NodeJS.ReadableStream) {
    text += String(chunk);
    if (text.includes('\n')) break;
  }
  return { child, served: JSON.parse(text) as Served };
};

const secret = `whsec_${Buffer.from('the-new-secret-of-24-bytes').toString('base64')}`;
const send = async (apiUrl: string, id: string): Promise<void> => {
  const body = JSON.stringify({ type: 'paid', id });
  const now = new Date();
  const headers = {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
    'webhook-signature': new Webhook(secret).sign(id, now, body),
  };
  const { status } = await callApi(apiUrl, { method: 'POST', path: '/inbound/svix', headers, body });
  expect(status).toBe(200);
};

it.each([0, 60, 250])(
  'WH10 a webhook that was answered comes out of the other end when the backend is killed %d ms later, under one id',
  async (delayMs) => {
    const first = await serve();
    const admin = await newPerson(first.served, ['admins']);
    const endpoint = { url: `${receiver.url}/told`, events: ['inbound.svix'] };
    const made = await callApi(first.served.apiUrl, { method: 'POST', path: '/webhooks/endpoints', body: endpoint, token: admin.token });
    expect(made.status).toBe(201);
    const ids = Array.from({ length: 12 }, () => crypto.randomUUID());
    await Promise.all(ids.map((id) => send(first.served.apiUrl, id)));
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');

    const second = await startLocal({ assembly: assembly(), folder });
    try {
      const told = (id: string) => receiver.received.filter(({ body }) => body.includes(id));
      await until(
        async () => {
          await new Promise((resolve) => setTimeout(resolve, 250));
          // What was under way when the process was killed is held until its time is over.
          second.clock.advance(30_000);
          return ids.filter((id) => told(id).length > 0).length;
        },
        (count) => count === ids.length,
        60_000,
      );
      for (const id of ids) expect(new Set(told(id).map(({ headers }) => headers['webhook-id'])).size).toBe(1);
      const { id } = made.json as { id: string };
      const token = await newToken(second.apiUrl, admin.email);
      const log = await until(
        async () => {
          const { json } = await callApi(second.apiUrl, { path: `/webhooks/endpoints/${id}/deliveries?limit=100`, token });
          second.clock.advance(30_000);
          return (json as { items: { status: string }[] }).items.map(({ status }) => status);
        },
        (seen) => seen.length === ids.length && seen.every((status) => status === 'succeeded'),
      );
      expect(log).toHaveLength(ids.length);
    } finally {
      await second.dispose();
    }
  },
  120_000,
);

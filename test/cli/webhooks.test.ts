import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { outputs } from '../../contracts/outputs.ts';
import { type WebhookDelivery, type WebhookEndpoint, webhookLimits } from '../../contracts/webhooks.ts';
import { type Receiver, startReceiver } from '../webhooks/receiver.ts';
import { until, WebhooksBackend } from '../webhooks/webhooks-backend.ts';

const root = join(import.meta.dirname, '..', '..');
const nobody = '01900000-0000-7000-8000-000000000000';
const longAgo = '2026-01-01T00:00:00Z';
let folder: string;
let backend: WebhooksBackend;
let receiver: Receiver;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'plinth-webhooks-'));
  [backend, receiver] = await Promise.all([WebhooksBackend.start({}, { folder: join(folder, '.plinth', 'state') }), startReceiver()]);
}, 120_000);
afterAll(async () => {
  await backend?.stop();
  await receiver?.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => backend.clear());

/** Runs `plinth`, as a child process without a terminal. */
const run = (...args: readonly string[]): Promise<{ readonly code: number | null; readonly text: string }> => {
  const child = spawn(process.execPath, [join(root, 'bin/plinth.ts'), ...args], {
    cwd: folder,
    env: { ...process.env, NO_COLOR: '1' },
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += String(chunk)));
  return new Promise((done) => child.on('close', (code) => done({ code, text })));
};
const plinth = (...args: readonly string[]) => run('webhooks', ...args);

let paths = 0;
const add = async () => {
  paths += 1;
  const path = `/cli-${paths}`;
  const url = `${receiver.url}${path}`;
  const { id } = await backend.add({ url, events: ['Note.created'] });
  return { id, path, url };
};
const enable = (id: string, enabled: boolean) => backend.done({ method: 'PATCH', path: `/webhooks/endpoints/${id}`, body: { enabled } });
/** All deliveries of an endpoint, newest first, when they are so. */
const all = (id: string, isSo: (deliveries: readonly WebhookDelivery[]) => boolean): Promise<readonly WebhookDelivery[]> => {
  const read = async (): Promise<readonly WebhookDelivery[]> => {
    const items: WebhookDelivery[] = [];
    let cursor: string | undefined;
    do {
      const path = `/webhooks/endpoints/${id}/deliveries?limit=100${cursor === undefined ? '' : `&cursor=${cursor}`}`;
      const page = await backend.done<{ items: WebhookDelivery[]; cursor?: string }>({ path });
      items.push(...page.items);
      cursor = page.cursor;
    } while (cursor !== undefined);
    return items;
  };
  return until(read, isSo, 120_000);
};
const isSettled = (deliveries: readonly WebhookDelivery[]): boolean => deliveries.every(({ status }) => status !== 'pending');
/** So many deliveries fail: an admin disables the endpoint while nobody takes them. */
const outage = async (id: string, path: string, count: number): Promise<readonly WebhookDelivery[]> => {
  receiver.answer(path, { status: 503 });
  for (let made = 0; made < count; made += 20) {
    await Promise.all(Array.from({ length: Math.min(20, count - made) }, () => backend.createNote('x')));
  }
  await all(id, (seen) => seen.length === count && seen.every(({ attempts }) => attempts.length > 0));
  await enable(id, false);
  const failed = await all(id, (seen) => {
    backend.local.clock.advance(10_000);
    return seen.every(({ status }) => status === 'failed');
  });
  receiver.answer(path, { status: 200 });
  return failed;
};

describe('plinth webhooks refuses', () => {
  it.each([
    ['a folder without a backend', ['--folder', 'elsewhere'], 'No backend runs on elsewhere'],
    ['deliveries of no endpoint', ['deliveries', nobody], `There is no endpoint ${nobody} in the local backend of .plinth`],
    ['a status that there is not', ['deliveries', nobody, '--status', 'lost'], 'Use one of pending, succeeded, failed'],
    ['a limit that is none', ['deliveries', nobody, '--limit', 'all'], 'Give a whole number above 0'],
    ['a replay of nothing', ['replay', nobody], 'It is not said what is to be sent again'],
    ['a replay of two things', ['replay', nobody, nobody, '--since', longAgo], 'It is not said what is to be sent again'],
    ['a replay to no endpoint', ['replay', 'x', '--since', longAgo], 'List those that there are with "plinth webhooks"'],
    ['to enable no endpoint', ['enable', nobody], `There is no endpoint ${nobody}`],
  ])('%s, and sends nothing', async (_, args, message) => {
    const before = receiver.received.length;
    const { code, text } = await plinth(...args);
    expect({ code, text }).toEqual({ code: 1, text: expect.stringContaining(message) });
    expect(receiver.received).toHaveLength(before);
  });

  it('times that are none or to come, deliveries that there are not, and an endpoint that is disabled', async () => {
    const { id, path, url } = await add();
    const [failed] = await outage(id, path, 1);
    const before = await backend.items('Webhooks');
    const calls = receiver.of(path).length;
    for (const args of [['--since', longAgo], [failed?.id ?? '']]) {
      const { code, text } = await plinth('replay', id, ...args);
      expect({ code, text }).toEqual({ code: 1, text: expect.stringContaining(`Nothing is sent to ${url}: it is disabled by an admin.`) });
      expect(text).toContain(`plinth webhooks enable ${id}`);
    }
    expect(await backend.items('Webhooks')).toEqual(before);

    expect((await plinth('enable', id)).text).toContain(`${url} is enabled.`);
    expect((await plinth('replay', id, '--since', 'soon')).text).toContain('--since is "soon", which is no time.');
    expect((await plinth('replay', id, '--since', '2999-01-01')).text).toContain('The time is to come.');
    for (const delivery of [nobody, 'x', '../x']) {
      const { code, text } = await plinth('replay', id, delivery);
      expect({ code, text }).toEqual({ code: 1, text: expect.stringContaining(`The log has no delivery ${delivery} to ${url}`) });
    }
    expect(receiver.of(path)).toHaveLength(calls);
  }, 120_000);
});

describe('plinth webhooks', () => {
  it('says that there are no endpoints', async () => {
    expect(await plinth()).toEqual({ code: 0, text: 'There are no endpoints in the local backend of .plinth.\n' });
    expect(JSON.parse((await plinth('--json')).text)).toEqual([]);
  });

  it('lists endpoints and how they fare, without secrets', async () => {
    const [good, bad] = [await add(), await add()];
    await outage(bad.id, bad.path, 2);
    const { code, text } = await plinth();
    const { failingSince, failures } = await backend.endpoint(bad.id);
    expect({ code, text }).toEqual({
      code: 0,
      text: [
        'Endpoints of the local backend of .plinth',
        `  ${good.id}  ${good.url}`,
        '    enabled; events Note.created',
        `  ${bad.id}  ${bad.url}`,
        `    disabled by an admin; events Note.created; failing since ${failingSince} (${failures} attempts)`,
        '',
      ].join('\n'),
    });
    const listed = JSON.parse((await plinth('list', '--json')).text) as readonly WebhookEndpoint[];
    expect(listed).toEqual([await backend.endpoint(good.id), await backend.endpoint(bad.id)]);
    expect(JSON.stringify(listed)).not.toContain('whsec_');
  }, 120_000);

  it('lists deliveries of an endpoint, all or those of one status', async () => {
    const { id, path, url } = await add();
    expect((await plinth('deliveries', id)).text).toBe(`The log has no deliveries to ${url}.\n`);
    const [newest, older] = await outage(id, path, 2);
    const line = ({ id: delivery, createdAt, attempts }: WebhookDelivery): string =>
      `  ${delivery}  ${createdAt}  Note.created  failed     ${attempts.length} attempts, the last: endpoint_disabled\n`;
    const lines = [newest, older].map((one) => (one === undefined ? '' : line(one)));
    expect((await plinth('deliveries', id, '--status', 'failed')).text).toBe(
      `Deliveries to ${url} that are failed, the newest first\n${lines.join('')}`,
    );
    expect((await plinth('deliveries', id, '--limit', '1')).text).toBe(
      `Deliveries to ${url}, the newest first\n${lines[0]}There may be more: --limit 2 shows them.\n`,
    );
    expect((await plinth('deliveries', id, '--status', 'succeeded')).text).toBe(
      `The log has no deliveries to ${url} that are succeeded.\n`,
    );
    expect(JSON.parse((await plinth('deliveries', id, '--json')).text)).toEqual([newest, older]);
  }, 120_000);

  it('replays one delivery, and all that have failed since a time, each once', async () => {
    const { id, path, url } = await add();
    const failed = await outage(id, path, 3);
    await plinth('enable', id);
    const sentBefore = receiver.of(path).length;
    const [one, ...others] = failed;
    const { code, text } = await plinth('replay', id, one?.id ?? '');
    expect({ code, text }).toEqual({ code: 0, text: `The delivery ${one?.id} (Note.created) to ${url} is on the way again.\n` });
    await backend.delivery(id, ({ status }) => status === 'succeeded');
    const again = await plinth('replay', id, '--since', longAgo);
    expect(again).toEqual({ code: 0, text: expect.stringContaining(`2 deliveries to ${url} are on the way again.\n`) });
    await all(id, isSettled);
    const ids = receiver
      .of(path)
      .slice(sentBefore)
      .map(({ headers }) => headers['webhook-id']);
    expect(ids.sort()).toEqual([one, ...others].map((delivery) => delivery?.messageId).sort());
    expect(await plinth('replay', id, '--since', longAgo)).toEqual({
      code: 0,
      text: `Nothing that happened since ${longAgo} has failed at ${url}; nothing was sent.\n`,
    });
  }, 120_000);

  it('leaves to a replay of the archive what happened while an endpoint was disabled', async () => {
    const { id, path } = await add();
    await enable(id, false);
    const [from, to] = [-1_000, 60_000].map((ms) => new Date(backend.local.clock.now() + ms).toISOString());
    const before = (await backend.items('Webhooks')).length;
    const note = await backend.createNote('missed');
    await backend.settles();
    expect((await backend.items('Webhooks')).length).toBe(before);
    await plinth('enable', id);
    const { code, text } = await run('events', 'replay', '--from', String(from), '--to', String(to), '--type', 'Note.created');
    expect({ code, text }).toEqual({ code: 0, text: expect.stringContaining('has ended') });
    await backend.delivery(id, ({ status }) => status === 'succeeded');
    expect(receiver.of(path).map(({ body }) => JSON.parse(body).data.id)).toEqual([note.id]);
  }, 120_000);

  it('goes on until nothing is left, where there is more than a request takes', async () => {
    const { id, path, url } = await add();
    await outage(id, path, webhookLimits.replays + 3);
    await plinth('enable', id);
    const sentBefore = receiver.of(path).length;
    expect((await plinth('replay', id, '--since', longAgo)).text).toContain(`103 deliveries to ${url} are on the way again.\n`);
    const seen = await all(id, (deliveries) => deliveries.every(({ status }) => status === 'succeeded'));
    expect(seen).toHaveLength(103);
    const ids = receiver
      .of(path)
      .slice(sentBefore)
      .map(({ headers }) => headers['webhook-id']);
    expect(ids.sort()).toEqual(seen.map(({ messageId }) => messageId).sort());
    const listed = JSON.parse((await plinth('deliveries', id, '--limit', '1000', '--json')).text) as readonly WebhookDelivery[];
    expect(listed.map((one) => one.id)).toEqual(seen.map((one) => one.id));
  }, 240_000);
});

describe('The function behind /webhooks', () => {
  const invoke = async (event: object): Promise<{ readonly status?: number; readonly statusCode?: number }> => {
    const { endpointUrl: endpoint, region, credentials, outputs: values } = backend.local;
    const client = new LambdaClient({ endpoint, region, credentials });
    const FunctionName = values[outputs.webhooksFunctionName];
    const { Payload } = await client.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(event) }));
    client.destroy();
    return JSON.parse(Buffer.from(Payload ?? []).toString());
  };

  it('opens nothing to operators that shows or changes a secret or where events go', async () => {
    const { id } = await add();
    const before = await backend.items('Webhooks');
    for (const [method, path, body, status = 404] of [
      ['PATCH', `/webhooks/endpoints/${id}`, { enabled: true, url: `${receiver.url}/other` }, 403],
      ['PATCH', `/webhooks/endpoints/${id}`, { headers: { 'x-a': 'b' } }, 403],
      ['POST', '/webhooks/endpoints', { url: `${receiver.url}/other` }],
      ['GET', `/webhooks/endpoints/${id}`, undefined],
      ['DELETE', `/webhooks/endpoints/${id}`, undefined],
      ['POST', `/webhooks/endpoints/${id}/rotate-secret`, {}],
      ['GET', '/data/Note', undefined],
    ] as const) {
      const headers = { 'content-type': 'application/json' };
      expect(await invoke({ operator: { method, path, headers, ...(body && { body: JSON.stringify(body) }) } })).toMatchObject({ status });
    }
    expect(await backend.items('Webhooks')).toEqual(before);
  });

  it('takes no request over HTTP for one of an operator', async () => {
    const operator = { method: 'GET', path: '/webhooks/endpoints' };
    const call = {
      method: 'POST',
      path: '/webhooks/endpoints?operator=1',
      body: { operator },
      headers: { operator: JSON.stringify(operator) },
    };
    expect((await backend.call(undefined, call)).status).toBe(401);
    expect((await backend.call(backend.person, call)).status).toBe(403);
    expect((await backend.call(backend.admin, call)).json).toMatchObject({ code: 'validation_failed' });
  });
});

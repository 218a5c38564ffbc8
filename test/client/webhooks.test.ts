import { createClient, memoryStorage } from '../../client/client.ts';
import { webhookRoutes } from '../../contracts/webhooks.ts';
import { type Receiver, startReceiver } from '../webhooks/receiver.ts';
import { WebhooksBackend } from '../webhooks/webhooks-backend.ts';

let backend: WebhooksBackend;
let receiver: Receiver;
beforeAll(async () => {
  [backend, receiver] = await Promise.all([WebhooksBackend.start(), startReceiver()]);
});
afterAll(async () => {
  await backend.stop();
  await receiver.close();
});

describe('client.admin.webhooks', () => {
  it('has a method for every route, and uses every action that the functions are granted', async () => {
    const asked: string[] = [];
    const client = createClient({
      url: backend.local.apiUrl,
      storage: memoryStorage(),
      accessToken: () => backend.tokenOf(backend.admin),
      fetch: (input, init) => {
        asked.push(`${init?.method} ${new URL(String(input)).pathname}`);
        return fetch(input, init);
      },
    });
    const { webhooks } = client.admin;
    const made = await webhooks.create({ url: `${receiver.url}/gone`, events: ['Note.*'] });
    expect((await webhooks.list()).map(({ id }) => id)).toEqual([made.id]);
    expect(await webhooks.read(made.id)).toMatchObject({ id: made.id, enabled: true });
    expect(await webhooks.update(made.id, { description: 'CRM' })).toMatchObject({ description: 'CRM' });
    expect((await webhooks.rotateSecret(made.id)).secret).toMatch(/^whsec_/);
    // First it asks for time, which takes a schedule; then for less, which a queue can give; then it is gone for good.
    receiver.answer('/gone', { status: 503, headers: { 'retry-after': '2000' } }, { status: 500 }, { status: 410 }, { status: 200 });
    const sent = await webhooks.test(made.id);
    await backend.delivery(made.id, ({ attempts }) => attempts.length === 1);
    backend.local.clock.advance(2_500_000);
    await backend.delivery(made.id, ({ attempts }) => attempts.length === 2);
    await backend.createNote('x');
    await backend.delivery(made.id, ({ type, status }) => type === 'Note.created' && status === 'failed');
    await webhooks.update(made.id, { enabled: true });
    expect((await webhooks.deliveries(made.id, { status: 'failed' })).items.map(({ type }) => type)).toEqual(['Note.created']);
    expect(await webhooks.replayFailed(made.id, { since: made.createdAt })).toEqual({ replayed: 1 });
    await backend.delivery(made.id, ({ status }) => status === 'succeeded');
    expect(await webhooks.replay(made.id, sent.id)).toMatchObject({ id: sent.id, status: 'pending' });
    const { items } = await webhooks.deliveries(made.id, { limit: 10 });
    expect(items.map(({ type }) => type)).toEqual(['Note.created', 'webhook.test']);
    expect((await webhooks.delivery(made.id, sent.id)).body).toMatchObject({ type: 'webhook.test' });
    await webhooks.delete(made.id);
    expect(await webhooks.list()).toEqual([]);
    await expect(webhooks.read(made.id)).rejects.toMatchObject({ code: 'not_found' });
    const routes = asked.map((call) => call.replaceAll(made.id, '{id}').replaceAll(sent.id, '{delivery}'));
    expect([...new Set(routes)].sort()).toEqual(
      Object.values(webhookRoutes)
        .map(({ method, path }) => `${method} ${path}`)
        .sort(),
    );

    const { unused, denied } = backend.local.accessReport();
    const ours = ({ role }: { readonly role: string }): boolean => role.includes('Webhooks');
    expect(denied.filter(ours)).toEqual([]);
    expect(unused.filter(ours)).toEqual([]);
  });
});

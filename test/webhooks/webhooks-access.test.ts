import { type WebhookRoute, webhookRoutes } from '../../contracts/webhooks.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import { WebhooksBackend } from './webhooks-backend.ts';

let backend: WebhooksBackend;
let receiver: Receiver;
let endpoint: string;
let delivery: string;
beforeAll(async () => {
  [backend, receiver] = await Promise.all([WebhooksBackend.start(), startReceiver()]);
});
beforeEach(async () => {
  await backend.clear();
  endpoint = (await backend.add({ url: `${receiver.url}/hook` })).id;
  await backend.done({ method: 'POST', path: `/webhooks/endpoints/${endpoint}/test` });
  delivery = (await backend.delivery(endpoint, ({ status }) => status === 'succeeded')).id;
});
afterAll(async () => {
  await backend.stop();
  await receiver.close();
});

/** What each route answers to a guest, a user and an admin. */
const rows: readonly [WebhookRoute, (() => object) | undefined, readonly [number, number, number]][] = [
  ['createWebhook', () => ({ url: `${receiver.url}/other` }), [401, 403, 201]],
  ['listWebhooks', undefined, [401, 403, 200]],
  ['readWebhook', undefined, [401, 403, 200]],
  ['updateWebhook', () => ({ description: 'x' }), [401, 403, 200]],
  ['deleteWebhook', undefined, [401, 403, 204]],
  ['rotateWebhookSecret', undefined, [401, 403, 200]],
  ['testWebhook', undefined, [401, 403, 202]],
  ['listWebhookDeliveries', undefined, [401, 403, 200]],
  ['readWebhookDelivery', undefined, [401, 403, 200]],
  ['replayWebhookDelivery', undefined, [401, 403, 202]],
  ['replayWebhookDeliveries', () => ({ since: '2026-01-01T00:00:00Z' }), [401, 403, 202]],
];
const cells = rows.flatMap(([route, body, statuses]) =>
  (['guest', 'user', 'admin'] as const).map((actor, index) => [route, actor, statuses[index] ?? 0, body] as const),
);

describe('who may do what with webhooks', () => {
  it('has a row for every route', () => {
    expect(rows.map(([route]) => route).sort()).toEqual(Object.keys(webhookRoutes).sort());
  });

  it.each(cells)('%s: %s gets %i', async (route, actor, status, body) => {
    const before = await backend.items('Webhooks');
    const { method, path } = webhookRoutes[route];
    const who = { guest: undefined, user: backend.person, admin: backend.admin }[actor];
    const call = { method, path: path.replace('{id}', endpoint).replace('{delivery}', delivery), ...(body && { body: body() }) };
    const answer = await backend.call(who, call);
    expect({ status: answer.status, text: answer.text }).toEqual({ status, text: answer.text });
    if (status >= 400) expect(await backend.items('Webhooks')).toEqual(before);
  });
});

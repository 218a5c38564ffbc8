import { setTimeout as pause } from 'node:timers/promises';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { accountRoutes } from '../../contracts/auth.ts';
import { outputs } from '../../contracts/outputs.ts';
import type { Person } from '../data/relations-backend.ts';
import { until } from '../events/events-backend.ts';
import { expectProblem } from '../support/expect-problem.ts';
import { newSubscription, newToken, PushBackend } from './push-backend.ts';

let backend: PushBackend;

beforeAll(async () => {
  backend = await PushBackend.start();
});
afterAll(() => backend?.stop());

const password = 'correct-horse-1';
const deleteMe = (who: Person, given = password) =>
  backend.call(who, { method: 'DELETE', path: accountRoutes.deleteMe.path, body: { password: given } });

/** Devices by SNS, one by shards, preferences and a topic. */
const equip = async (who: Person, devices = 2) => {
  const tokens = Array.from({ length: devices }, () => newToken());
  for (const token of tokens) await backend.register(who, { platform: 'apns', token });
  const { id: browser } = await backend.registerWeb(who);
  await backend.subscribe(who, 'news');
  return { tokens, browser };
};

/** All that the table holds of a user, without the mark of the deletion. */
const kept = async (id: string) => {
  const items = await backend.items();
  return items.filter(({ pk, owner, forgotten }) => (pk === `U#${id}` && forgotten === undefined) || owner === id);
};
const mark = async (id: string) => (await backend.itemsOf(`U#${id}`)).find(({ sk }) => sk === 'P');

const forgotten = (id: string) =>
  until(
    () => kept(id),
    (items) => items.length === 0,
  );

describe('A deleted user', () => {
  it('is not forgotten when the deletion was refused', async () => {
    const ada = await backend.person();
    await equip(ada);
    const before = await kept(ada.id);
    expectProblem(await deleteMe(ada, 'wrong-horse-1'), { status: 401, code: 'invalid_credentials' });
    const admin = await backend.person('admins');
    expectProblem(await backend.call(ada, { method: 'DELETE', path: `/admin/users/${admin.id}` }), { status: 403, code: 'forbidden' });
    expectProblem(await backend.call(admin, { method: 'DELETE', path: `/admin/users/${crypto.randomUUID()}` }), {
      status: 404,
      code: 'not_found',
    });
    await pause(500);
    expect(await kept(ada.id)).toEqual(before);
    expect(await backend.devices(ada)).toHaveLength(3);
  });

  it('has no devices, endpoints, subscriptions, topics and preferences any more, and others keep theirs', async () => {
    const [ada, ben] = [await backend.person(), await backend.person()];
    const own = await equip(ada);
    const other = await equip(ben);
    await backend.prefer(ada, { muted: ['offers'] });
    const before = await kept(ben.id);
    const subscriptions = (await backend.subscriptions()).length;
    expect((await deleteMe(ada)).status).toBe(204);
    await forgotten(ada.id);
    const endpoints = await backend.endpoints();
    for (const token of own.tokens) expect(endpoints.has(token)).toBe(false);
    expect(await backend.listeners('news')).not.toContain(own.browser);
    expect(await backend.listeners('all')).not.toContain(own.browser);
    expect(await kept(ben.id)).toEqual(before);
    for (const token of other.tokens) expect(endpoints.has(token)).toBe(true);
    expect((await backend.subscriptions()).length).toBe(subscriptions);
    expect(await mark(ada.id)).toMatchObject({ forgotten: true });
    expect(Object.keys((await mark(ada.id)) ?? {}).sort()).toEqual(['expiresAt', 'forgotten', 'pk', 'sk', 'version']);
  });

  it('is forgotten when an admin has deleted the account', async () => {
    const [ada, admin] = [await backend.person(), await backend.person('admins')];
    await equip(ada, 1);
    expect((await backend.call(admin, { method: 'DELETE', path: `/admin/users/${ada.id}` })).status).toBe(204);
    await forgotten(ada.id);
  });

  it('registers nothing with a token that is still good', async () => {
    const ada = await backend.person();
    await equip(ada, 1);
    await deleteMe(ada);
    await forgotten(ada.id);
    const again = { platform: 'web', subscription: newSubscription() };
    expectProblem(await backend.call(ada, { method: 'POST', path: '/push/devices', body: again }), {
      status: 401,
      code: 'unauthenticated',
    });
    const token = newToken();
    expectProblem(await backend.call(ada, { method: 'POST', path: '/push/devices', body: { platform: 'apns', token } }), {
      status: 401,
      code: 'unauthenticated',
    });
    expectProblem(await backend.call(ada, { method: 'PATCH', path: '/push/preferences', body: { muted: ['offers'] } }), {
      status: 401,
      code: 'unauthenticated',
    });
    expectProblem(await backend.call(ada, { method: 'PUT', path: '/push/topics/news/subscription' }), {
      status: 401,
      code: 'unauthenticated',
    });
    expect(await kept(ada.id)).toEqual([]);
    expect((await backend.endpoints()).has(token)).toBe(false);
  });

  it('gets no push from the mark on, also while the devices are still there', async () => {
    const [ada, ben, admin] = [await backend.person(), await backend.person(), await backend.person('admins')];
    const [own] = (await equip(ada, 1)).tokens;
    const [other] = (await equip(ben, 1)).tokens;
    await backend.put({ ...(await mark(ada.id)), forgotten: true });
    const body = { to: { users: [ada.id, ben.id] }, title: 'Hello', body: 'Ben', urgent: true };
    const { id } = await backend.done(admin, { method: 'POST', path: '/push/messages', body });
    const got = (token = '') => backend.local.inbox.list(token).length;
    await until(
      async () => got(other),
      (count) => count === 1,
    );
    await pause(300);
    expect(got(own)).toBe(0);
    const { items } = await backend.done(admin, { path: `/push/messages/${id}/deliveries` });
    const devices = new Set((await backend.devices(ben)).map((device) => device.id));
    expect(items.every(({ deviceId }: { deviceId: string }) => devices.has(deviceId))).toBe(true);
  });

  it('is forgotten in as few requests as there can be when it is told of from outside, and costs two the next time', async () => {
    const ada = await backend.person();
    await equip(ada, 5);
    const { endpointUrl: endpoint, region, credentials } = backend.local;
    const bus = new EventBridgeClient({ endpoint, region, credentials });
    const detail = {
      id: `user.deleted:${ada.id}`,
      type: 'user.deleted',
      time: new Date().toISOString(),
      depth: 0,
      data: { userId: ada.id },
    };
    const tell = async () => {
      const before = Number((await mark(ada.id))?.['version']);
      backend.requests();
      const entry = { EventBusName: backend.local.outputs[outputs.eventBusName], Source: 'plinth', DetailType: 'user.deleted' };
      await bus.send(new PutEventsCommand({ Entries: [{ ...entry, Detail: JSON.stringify(detail) }] }));
      await until(
        () => mark(ada.id),
        (item) => Number(item?.['version']) > before,
      );
      await forgotten(ada.id);
      await pause(300);
      const { 'events:PutEvents': _, ...requests } = backend.requests();
      return Object.fromEntries(Object.entries(requests).filter(([name]) => !name.startsWith('sqs') && !name.startsWith('logs')));
    };
    // Five phones with two topics each, and a browser: what they have in the table is one transaction.
    expect(await tell()).toEqual({
      'dynamodb:UpdateItem': 1,
      'dynamodb:Query': 1,
      'dynamodb:TransactWriteItems': 1,
      'sns:DeleteEndpoint': 5,
      'sns:Unsubscribe': 10,
    });
    expect(await tell()).toEqual({ 'dynamodb:UpdateItem': 1, 'dynamodb:Query': 1 });
    bus.destroy();
  });
});

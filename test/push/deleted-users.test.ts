import { setTimeout as pause } from 'node:timers/promises';
import { accountRoutes } from '../../contracts/auth.ts';
import type { Person } from '../data/relations-backend.ts';
import { until } from '../events/events-backend.ts';
import { expectProblem } from '../support/expect-problem.ts';
import { newSubscription, newToken, PushBackend } from './push-backend.ts';

let backend: PushBackend;

beforeAll(async () => {
  backend = await PushBackend.start();
}, 120_000);
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
});

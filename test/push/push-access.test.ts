import { type PushRoute, pushRoutes } from '../../contracts/push.ts';
import type { Person } from '../data/relations-backend.ts';
import { type Body, newSubscription, PushBackend } from './push-backend.ts';

/** Who calls, in the order of the columns. */
const actors = ['guest', 'anna', 'ben', 'editor', 'admin'] as const;
type Actor = (typeof actors)[number];

let backend: PushBackend;
let people: Readonly<Record<Exclude<Actor, 'guest'>, Person>>;
let device: string;
let messages: string[];
beforeAll(async () => {
  backend = await PushBackend.start();
  const [anna, ben, editor, admin] = await Promise.all([
    backend.person(),
    backend.person(),
    backend.person('editors'),
    backend.person('admins'),
  ]);
  people = { anna, ben, editor, admin };
});
const subscription = newSubscription();
beforeEach(async () => {
  device = (await backend.registerWeb(people.anna, subscription)).id;
  const sendAt = new Date(Date.now() + 86_400_000).toISOString();
  messages = [
    (await backend.done(people.admin, { method: 'POST', path: '/push/messages', body: { to: { all: true }, title: 'x', sendAt } })).id,
  ];
});
afterAll(() => backend.stop());

const message = (to: () => object) => () => ({ to: to(), title: 'x' });

/** Anna has a device; each row is what the route answers to each. */
const rows: readonly [PushRoute, (() => object) | undefined, string, readonly [number, number, number, number, number]][] = [
  ['readWebKey', undefined, '', [200, 200, 200, 200, 200]],
  ['registerDevice', () => ({ platform: 'web', subscription: newSubscription() }), '', [401, 200, 200, 200, 200]],
  ['listDevices', undefined, '', [401, 200, 200, 200, 200]],
  ['removeDevice', undefined, 'of Anna', [401, 204, 404, 404, 404]],
  ['readPreferences', undefined, '', [401, 200, 200, 200, 200]],
  ['updatePreferences', () => ({ muted: [] }), '', [401, 200, 200, 200, 200]],
  ['listTopics', undefined, '', [401, 200, 200, 200, 200]],
  ['subscribeTopic', undefined, 'news', [401, 204, 204, 204, 204]],
  ['subscribeTopic', undefined, 'editorial', [401, 403, 403, 204, 204]],
  ['subscribeTopic', undefined, 'quiet', [401, 403, 403, 403, 204]],
  ['unsubscribeTopic', undefined, 'editorial', [401, 204, 204, 204, 204]],
  ['sendMessage', message(() => ({ users: [people.anna.id] })), 'to Anna', [401, 403, 403, 403, 202]],
  ['sendMessage', message(() => ({ devices: [device] })), 'to Anna’s device', [401, 403, 403, 403, 202]],
  ['sendMessage', message(() => ({ all: true })), 'to all', [401, 403, 403, 403, 202]],
  ['sendMessage', message(() => ({ topic: 'news' })), 'to news', [401, 403, 403, 202, 202]],
  ['sendMessage', message(() => ({ topic: 'editorial' })), 'to editorial', [401, 403, 403, 202, 202]],
  ['sendMessage', () => ({ ...message(() => ({ topic: 'news' }))(), urgent: true }), 'to news, urgently', [401, 403, 403, 403, 202]],
  ['listMessages', undefined, '', [401, 403, 403, 403, 200]],
  ['readMessage', undefined, '', [401, 403, 403, 403, 200]],
  ['listDeliveries', undefined, '', [401, 403, 403, 403, 200]],
  ['cancelMessage', undefined, '', [401, 403, 403, 403, 204]],
];
const cells = rows.flatMap(([route, body, what, statuses]) =>
  actors.map((actor, index) => [route, what, actor, statuses[index] ?? 0, body] as const),
);

/** All that is kept of people, and which messages there are: what becomes of those of earlier rows goes on in the meantime. */
const kept = async (): Promise<readonly Body[]> => {
  const items = await backend.items();
  return items.flatMap((item) => (/^[UDT]#/.test(item['pk']) ? [item] : /^[MI]#/.test(item['pk']) ? [item['pk'], item['sk']] : []));
};

const pathOf = (route: PushRoute, what: string): string => {
  const id = route === 'removeDevice' ? device : (messages[0] ?? '');
  return pushRoutes[route].path.replace('{id}', id).replace('{topic}', what);
};

describe('who may do what in push', () => {
  it('has a row for every route', () => {
    expect([...new Set(rows.map(([route]) => route))].sort()).toEqual(Object.keys(pushRoutes).sort());
  });

  it.each(cells)('%s %s: %s gets %i', async (route, what, actor, status, body) => {
    const before = await kept();
    const { method } = pushRoutes[route];
    const who = actor === 'guest' ? undefined : people[actor];
    const answer = await backend.call(who, { method, path: pathOf(route, what), ...(body && { body: body() }) });
    expect({ status: answer.status, text: answer.text }).toEqual({ status, text: answer.text });
    if (status >= 400) expect(await kept()).toEqual(before);
  });

  it('refuses a token that is none, on every route that needs one', async () => {
    for (const [route, body] of rows) {
      if (route === 'readWebKey') continue;
      const { method } = pushRoutes[route];
      const call = { method, path: pathOf(route, 'news'), ...(body && { body: body() }) };
      expect((await backend.call({ id: '', email: '', token: 'a.b.c' }, call)).status).toBe(401);
    }
  });
});

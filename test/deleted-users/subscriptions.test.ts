import { setTimeout as pause } from 'node:timers/promises';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { accountRoutes } from '../../contracts/auth.ts';
import { type LocalBackend, startLocal } from '../../local/local-backend.ts';
import { newPerson, type Person } from '../data/relations-backend.ts';
import { until } from '../events/events-backend.ts';
import { cachedAssembly } from '../support/cached-assembly.ts';
import { callApi } from '../support/call-api.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape
type Body = any;

let local: LocalBackend;

beforeAll(async () => {
  local = await startLocal({ assembly: cachedAssembly({ app: 'test/deleted-users/deleted-users-app.ts' }) });
});
afterAll(() => local?.dispose());

const call = (who: Person, method: string, path: string, body?: object) =>
  callApi(local.apiUrl, { method, path, token: who.token, ...(body && { body }) });
const deleteMe = (who: Person, password = 'correct-horse-1') => call(who, 'DELETE', accountRoutes.deleteMe.path, { password });

/** Pays a checkout, as a person does on its page. */
const pay = (url: string) =>
  fetch(url, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({ action: 'pay' }),
    headers: { origin: new URL(url).origin },
  });
const begin = async (who: Person): Promise<string> => ((await call(who, 'POST', '/payments/checkout', { plan: 'pro' })).json as Body).url;

/** What the table of payments holds of somebody. */
const stored = async ({ id }: Person): Promise<{ customers: Body[]; subscriptions: string[]; links: Body[] }> => {
  const { dynamodb } = (await local.dump()) as Body;
  const [, items = []] = Object.entries<Body[]>(dynamodb).find(([name]) => name.includes('Payments')) ?? [];
  const own: Body[] = items.map((item) => unmarshall(item)).filter(({ pk, userId }) => pk === `U#${id}` || userId === id);
  return {
    customers: own.filter(({ pk }) => pk === `U#${id}`),
    links: own.filter(({ pk }) => pk.startsWith('C#')),
    subscriptions: own.filter(({ pk }) => pk.startsWith('S#')).map(({ status }) => status),
  };
};
const states = (who: Person, wanted: readonly string[]) =>
  until(
    () => stored(who),
    ({ subscriptions }) => JSON.stringify(subscriptions) === JSON.stringify(wanted),
  );

describe('The subscriptions of a deleted user', () => {
  it('go on where the deletion was refused', async () => {
    const ada = await newPerson(local);
    await pay(await begin(ada));
    const before = await states(ada, ['active']);
    expect((await deleteMe(ada, 'wrong-horse-1')).status).toBe(401);
    await pause(500);
    expect(await stored(ada)).toEqual(before);
  });

  it('end, and those of others go on', async () => {
    const [ada, ben] = [await newPerson(local), await newPerson(local)];
    for (const who of [ada, ben]) {
      await pay(await begin(who));
      await states(who, ['active']);
    }
    const before = await stored(ben);
    expect((await deleteMe(ada)).status).toBe(204);
    const left = await states(ada, ['canceled']);
    expect(left.customers).toEqual([]);
    expect(left.links).toEqual([expect.objectContaining({ userId: ada.id, forgotten: true })]);
    expect(await stored(ben)).toEqual(before);
  });

  it('end when the checkout is paid after the deletion', async () => {
    const ada = await newPerson(local);
    const url = await begin(ada);
    await deleteMe(ada);
    await until(
      () => stored(ada),
      ({ customers }) => customers.length === 0,
    );
    expect((await pay(url)).status).toBe(303);
    await states(ada, ['canceled']);
  });
});

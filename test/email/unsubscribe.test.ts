import { type LocalBackend, startLocal } from '../../local/local-backend.ts';
import { newPerson, type Person } from '../data/relations-backend.ts';
import { cachedAssembly } from '../support/cached-assembly.ts';
import { type ApiAnswer, type ApiCall, callApi } from '../support/call-api.ts';
import { until } from '../support/until.ts';

const app = 'test/email/newsletter-app.ts';
let local: LocalBackend;
let admin: Person;
let anna: Person;
let ben: Person;

beforeAll(async () => {
  local = await startLocal({ assembly: cachedAssembly({ app, sources: [app, 'test/email/code'], settings: {} }) });
  [admin, anna, ben] = await Promise.all([newPerson(local, ['admins']), newPerson(local), newPerson(local)]);
}, 120_000);
afterAll(() => local?.dispose());

const call = (who: Person, request: ApiCall): Promise<ApiAnswer> => callApi(local.apiUrl, { ...request, token: who.token });
const subscribe = (who: Person) => call(who, { method: 'POST', path: '/data/Subscription', body: { topic: 'news' } });
const subscriptions = async (who: Person): Promise<number> => {
  const { json } = await call(who, { path: '/data/Subscription' });
  return (json as { items: unknown[] }).items.length;
};
const publish = async (issue: string): Promise<unknown> =>
  (await call(admin, { method: 'POST', path: '/functions/newsletter', body: { apiUrl: local.apiUrl, issue } })).json;
const mailTo = ({ email }: Person, count: number) =>
  until(
    () => local.inbox.list(email).filter(({ subject }) => subject === 'News of the week'),
    ({ length }) => length === count,
  );
/** What a mail program does (RFC 8058, section 3.2). */
const click = (url: string): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    redirect: 'error',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'List-Unsubscribe=One-Click',
  });

describe('One click in a mail program', () => {
  it('unsubscribes who has clicked, and nobody else, once or twice', async () => {
    expect([(await subscribe(anna)).status, (await subscribe(ben)).status]).toEqual([201, 201]);
    expect(await publish('1')).toEqual({ sent: 2 });
    const [[mail], [other]] = [await mailTo(anna, 1), await mailTo(ben, 1)];
    expect(mail?.unsubscribeUrl).toMatch(new RegExp(`^${local.apiUrl}/unsubscribe/[0-9a-f-]{36}$`));
    expect(mail?.body).toContain(String(mail?.unsubscribeUrl));
    expect(other?.unsubscribeUrl).not.toBe(mail?.unsubscribeUrl);

    const tries = [`${local.apiUrl}/unsubscribe/01a20fe3-a666-7000-abb8-a987b2fb0dc1`, `${local.apiUrl}/unsubscribe/x`];
    for (const url of tries) expect((await click(url)).status).toBe(204);
    expect([await subscriptions(anna), await subscriptions(ben)]).toEqual([1, 1]);

    for (const _ of [1, 2]) expect((await click(String(mail?.unsubscribeUrl))).status).toBe(204);
    expect([await subscriptions(anna), await subscriptions(ben)]).toEqual([0, 1]);
    expect(await publish('2')).toEqual({ sent: 1 });
    await mailTo(ben, 2);
    expect(await mailTo(anna, 1)).toHaveLength(1);
  });
});

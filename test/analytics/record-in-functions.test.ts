import type { Person } from '../data/relations-backend.ts';
import { until } from '../support/until.ts';
import { AnalyticsBackend, type Body } from './analytics-backend.ts';

let backend: AnalyticsBackend;
let ann: Person;
const lines: string[] = [];

beforeAll(async () => {
  const write = (_: string, text: string) => void lines.push(text);
  backend = await AnalyticsBackend.start({ functions: true }, { log: { info: write, warn: write, error: write } });
  ann = await backend.person();
});
afterAll(() => backend.dispose());

const viewed = (path: string) => ({ type: 'page.viewed', properties: { path } });
const run = async (who: Person | undefined, body: object, name = 'tell'): Promise<Body> =>
  (await backend.call(who, { method: 'POST', path: `/functions/${name}`, body })).json?.result;
const setConsent = (who: Person, consent: boolean) => backend.call(who, { method: 'PUT', path: '/analytics/consent', body: { consent } });

describe('ctx.analytics.record refuses', () => {
  it.each([
    ['an event that breaks its schema', { events: [viewed('/'), { type: 'page.viewed', properties: {} }] }, '/events/1/properties/path'],
    ['a type that is not defined', { events: [{ type: 'page.left' }] }, '/events/0/type'],
    ['a user who is none', { events: [viewed('/')], options: { userId: '' } }, '/userId'],
    ['a user who is too long', { events: [viewed('/')], options: { userId: 'x'.repeat(129) } }, '/userId'],
    ['a field that there is not', { events: [viewed('/')], options: { who: 'x' } }, '/who'],
  ])('%s, and takes none of the batch', async (_, body, pointer) => {
    const refused = await run(ann, { as: 'system', ...body });
    expect(refused).toMatchObject({ status: 400, errors: [{ pointer }] });
  });

  it('events that are about nobody', async () => {
    const refused = await run(undefined, { as: 'system', events: [viewed('/')], options: { consent: true } });
    expect(refused).toMatchObject({ status: 400, errors: [{ pointer: '/userId', code: 'required' }] });
    const unsaid = await run(undefined, { as: 'system', events: [viewed('/')], options: { anonymousId: 'visit' } });
    expect(unsaid).toMatchObject({ status: 400, errors: [{ pointer: '/consent', code: 'required' }] });
  });

  it('as the caller, what the caller could not send', async () => {
    const of = (options: object) => ({ as: 'caller', events: [viewed('/')], options: { consent: true, ...options } });
    expect(await run(ann, of({ userId: 'another' }))).toMatchObject({ status: 400, code: 'unknown_field' });
    expect(await run(ann, of({ consent: undefined }))).toMatchObject({ errors: [{ pointer: '/consent' }] });
    expect(await run(undefined, of({ anonymousId: 'visit' }))).toMatchObject({ status: 401 });
  });

  it('FN12 functions whose access does not name it', async () => {
    const refused = await run(ann, { as: 'system', events: [viewed('/')] }, 'mute');
    expect(refused).toMatchObject({ status: 404, code: 'unknown_route' });
  });

  it('and stores nothing of all that', async () => {
    expect(await backend.waiting()).toEqual({ bytes: 0, messages: 0 });
    expect(await backend.objects()).toEqual([]);
  });
});

describe('ctx.analytics.record takes', () => {
  it('WH20 nothing of a user who has said no, or has said nothing, unless the function says that there is consent', async () => {
    const bob = await backend.person();
    const about = (consent?: boolean) => ({ as: 'system', events: [viewed('/')], options: { userId: bob.id, consent } });
    expect(await run(ann, about())).toEqual({ accepted: 0 });
    await setConsent(bob, false);
    expect(await run(ann, about(true))).toEqual({ accepted: 0 });
    expect(await run(bob, { as: 'caller', events: [viewed('/')], options: { consent: true } })).toEqual({ accepted: 0 });
    expect(await backend.waiting()).toEqual({ bytes: 0, messages: 0 });
    await setConsent(bob, true);
    expect(await run(ann, about())).toEqual({ accepted: 1 });
    expect(await run(ann, about(false))).toEqual({ accepted: 0 });
    expect(await backend.whenStored(1)).toEqual([expect.objectContaining({ userId: bob.id })]);
  });

  it('events about who called, about a named user and about a visit', async () => {
    const options = { consent: true };
    await run(ann, { as: 'system', events: [viewed('/called')], options });
    await run(ann, { as: 'system', events: [viewed('/named')], options: { ...options, userId: 'somebody' } });
    await run(undefined, { as: 'system', events: [viewed('/visit')], options: { ...options, anonymousId: 'visit' } });
    await run(ann, { as: 'caller', events: [viewed('/caller')], options });
    const stored = await backend.whenStored(5);
    const by = Object.fromEntries(stored.map(({ properties, userId, anonymousId }) => [properties['path'], userId ?? anonymousId]));
    expect(by).toMatchObject({ '/called': ann.id, '/named': 'somebody', '/visit': 'visit', '/caller': ann.id });
  });

  const create = async (total = 1): Promise<string> =>
    (await backend.call(ann, { method: 'POST', path: '/data/Order', body: { total } })).json.id;

  it('of a run by an event, what its user has done', async () => {
    const first = await create();
    await until(() => lines.some((line) => line.includes(`effect ${first} 0`)), Boolean);
    await setConsent(ann, true);
    const second = await create();
    await until(() => lines.some((line) => line.includes(`effect ${second} 1`)), Boolean);
    const stored = (await backend.whenStored(6)).filter(({ type }) => type === 'order.paid');
    expect(stored).toEqual([expect.objectContaining({ userId: ann.id, properties: { total: 1 } })]);
  });

  it('of a run that is tried again the same events under the same ids', async () => {
    const id = await create(2);
    await until(
      () => backend.clock.advance(31_000) ?? lines.filter((line) => line.includes(`effect ${id} 1`)).length,
      (count) => count === 2,
    );
    const stored = (await backend.whenStored(8)).filter(({ properties }) => properties['total'] === 2);
    expect(stored).toHaveLength(2);
    expect(new Set(stored.map((event) => event.id)).size).toBe(1);
  });
});

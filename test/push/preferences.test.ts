import type { Person } from '../data/relations-backend.ts';
import { expectProblem } from '../support/expect-problem.ts';
import { newToken, PushBackend } from './push-backend.ts';

let backend: PushBackend;
let anna: Person;
beforeAll(async () => {
  backend = await PushBackend.start();
});
beforeEach(async () => {
  anna = await backend.person();
});
afterAll(() => backend.stop());

const night = { from: '22:00', to: '07:00', timeZone: 'Europe/Berlin' };
const patch = (body: object) => backend.call(anna, { method: 'PATCH', path: '/push/preferences', body });
const put = (topic: string) => backend.call(anna, { method: 'PUT', path: `/push/topics/${topic}/subscription` });
const remove = (topic: string) => backend.call(anna, { method: 'DELETE', path: `/push/topics/${topic}/subscription` });
const phone = async (): Promise<string> => {
  const token = newToken();
  await backend.register(anna, { platform: 'apns', token });
  return token;
};

describe('updatePreferences refuses', () => {
  it.each([
    ['a time of day that is none', { quietHours: { ...night, from: '24:00' } }, '/quietHours/from', 'validation_failed'],
    ['a zone that there is not', { quietHours: { ...night, timeZone: 'Europe/Atlantis' } }, '/quietHours/timeZone', 'validation_failed'],
    ['an offset for a zone', { quietHours: { ...night, timeZone: '+02:00' } }, '/quietHours/timeZone', 'validation_failed'],
    ['hours without a zone', { quietHours: { from: '22:00', to: '07:00' } }, '/quietHours/timeZone', 'validation_failed'],
    ['hours that end when they begin', { quietHours: { ...night, to: '22:00' } }, '/quietHours/to', 'validation_failed'],
    ['a category that there is not', { muted: ['offers', 'news'] }, '/muted/1', 'validation_failed'],
    ['topics, which have routes of their own', { topics: ['editorial'] }, '/topics', 'unknown_field'],
    ['the version', { version: 7 }, '/version', 'unknown_field'],
  ])('%s, and stores nothing', async (_, body, pointer, code) => {
    expectProblem(await patch(body), { status: 400, code: code as 'validation_failed', pointers: [pointer] });
    expect(await backend.itemsOf(`U#${anna.id}`)).toEqual([]);
  });
});

describe('preferences', () => {
  it('are empty for a user who never said anything', async () => {
    backend.requests();
    expect(await backend.done(anna, { path: '/push/preferences' })).toEqual({ muted: [], topics: [] });
    expect(backend.requests()).toMatchObject({ 'dynamodb:GetItem': 1 });
  });

  it('change what is given and keep the rest', async () => {
    await backend.subscribe(anna, 'news');
    expect(await backend.prefer(anna, { quietHours: night })).toEqual({ quietHours: night, muted: [], topics: ['news'] });
    expect(await backend.prefer(anna, { muted: ['replies', 'offers', 'offers'] })).toEqual({
      quietHours: night,
      muted: ['offers', 'replies'],
      topics: ['news'],
    });
    expect(await backend.prefer(anna, { quietHours: null })).toEqual({ muted: ['offers', 'replies'], topics: ['news'] });
    expect(await backend.done(anna, { path: '/push/preferences' })).toEqual({ muted: ['offers', 'replies'], topics: ['news'] });
  });

  it('cost one read when they change nothing', async () => {
    await backend.prefer(anna, { quietHours: night, muted: ['offers'] });
    backend.requests();
    await backend.prefer(anna, { quietHours: { ...night }, muted: ['offers'] });
    expect(backend.requests()).toEqual({ 'dynamodb:Query': 1 });
  });

  it.each([
    ['quiet hours', { quietHours: night }, { quietHours: null }],
    ['a muted category', { muted: ['offers'] }, { muted: [] }],
  ])('take phones from SNS with %s, and give them back', async (_, some, none) => {
    await backend.subscribe(anna, 'news');
    const token = await phone();
    const [{ id } = { id: '' }] = await backend.devices(anna);
    expect(await backend.heard(token)).toEqual(['en_all', 'en_news']);
    await backend.prefer(anna, some);
    expect(await backend.heard(token)).toEqual([]);
    for (const topic of ['all', 'news']) expect(await backend.listeners(topic)).toContain(id);
    await backend.prefer(anna, none);
    expect(await backend.heard(token)).toEqual(['en_all', 'en_news']);
    for (const topic of ['all', 'news']) expect(await backend.listeners(topic)).not.toContain(id);
    const device = (await backend.itemsOf(`U#${anna.id}`)).find(({ sk }) => sk === `D#${id}`);
    expect(device).not.toHaveProperty('leaving');
    expect(Object.values(device?.['subscriptions'])).toEqual([expect.stringMatching(/_all:/), expect.stringMatching(/_news:/)]);
  });

  it('finish what an earlier request has left undone', async () => {
    const token = await phone();
    await backend.prefer(anna, { quietHours: night });
    // As when the function is stopped after it has stored what is to be, and before SNS was asked for it.
    const [{ id } = { id: '' }] = await backend.devices(anna);
    const stored = (await backend.itemsOf(`U#${anna.id}`)).find(({ sk }) => sk === `D#${id}`);
    const arn = (await backend.endpoints()).get(token)?.arn ?? '';
    const topicArn = `${arn.split(':').slice(0, 5).join(':')}:${arn.split('/')[2]}-en_news`;
    const left = await backend.subscribeEndpoint(topicArn, arn);
    await backend.put({ ...stored, leaving: [left] });
    expect(await backend.heard(token)).toEqual(['en_news']);
    await backend.prefer(anna, { muted: ['offers'] });
    expect(await backend.heard(token)).toEqual([]);
    expect((await backend.itemsOf(`U#${anna.id}`)).find(({ sk }) => sk === `D#${id}`)).not.toHaveProperty('leaving');
  });
});

describe('topics', () => {
  it.each([
    ['PU08 a topic without a right to hear it', 'editorial', 403, 'forbidden'],
    ['PU08 a topic that one may only send to', 'quiet', 403, 'forbidden'],
    ['PU08 a topic that there is not', 'weather', 404, 'unknown_topic'],
    ['PU08 the topic of all devices', 'all', 404, 'unknown_topic'],
    ['PU08 a topic with a slash, which is another path', 'admin%2F*', 404, 'unknown_route'],
    ['PU08 a topic with a star', 'admin*', 400, 'invalid_topic'],
    ['PU08 the topic #', '%23', 400, 'invalid_topic'],
    ['PU08 a topic of 257 characters', 'a'.repeat(257), 400, 'invalid_topic'],
    ['a name of every object', 'constructor', 404, 'unknown_topic'],
  ])('refuse %s', async (_, topic, status, code) => {
    await phone();
    const before = await backend.itemsOf(`U#${anna.id}`);
    expectProblem(await put(topic), { status, code: code as 'forbidden' });
    expect(await backend.itemsOf(`U#${anna.id}`)).toEqual(before);
  });

  it('list those that the caller may subscribe, and whether they are', async () => {
    const editor = await backend.person('editors');
    await backend.subscribe(editor, 'editorial');
    expect(await backend.done(anna, { path: '/push/topics' })).toEqual({ items: [{ topic: 'news', subscribed: false }] });
    expect(await backend.done(editor, { path: '/push/topics' })).toEqual({
      items: [
        { topic: 'news', subscribed: false },
        { topic: 'editorial', subscribed: true },
      ],
    });
    const admin = await backend.person('admins');
    expect((await backend.done(admin, { path: '/push/topics' })).items).toHaveLength(3);
  });

  it('reach all devices of the caller, and none when they end, in as few requests as there can be', async () => {
    const token = await phone();
    const { id } = await backend.registerWeb(anna);
    backend.requests();
    expect((await put('news')).status).toBe(204);
    expect(backend.requests()).toEqual({
      'dynamodb:Query': 1,
      'dynamodb:TransactWriteItems': 1,
      'dynamodb:UpdateItem': 1,
      'sns:Subscribe': 1,
    });
    expect(await backend.heard(token)).toEqual(['en_all', 'en_news']);
    expect(await backend.listeners('news')).toContain(id);
    backend.requests();
    expect((await put('news')).status).toBe(204);
    expect(backend.requests()).toEqual({ 'dynamodb:Query': 1 });
    expect((await remove('news')).status).toBe(204);
    expect(backend.requests()).toEqual({
      'dynamodb:Query': 1,
      'dynamodb:TransactWriteItems': 1,
      'dynamodb:UpdateItem': 1,
      'sns:Unsubscribe': 1,
    });
    expect(await backend.heard(token)).toEqual(['en_all']);
    expect(await backend.listeners('news')).not.toContain(id);
    expect((await remove('news')).status).toBe(204);
  });

  it('are left by a user who may not hear them any more', async () => {
    expect((await remove('editorial')).status).toBe(204);
  });

  it('end the same however requests of one user meet', async () => {
    const token = await phone();
    const { id } = await backend.registerWeb(anna);
    const calls = [put('news'), remove('news'), put('news'), patch({ quietHours: night }), patch({ quietHours: null }), put('news')];
    for (const { status } of await Promise.all(calls)) expect([200, 204, 409]).toContain(status);
    await backend.prefer(anna, { quietHours: null });
    await put('news');
    expect(await backend.heard(token)).toEqual(['en_all', 'en_news']);
    expect(await backend.listeners('news')).toContain(id);
    expect(await backend.done(anna, { path: '/push/preferences' })).toEqual({ muted: [], topics: ['news'] });
  });
});

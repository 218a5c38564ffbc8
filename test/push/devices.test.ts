import { DeleteEndpointCommand } from '@aws-sdk/client-sns';
import type { Person } from '../data/relations-backend.ts';
import { expectProblem } from '../support/expect-problem.ts';
import { newSubscription, newToken, PushBackend } from './push-backend.ts';

let backend: PushBackend;
let anna: Person;
let ben: Person;
beforeAll(async () => {
  backend = await PushBackend.start({ maxDevicesPerUser: 4 });
});
beforeEach(async () => {
  [anna, ben] = await Promise.all([backend.person(), backend.person()]);
});
afterAll(() => backend.stop());

const apns = (token = newToken()) => ({ platform: 'apns', token }) as const;
const post = (who: Person, body: object) => backend.call(who, { method: 'POST', path: '/push/devices', body });
const remove = (who: Person, id: string) => backend.call(who, { method: 'DELETE', path: `/push/devices/${id}` });

describe('registerDevice refuses', () => {
  const web = (change: object) => ({ platform: 'web', subscription: { ...newSubscription(), ...change } });
  const keys = newSubscription().keys;
  const offCurve = Buffer.concat([Buffer.of(4), Buffer.alloc(64, 1)]).toString('base64url');
  const refusals: readonly [string, object, string, string][] = [
    ['a platform that there is not', { platform: 'blackberry', token: newToken() }, '/platform', 'validation_failed'],
    ['no token', { platform: 'fcm' }, '/token', 'validation_failed'],
    ['a token for a browser', { ...web({}), token: newToken() }, '/token', 'validation_failed'],
    ['no subscription', { platform: 'web' }, '/subscription', 'validation_failed'],
    ['a token of Apple that is not hexadecimal', { platform: 'apns', token: 'not-hexadecimal' }, '/token', 'validation_failed'],
    ['a token with a space', { platform: 'fcm', token: 'a token with spaces' }, '/token', 'validation_failed'],
    ['an unknown field', { ...apns(), owner: 'ben' }, '/owner', 'unknown_field'],
    ['a locale that is none', { ...apns(), locale: 'english, please' }, '/locale', 'validation_failed'],
    ['an endpoint in plain http', web({ endpoint: 'http://fcm.googleapis.com/x' }), '/subscription/endpoint', 'validation_failed'],
    ['an endpoint on another host', web({ endpoint: 'https://example.com/x' }), '/subscription/endpoint', 'validation_failed'],
    ['an endpoint by address', web({ endpoint: 'https://169.254.169.254/x' }), '/subscription/endpoint', 'validation_failed'],
    [
      'an endpoint that ends like a push service',
      web({ endpoint: 'https://evil-fcm.googleapis.com.example/x' }),
      '/subscription/endpoint',
      'validation_failed',
    ],
    ['an endpoint with a user', web({ endpoint: 'https://a:b@fcm.googleapis.com/x' }), '/subscription/endpoint', 'validation_failed'],
    ['a key that is short', web({ keys: { ...keys, p256dh: 'BAAA' } }), '/subscription/keys/p256dh', 'validation_failed'],
    ['a key that is no point of the curve', web({ keys: { ...keys, p256dh: offCurve } }), '/subscription/keys/p256dh', 'validation_failed'],
    ['a secret of 15 bytes', web({ keys: { ...keys, auth: 'A'.repeat(20) } }), '/subscription/keys/auth', 'validation_failed'],
  ];

  it.each(refusals)('%s, and stores nothing', async (_, body, pointer, code) => {
    const before = await backend.items();
    expectProblem(await post(anna, body), { status: 400, code: code as 'validation_failed', pointers: [pointer] });
    expect(await backend.items()).toEqual(before);
  });

  it('an id to be replaced that is none', async () => {
    expectProblem(await post(anna, { ...apns(), replaces: '../x' }), { status: 400, code: 'invalid_id' });
  });

  it('names the platforms that there are', async () => {
    const small = await PushBackend.start({ platforms: ['web'] });
    try {
      const answer = await small.call(await small.person(), { method: 'POST', path: '/push/devices', body: apns() });
      expect(expectProblem(answer, { status: 400, code: 'validation_failed' }).detail).toContain('It has web.');
      const problem = await small.call(undefined, { path: '/push/web-key' });
      expect(problem.status).toBe(200);
    } finally {
      await small.stop();
    }
  });
});

describe('registerDevice', () => {
  it('makes an endpoint that hears all, and never shows the token again', async () => {
    const token = newToken();
    backend.requests();
    const device = await backend.register(anna, { ...apns(token), locale: 'de-AT' });
    expect(backend.requests()).toMatchObject({
      'dynamodb:Query': 1,
      'dynamodb:TransactWriteItems': 1,
      'dynamodb:UpdateItem': 1,
      'sns:CreatePlatformEndpoint': 1,
      'sns:Subscribe': 1,
    });
    expect(device).toEqual({
      id: expect.stringMatching(/^[\w-]{43}$/),
      platform: 'apns',
      locale: 'de-AT',
      enabled: true,
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
    });
    expect(await backend.heard(token)).toEqual(['de_all']);
    const listed = await backend.call(anna, { path: '/push/devices' });
    expect(listed.text).not.toContain(token);
    expect(listed.json.items).toEqual([device]);
  });

  it('keeps a browser in the shards, and shows nothing of its subscription', async () => {
    const subscription = newSubscription();
    const { id } = await backend.registerWeb(anna, subscription);
    expect(await backend.listeners('all')).toContain(id);
    const listed = await backend.call(anna, { path: '/push/devices' });
    for (const secret of [subscription.endpoint, subscription.keys.auth]) expect(listed.text).not.toContain(secret);
  });

  it('takes push services of the definition', async () => {
    expect(await backend.registerWeb(anna, newSubscription('https://eu.push.example.com/x'))).toMatchObject({ platform: 'web' });
  });

  it('PU02 is one endpoint and one device however often it is asked for, in as few requests as there can be', async () => {
    const token = newToken();
    const first = await backend.register(anna, apns(token));
    backend.requests();
    const second = await backend.register(anna, apns(token.toUpperCase()));
    expect(backend.requests()).toEqual({ 'dynamodb:Query': 1, 'dynamodb:UpdateItem': 1, 'sns:SetEndpointAttributes': 1 });
    expect(second).toEqual({ ...first, updatedAt: expect.any(String) });
    expect(await backend.devices(anna)).toHaveLength(1);
    expect(await backend.heard(token)).toEqual(['en_all']);
  });

  it('PU02 forgets the device under its old token when the token rotates', async () => {
    const [old, fresh] = [newToken(), newToken()];
    const { id } = await backend.register(anna, apns(old));
    const next = await backend.register(anna, { ...apns(fresh), replaces: id });
    expect((await backend.devices(anna)).map((device) => device.id)).toEqual([next.id]);
    expect((await backend.endpoints()).has(old)).toBe(false);
    expect(await backend.itemsOf(`D#${id}`)).toEqual([]);
  });

  it('PU02 leaves a device of somebody else alone that a rotation names', async () => {
    const bens = await backend.register(ben, apns());
    await backend.register(anna, { ...apns(), replaces: bens.id });
    expect(await backend.devices(ben)).toEqual([bens]);
  });

  it('PU03 enables the endpoint again that SNS has disabled', async () => {
    const token = newToken();
    await backend.register(anna, apns(token));
    await backend.disable(token);
    expect((await backend.endpoints()).get(token)?.enabled).toBe(false);
    expect(await backend.register(anna, apns(token))).toMatchObject({ enabled: true });
    expect((await backend.endpoints()).get(token)?.enabled).toBe(true);
    expect(await backend.heard(token)).toEqual(['en_all']);
  });

  it('makes a new endpoint, with all topics, when SNS has lost it', async () => {
    const token = newToken();
    await backend.subscribe(anna, 'news');
    await backend.register(anna, apns(token));
    const before = (await backend.endpoints()).get(token)?.arn ?? '';
    await backend.sns().send(new DeleteEndpointCommand({ EndpointArn: before }));
    await backend.register(anna, apns(token));
    expect(await backend.heard(token)).toEqual(['en_all', 'en_news']);
    expect(await backend.subscriptions()).not.toContain(before);
  });

  it('changes the language of its topics', async () => {
    const token = newToken();
    await backend.subscribe(anna, 'news');
    await backend.register(anna, { ...apns(token), locale: 'en' });
    await backend.register(anna, { ...apns(token), locale: 'de' });
    expect(await backend.heard(token)).toEqual(['de_all', 'de_news']);
    // Without one, it stays.
    await backend.register(anna, apns(token));
    expect(await backend.heard(token)).toEqual(['de_all', 'de_news']);
  });

  it('hears the topics that the user had subscribed before', async () => {
    await backend.subscribe(anna, 'news');
    const token = newToken();
    const [, browser] = await Promise.all([backend.register(anna, apns(token)), backend.registerWeb(anna)]);
    expect(await backend.heard(token)).toEqual(['en_all', 'en_news']);
    expect(await backend.listeners('news')).toContain(browser.id);
  });
});

describe('PU01 a device that another user registers', () => {
  it('leaves the first, with all topics, and hears those of the second', async () => {
    const token = newToken();
    await backend.subscribe(anna, 'news');
    const { id } = await backend.register(anna, apns(token));
    const before = (await backend.endpoints()).get(token)?.arn ?? '';
    expect(await backend.register(ben, apns(token))).toMatchObject({ id, enabled: true });
    expect(await backend.devices(anna)).toEqual([]);
    expect((await backend.devices(ben)).map((device) => device.id)).toEqual([id]);
    expect((await backend.itemsOf(`D#${id}`)).map(({ owner }) => owner)).toEqual([ben.id]);
    expect((await backend.endpoints()).get(token)).toEqual({
      arn: expect.not.stringContaining(before),
      enabled: true,
      data: `${ben.id} ${id}`,
    });
    expect(await backend.heard(token)).toEqual(['en_all']);
    expect(await backend.subscriptions()).not.toContain(before);
  });

  it('does the same for a browser', async () => {
    const subscription = newSubscription();
    await backend.subscribe(anna, 'news');
    const { id } = await backend.registerWeb(anna, subscription);
    await backend.registerWeb(ben, subscription);
    expect(await backend.devices(anna)).toEqual([]);
    expect(await backend.listeners('news')).not.toContain(id);
    expect((await backend.itemsOf('T#all#')).find(({ sk }) => sk === id)?.['owner']).toBe(ben.id);
  });

  it('is the first user’s again when that one registers it again', async () => {
    const token = newToken();
    await backend.subscribe(anna, 'news');
    for (const who of [anna, ben, anna]) await backend.register(who, apns(token));
    expect(await backend.devices(ben)).toEqual([]);
    expect(await backend.heard(token)).toEqual(['en_all', 'en_news']);
  });

  it('has one owner in the end when many fight for it', async () => {
    const token = newToken();
    const people = [anna, ben, await backend.person(), await backend.person()];
    const answers = await Promise.all([...people, ...people].map((who) => post(who, apns(token))));
    for (const { status } of answers) expect([200, 409]).toContain(status);
    const owners: string[] = [];
    for (const who of people) if ((await backend.devices(who)).length > 0) owners.push(who.id);
    expect(owners).toHaveLength(1);
    const { data } = (await backend.endpoints()).get(token) ?? {};
    // The one who has it registers again, as an app does at each start, and is reached for sure.
    const owner = people.find(({ id }) => id === owners[0]) ?? anna;
    await backend.register(owner, apns(token));
    expect({ data: (await backend.endpoints()).get(token)?.data, was: data }).toMatchObject({ data: expect.stringContaining(owner.id) });
    expect(await backend.heard(token)).toEqual(['en_all']);
  });
});

describe('PU11 the cap on devices', () => {
  it('is exact when many are registered at once, and leaves nothing of those that are refused', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, () => post(anna, { platform: 'web', subscription: newSubscription() })));
    const done = answers.filter(({ status }) => status === 200);
    for (const { status } of answers) expect([200, 409, 429]).toContain(status);
    expect(done.length).toBeLessThanOrEqual(4);
    while ((await backend.devices(anna)).length < 4) await backend.registerWeb(anna);
    expectProblem(await post(anna, { platform: 'web', subscription: newSubscription() }), { status: 429, code: 'too_many_devices' });
    expect((await backend.devices(anna)).length).toBe(4);
    expect((await backend.itemsOf('D#')).filter(({ owner }) => owner === anna.id)).toHaveLength(4);
  });

  it('makes no endpoint for what it refuses, and lets a device be refreshed, or replaced', async () => {
    const tokens = Array.from({ length: 4 }, () => newToken());
    for (const token of tokens) await backend.register(anna, apns(token));
    const refused = newToken();
    expectProblem(await post(anna, apns(refused)), { status: 429, code: 'too_many_devices' });
    expect((await backend.endpoints()).has(refused)).toBe(false);
    const { id } = await backend.register(anna, apns(tokens[0]));
    await backend.register(anna, { ...apns(refused), replaces: id });
    expect(await backend.devices(anna)).toHaveLength(4);
  });
});

describe('removeDevice', () => {
  it('refuses ids that are none, and ids of nobody and of others alike', async () => {
    const bens = await backend.register(ben, apns());
    expectProblem(await remove(anna, 'x'), { status: 400, code: 'invalid_id' });
    const nobodys = expectProblem(await remove(anna, 'A'.repeat(43)), { status: 404, code: 'not_found' });
    const others = expectProblem(await remove(anna, bens.id), { status: 404, code: 'not_found' });
    expect({ ...others, instance: '', requestId: '' }).toEqual({ ...nobodys, instance: '', requestId: '' });
    expect(await backend.devices(ben)).toEqual([bens]);
  });

  it('leaves nothing of the device: no endpoint, no subscription, no place in a topic', async () => {
    const token = newToken();
    await backend.subscribe(anna, 'news');
    const phone = await backend.register(anna, apns(token));
    const browser = await backend.registerWeb(anna);
    const { arn = '' } = (await backend.endpoints()).get(token) ?? {};
    for (const { id } of [phone, browser]) expect((await remove(anna, id)).status).toBe(204);
    expect(await backend.devices(anna)).toEqual([]);
    expect((await backend.endpoints()).has(token)).toBe(false);
    expect(await backend.subscriptions()).not.toContain(arn);
    const left = (await backend.items()).filter(({ pk, sk }) => [phone.id, browser.id].some((id) => `${pk} ${sk}`.includes(id)));
    expect(left).toEqual([]);
    expectProblem(await remove(anna, phone.id), { status: 404, code: 'not_found' });
  });
});

import { createClient, memoryStorage, PlinthError, type TokenStorage } from '../../client/client.ts';
import type { backend } from '../../examples/photos/backend.ts';
import { type LocalBackend, startLocal } from '../../local/local-backend.ts';
import { newPerson } from '../data/relations-backend.ts';
import { cachedAssembly } from '../support/cached-assembly.ts';

let local: LocalBackend;
beforeAll(async () => {
  local = await startLocal({
    assembly: cachedAssembly({ app: 'examples/photos/app.ts', sources: ['examples/photos/app.ts', 'examples/photos/backend.ts'] }),
  });
});
afterAll(() => local?.dispose());

const clientOf = async (groups: readonly string[] = [], deviceStorage: TokenStorage = memoryStorage()) => {
  const person = await newPerson(local, groups);
  return { ...createClient<typeof backend>({ url: local.apiUrl, accessToken: () => person.token, deviceStorage }), person };
};
const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'succeeded',
    (error: unknown) => (error instanceof PlinthError ? error.code : String(error)),
  );
const eventually = async <T>(read: () => Promise<T>, isSo: (value: T) => boolean): Promise<T> => {
  let value = await read();
  for (let tries = 0; tries < 1_200 && !isSo(value); tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    value = await read();
  }
  return value;
};
const token = (letter: string): string => `token-${letter.repeat(20)}`;

describe('The client’s push on a running backend', () => {
  it('knows a phone again after its token has changed, and forgets it when asked to', async () => {
    const storage = memoryStorage();
    const { push } = await clientOf([], storage);
    const first = await push.registerDevice({ platform: 'fcm', token: token('a'), locale: 'de' });
    expect(await push.registerDevice({ platform: 'fcm', token: token('a'), locale: 'de' })).toMatchObject({ id: first.id });
    const second = await push.registerDevice({ platform: 'fcm', token: token('b'), locale: 'de' });
    expect(second.id).not.toBe(first.id);
    expect((await push.devices()).map(({ id }) => id)).toEqual([second.id]);
    await push.unregister();
    expect(await push.devices()).toEqual([]);
  });

  it('gives a phone to whoever logged in on it last', async () => {
    const ann = await clientOf();
    const bob = await clientOf();
    await ann.push.registerDevice({ platform: 'apns', token: 'c'.repeat(64) });
    await bob.push.registerDevice({ platform: 'apns', token: 'c'.repeat(64) });
    expect(await ann.push.devices()).toEqual([]);
    expect(await bob.push.devices()).toHaveLength(1);
    // What was Ann's device is Bob's: she has none to give up, and takes none from him.
    await ann.push.unregister();
    expect(await bob.push.devices()).toHaveLength(1);
  });

  it('keeps preferences and topics', async () => {
    const { push } = await clientOf();
    const quietHours = { from: '22:00', to: '07:00', timeZone: 'Europe/Berlin' };
    expect(await push.preferences.update({ quietHours, muted: ['social'] })).toMatchObject({ quietHours, muted: ['social'] });
    expect(await push.preferences.update({ quietHours: null })).toEqual({ muted: ['social'], topics: [] });
    expect(await push.topics.list()).toEqual([{ topic: 'announcements', subscribed: false }]);
    await push.topics.subscribe('announcements');
    expect(await push.preferences.read()).toEqual({ muted: ['social'], topics: ['announcements'] });
    await push.topics.unsubscribe('announcements');
    expect(await push.topics.list()).toEqual([{ topic: 'announcements', subscribed: false }]);
    expect(await codeOf(push.topics.subscribe('weather' as never))).toBe('unknown_topic');
  });

  it('sends as those may who the rules name, and tells admins what has come of it', async () => {
    const ann = await clientOf();
    const admin = await clientOf(['admins']);
    await ann.push.registerDevice({ platform: 'fcm', token: token('d'), locale: 'de-AT' });
    const to = { users: [ann.person.id] };
    expect(await codeOf(ann.push.send({ to, title: 'Hello' }))).toBe('forbidden');
    expect(await codeOf(ann.push.send({ to: { topic: 'announcements' }, title: 'Hello' }))).toBe('forbidden');
    expect(await codeOf(admin.push.send({ to, title: 'a', data: { much: 'ä'.repeat(2_100) } }))).toBe('payload_too_large');
    const template = { name: 'newPhoto', values: { name: 'Bob', photo: 'Alster' } } as const;
    const key = crypto.randomUUID();
    const sent = await admin.push.send({ to, template, category: 'social' }, { idempotencyKey: key });
    expect(await admin.push.send({ to, template, category: 'social' }, { idempotencyKey: key })).toMatchObject({ id: sent.id });
    const { messages, message, deliveries } = {
      messages: await admin.admin.push.messages(),
      message: await eventually(
        () => admin.admin.push.message(sent.id),
        ({ counts }) => counts.sent === 1,
      ),
      deliveries: await admin.admin.push.deliveries(sent.id),
    };
    expect(messages.items.map(({ id }) => id)).toEqual([sent.id]);
    expect(message).toMatchObject({ counts: { sent: 1, failed: 0 }, sender: admin.person.id });
    expect(deliveries.items).toMatchObject([{ owner: ann.person.id, platform: 'fcm', status: 'sent' }]);
    expect(await codeOf(ann.admin.push.messages())).toBe('forbidden');
  });

  it('calls off what is to be sent later', async () => {
    const admin = await clientOf(['admins']);
    const sendAt = new Date(local.clock.now() + 3_600_000).toISOString();
    const { id, status } = await admin.push.send({ to: { all: true }, title: 'Later', sendAt });
    expect(status).toBe('scheduled');
    await admin.admin.push.cancel(id);
    expect(await admin.admin.push.message(id)).toMatchObject({ status: 'canceled' });
  });
});

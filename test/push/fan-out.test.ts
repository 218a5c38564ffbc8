import { setTimeout as pause } from 'node:timers/promises';
import { shardOf } from '../../contracts/push-table.ts';
import { DeliveriesBackend, type Owner, until } from './deliveries-backend.ts';
import { type Browser, type PushService, startPushService } from './push-service.ts';

let backend: DeliveriesBackend;
let service: PushService;
beforeAll(async () => {
  service = await startPushService();
  backend = await DeliveriesBackend.start();
});
afterAll(async () => {
  await backend.stop();
  await service.close();
});
beforeEach(() => backend.tool('DELETE', 'push-failures'));

const wait = () => pause(400);
const receivedBy = ({ id }: Browser) => service.received.filter(({ browser }) => browser === id);

/** A new user with a phone of each kind. */
const phones = async (locale?: string): Promise<Owner & { readonly apns: string; readonly fcm: string }> => {
  const person = await backend.newPerson();
  const apns = crypto.randomUUID().replaceAll('-', '').repeat(2);
  const fcm = `fcm-${crypto.randomUUID()}`;
  const more = locale === undefined ? {} : { locale };
  const devices = [
    await backend.register(person, { platform: 'apns', token: apns, ...more }),
    await backend.register(person, { platform: 'fcm', token: fcm, ...more }),
  ];
  return { ...person, devices, apns, fcm };
};

describe('deliveries to phones', () => {
  it('PU04 forgets devices whose tokens are dead, tells so in the log, serves the others, and does not try again', async () => {
    const [dead, well] = [await phones(), await phones()];
    await backend.fail(dead.apns, 'Unregistered');
    await backend.fail(dead.fcm, 'NOT_FOUND');
    const id = await backend.send({ to: { users: [dead.id, well.id] }, title: 'Hi' });
    await until(
      () => backend.devicesOf(dead),
      ({ items }) => items.length === 0,
    );
    const results = await until(
      () => backend.deliveries(id),
      (seen) => dead.devices.every((device) => seen.get(device)?.status === 'gone'),
    );
    expect(well.devices.map((device) => results.get(device)?.status)).toEqual(['sent', 'sent']);
    await backend.expectExactCounts(id);
    await backend.tool('DELETE', 'push-failures');
    await backend.send({ to: { users: [dead.id] }, title: 'Hi again' });
    await wait();
    expect([...(await backend.pushesTo(dead.apns)), ...(await backend.pushesTo(dead.fcm))]).toEqual([]);
    expect(await backend.pushesTo(well.apns)).toHaveLength(1);
    expect((await backend.devicesOf(well)).items).toHaveLength(2);
  });

  it('PU04 forgets a device whose endpoint somebody has deleted', async () => {
    const owner = await phones();
    await backend.deleteEndpointOf(owner.apns);
    const id = await backend.send({ to: { users: [owner.id] }, title: 'Hi' });
    const results = await backend.settled(id, 2);
    expect(owner.devices.map((device) => results.get(device)?.status)).toEqual(['gone', 'sent']);
    await until(
      () => backend.devicesOf(owner),
      ({ items }) => items.length === 1,
    );
  });

  it('PU03 skips an endpoint that SNS has disabled, marks the device until it registers again, and serves the others', async () => {
    const owner = await phones();
    await backend.disableEndpointOf(owner.apns);
    const id = await backend.send({ to: { users: [owner.id] }, title: 'Hi' });
    const results = await backend.settled(id, 2);
    expect(owner.devices.map((device) => results.get(device)?.status)).toEqual(['disabled', 'sent']);
    await until(
      () => backend.devicesOf(owner),
      ({ items }) => items.some(({ enabled }) => !enabled),
    );
    const next = await backend.send({ to: { users: [owner.id] }, title: 'Hi' });
    expect([...(await backend.settled(next, 2)).values()].map(({ status }) => status).sort()).toEqual(['disabled', 'sent']);
    await backend.register(owner, { platform: 'apns', token: owner.apns });
    const last = await backend.send({ to: { users: [owner.id] }, title: 'Back' });
    expect([...(await backend.settled(last, 2)).values()].map(({ status }) => status)).toEqual(['sent', 'sent']);
    expect(await backend.pushesTo(owner.apns)).toHaveLength(1);
    expect(await backend.pushesTo(owner.fcm)).toHaveLength(3);
  });

  it.each(['429', '503'])('PU05 arrive although the platform answers %s at first: SNS tries again', async (reason) => {
    const owner = await phones();
    await backend.fail(owner.apns, reason);
    await backend.send({ to: { users: [owner.id] }, title: 'Hi' });
    await until(
      () => backend.pushesTo(owner.fcm),
      (pushes) => pushes.length === 1,
    );
    await until(
      async () => {
        await backend.pass(30);
        return backend.pushesTo(owner.apns);
      },
      (pushes) => pushes.length === 1,
    );
  });

  it('have the exact payloads and headers of APNs and FCM', async () => {
    const owner = await phones();
    const id = await backend.send({
      to: { users: [owner.id] },
      title: '"Hi"\n{{x}}',
      body: '\u202bשלום 🚀',
      data: { note: '7' },
      badge: 2,
      ttlSeconds: 600,
      collapseKey: 'note-7',
    });
    await backend.settled(id, 2);
    const [apns] = await backend.pushesTo(owner.apns);
    const [fcm] = await backend.pushesTo(owner.fcm);
    expect(apns).toEqual({
      headers: {
        'apns-topic': 'com.example.notes',
        'apns-push-type': 'alert',
        'apns-priority': '10',
        'apns-collapse-id': 'note-7',
        'apns-expiration': expect.stringMatching(/^\d{10}$/),
      },
      payload: { note: '7', aps: { alert: { title: '"Hi"\n{{x}}', body: '\u202bשלום 🚀' }, badge: 2 } },
    });
    expect(fcm).toEqual({
      message: {
        token: owner.fcm,
        notification: { title: '"Hi"\n{{x}}', body: '\u202bשלום 🚀' },
        data: { note: '7' },
        android: { priority: 'high', ttl: '600s', collapse_key: 'note-7', notification: { tag: 'note-7', notification_count: 2 } },
      },
    });
  });
});

describe('messages to topics', () => {
  it('go through SNS to phones and from us to browsers and to phones of users with wishes, each once, in their languages', async () => {
    const [english, german, picky] = [await phones(), await phones('de-AT'), await phones('de')];
    const browser = service.subscribe();
    const surfer = await backend.ownerOf([browser]);
    await backend.prefer(picky, { muted: ['offers'] });
    const stranger = await phones();
    for (const owner of [english, german, picky, surfer]) {
      await backend.call(owner, { method: 'PUT', path: '/push/topics/news/subscription' });
    }
    const template = { name: 'comment', values: { who: 'Ada', text: 'Hi' } };
    const id = await backend.send({ to: { topic: 'news' }, template });
    await until(
      () => backend.message(id),
      ({ status }) => status === 'sent',
    );
    const results = await backend.settled(id, 3);
    expect([...results.keys()].sort()).toEqual([...picky.devices, ...surfer.devices].sort());
    const titles = async ({ apns, fcm }: typeof english) => [
      ...(await backend.pushesTo(apns)).map(({ payload }) => payload.aps.alert.title),
      ...(await backend.pushesTo(fcm)).map(({ message }) => message.notification.title),
    ];
    await until(
      () => titles(german),
      (seen) => seen.length === 2,
    );
    await wait();
    expect(await titles(english)).toEqual(['New comment', 'New comment']);
    expect(await titles(german)).toEqual(['Neuer Kommentar', 'Neuer Kommentar']);
    expect(await titles(picky)).toEqual(['Neuer Kommentar', 'Neuer Kommentar']);
    expect(receivedBy(browser).map(({ text }) => JSON.parse(text).title)).toEqual(['New comment']);
    expect(await titles(stranger)).toEqual([]);
    await backend.queueMessage({ messageId: id });
    await wait();
    expect([...(await titles(english)), ...(await titles(picky))]).toHaveLength(4);
    const offer = await backend.send({ to: { all: true }, title: 'Offer', category: 'offers' });
    await until(
      () => titles(stranger),
      (seen) => seen.length === 2,
    );
    const muted = await until(
      () => backend.deliveries(offer),
      (seen) =>
        picky.devices.every((device) => seen.get(device)?.status === 'muted') && seen.get(surfer.devices[0] ?? '')?.status === 'sent',
    );
    expect(muted.get(surfer.devices[0] ?? '')).toMatchObject({ status: 'sent' });
    expect(await titles(picky)).toHaveLength(2);
  });

  it('forget devices that SNS could not reach by a topic, though no message is known to have been sent to them', async () => {
    const owner = await phones();
    await backend.fail(owner.fcm, 'NOT_FOUND');
    const id = await backend.send({ to: { all: true }, title: 'Hi' });
    await until(
      async () => {
        // SNS's word may be faster than our own record, so that it is heard a second time.
        await pause(200);
        await backend.pass(95);
        return backend.devicesOf(owner);
      },
      ({ items }) => items.length === 1,
    );
    expect(await backend.pushesTo(owner.apns)).toHaveLength(1);
    await backend.expectExactCounts(id);
  });

  it('go on in the middle of a topic, where an earlier run had no more time', async () => {
    const browsers = Array.from({ length: 12 }, () => service.subscribe());
    const owners = await Promise.all(browsers.map((browser) => backend.ownerOf([browser])));
    const places = owners.map(({ devices: [device = ''] }) => ({ device, shard: shardOf(device) }));
    const id = await backend.send({ to: { users: [(await backend.newPerson()).id] }, title: 'Hi' });
    await until(
      () => backend.message(id),
      ({ status }) => status === 'sent',
    );
    // As the fan-out to all leaves it: some shards are done.
    await backend.update(id, { to: { all: true }, title: 'Hi' });
    await backend.queueMessage({ messageId: id, from: { shard: 9 } });
    const expected = places.filter(({ shard }) => shard >= 9).map(({ device }) => device);
    const results = await until(
      () => backend.deliveries(id),
      (seen) => expected.every((device) => seen.get(device)?.status === 'sent'),
    );
    await wait();
    expect(places.filter(({ device, shard }) => shard < 9 && results.has(device))).toEqual([]);
    expect(await backend.message(id)).toMatchObject({ status: 'sent' });
  });

  it('cost as few requests as there can be', async () => {
    const owner = await phones();
    await backend.ownerOf([service.subscribe()]);
    const first = await backend.send({ to: { users: [owner.id] }, title: 'Hi' });
    await backend.settled(first, 2);
    await wait();
    backend.resetCounts();
    const id = await backend.send({ to: { users: [owner.id] }, title: 'Hi' });
    await until(
      () => backend.pushesTo(owner.fcm),
      (pushes) => pushes.length === 2,
    );
    await wait();
    // To accept the message: a write and a queue. To fan it out: two writes of its status, one read of the user, one queue.
    // To deliver it: one read, a claim and a publish for each device, and the results, which may come one after the other.
    const { 'dynamodb:TransactWriteItems': results = 0, ...counts } = backend.counts();
    expect(counts).toEqual({
      'dynamodb:PutItem': 1,
      'sqs:SendMessage': 1,
      'dynamodb:UpdateItem': 2 + 2,
      'dynamodb:Query': 1,
      'sqs:SendMessageBatch': 1,
      'dynamodb:BatchGetItem': 1,
      'sns:Publish': 2,
    });
    expect(results).toBeLessThanOrEqual(2);
    await backend.expectExactCounts(id);
  });
});

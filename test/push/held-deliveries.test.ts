import { setTimeout as pause } from 'node:timers/promises';
import type { PushMessage } from '../../contracts/push.ts';
import { DeliveriesBackend, type Owner, until } from './deliveries-backend.ts';
import { type Browser, type PushService, startPushService } from './push-service.ts';

let backend: DeliveriesBackend;
let service: PushService;
beforeAll(async () => {
  service = await startPushService();
  backend = await DeliveriesBackend.start({ webOnly: true });
});
afterAll(async () => {
  await backend.stop();
  await service.close();
});

const receivedBy = ({ id }: Browser) => service.received.filter(({ browser }) => browser === id);
const hour = 3_600;
const wait = () => pause(400);

/** The run's time, some seconds later, as a clock on a wall of UTC shows it. */
const timeIn = async (seconds: number): Promise<string> => {
  const { now } = await backend.tool<{ now: string }>('GET', 'clock');
  return new Date(Date.parse(now) + seconds * 1_000).toISOString().slice(11, 16);
};

/** A user whose quiet hours have begun an hour ago and end in an hour. */
const sleeper = async (browser: Browser): Promise<Owner> => {
  const owner = await backend.ownerOf([browser]);
  await backend.prefer(owner, { quietHours: { from: await timeIn(-hour), to: await timeIn(hour), timeZone: 'UTC' } });
  return owner;
};

const held = async (owner: Owner, message: Omit<PushMessage, 'to'> = { title: 'Hi' }): Promise<string> => {
  const id = await backend.send({ to: { users: [owner.id] }, ...message });
  expect([...(await backend.settled(id, 1)).values()]).toEqual([expect.objectContaining({ status: 'held' })]);
  return id;
};

const resultOf = (id: string, status: string) =>
  until(
    async () => [...(await backend.deliveries(id)).values()][0],
    (seen) => seen?.status === status,
  );

describe('deliveries in quiet hours', () => {
  it('are not sent at all when the message is over before the hours are', async () => {
    const browser = service.subscribe();
    const owner = await sleeper(browser);
    const id = await backend.send({ to: { users: [owner.id] }, title: 'Now or never', ttlSeconds: 60 });
    expect([...(await backend.settled(id, 1)).values()]).toEqual([
      expect.objectContaining({ status: 'muted', reason: 'expires in quiet hours' }),
    ]);
    await backend.pass(2 * hour);
    await wait();
    expect(receivedBy(browser)).toEqual([]);
  });

  it('are not sent to a device that is removed meanwhile, or whose user has muted the category', async () => {
    const browsers = [service.subscribe(), service.subscribe()] as const;
    const [removed, muted] = [await sleeper(browsers[0]), await sleeper(browsers[1])];
    const [first, second] = [await held(removed), await held(muted, { title: 'Hi', category: 'offers' })];
    await backend.call(removed, { method: 'DELETE', path: `/push/devices/${removed.devices[0]}` });
    await backend.prefer(muted, { muted: ['offers'] });
    await backend.pass(1.1 * hour);
    expect(await resultOf(first, 'gone')).toMatchObject({ reason: 'removed', platform: 'web' });
    await resultOf(second, 'muted');
    await backend.expectExactCounts(first);
    await backend.expectExactCounts(second);
    expect(browsers.flatMap(receivedBy)).toEqual([]);
  });

  it('wait for their end, are then sent once, and say so in the log', async () => {
    const browsers = [service.subscribe(), service.subscribe()] as const;
    const asleep = await sleeper(browsers[0]);
    const awake = await backend.ownerOf([browsers[1]]);
    const id = await backend.send({ to: { users: [asleep.id, awake.id] }, title: 'Hi' });
    const results = await backend.settled(id, 2);
    expect(results.get(awake.devices[0] ?? '')).toMatchObject({ status: 'sent' });
    expect(results.get(asleep.devices[0] ?? '')).toMatchObject({ status: 'held', reason: expect.stringMatching(/^\d{4}-.*:00\.000Z$/) });
    await backend.pass(0.9 * hour);
    await backend.queueDelivery({ messageId: id, devices: [{ owner: asleep.id, device: asleep.devices[0] ?? '' }] });
    await wait();
    expect(receivedBy(browsers[0])).toEqual([]);
    await backend.pass(0.2 * hour);
    await until(
      () => receivedBy(browsers[0]),
      (pushes) => pushes.length === 1,
    );
    await until(
      () => backend.message(id),
      ({ counts }) => counts.sent === 2,
    );
    await backend.expectExactCounts(id);
    await backend.pass(25 * hour);
    await wait();
    expect(browsers.map((browser) => receivedBy(browser).length)).toEqual([1, 1]);
  });

  it('are sent at once when they are urgent', async () => {
    const browser = service.subscribe();
    const owner = await sleeper(browser);
    const id = await backend.send({ to: { users: [owner.id] }, title: 'Fire', urgent: true });
    expect([...(await backend.settled(id, 1)).values()]).toEqual([expect.objectContaining({ status: 'sent' })]);
    expect(receivedBy(browser)).toHaveLength(1);
  });
});

describe('messages for later', () => {
  const inAnHour = async (): Promise<string> => {
    const { now } = await backend.tool<{ now: string }>('GET', 'clock');
    return new Date(Date.parse(now) + hour * 1_000).toISOString();
  };

  it('are not sent when they are called off', async () => {
    const browser = service.subscribe();
    const owner = await backend.ownerOf([browser]);
    const id = await backend.send({ to: { users: [owner.id] }, title: 'Later', sendAt: await inAnHour() });
    await backend.call(backend.admin, { method: 'DELETE', path: `/push/messages/${id}` });
    await backend.queueMessage({ messageId: id });
    await backend.pass(1.1 * hour);
    await wait();
    expect(receivedBy(browser)).toEqual([]);
    expect(await backend.message(id)).toMatchObject({ status: 'canceled' });
  });

  it('are sent at their time, once', async () => {
    const browser = service.subscribe();
    const owner = await backend.ownerOf([browser]);
    const id = await backend.send({ to: { users: [owner.id] }, title: 'Later', sendAt: await inAnHour() });
    await backend.pass(0.9 * hour);
    await wait();
    expect(receivedBy(browser)).toEqual([]);
    expect(await backend.message(id)).toMatchObject({ status: 'scheduled' });
    await backend.pass(0.2 * hour);
    await backend.settled(id, 1);
    await backend.queueMessage({ messageId: id });
    await wait();
    expect(receivedBy(browser)).toHaveLength(1);
  });
});

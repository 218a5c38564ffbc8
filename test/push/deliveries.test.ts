import { setTimeout as pause } from 'node:timers/promises';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { DeliveriesBackend, until } from './deliveries-backend.ts';
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
/** Long enough for what should not happen to happen. */
const wait = () => pause(400);
const statusesOf = (results: Awaited<ReturnType<DeliveriesBackend['deliveries']>>) =>
  [...results.values()].map(({ status, reason }) => [status, reason]);

describe('deliveries that push services refuse', () => {
  it.each([404, 410])('PU04 forgets a browser that is gone by %d, does not try again, and serves the others', async (status) => {
    const [gone, well] = [service.subscribe(), service.subscribe()];
    const owner = await backend.ownerOf([gone, well]);
    const [goneId = '', wellId = ''] = owner.devices;
    service.answer(gone, { status });
    const id = await backend.send({ to: { users: [owner.id] }, title: 'Hi' });
    const results = await backend.settled(id, 2);
    expect(results.get(goneId)).toMatchObject({ status: 'gone', reason: String(status), platform: 'web' });
    expect(results.get(wellId)).toMatchObject({ status: 'sent' });
    await until(
      () => backend.devicesOf(owner),
      ({ items }) => items.length === 1,
    );
    expect((await backend.devicesOf(owner)).items).toEqual([expect.objectContaining({ id: wellId, enabled: true })]);
    await backend.pass(3_600);
    const next = await backend.send({ to: { users: [owner.id] }, title: 'Hi again' });
    expect(statusesOf(await backend.settled(next, 1))).toEqual([['sent', undefined]]);
    expect(receivedBy(gone)).toHaveLength(1);
    expect(receivedBy(well)).toHaveLength(2);
  });

  it.each([301, 400, 401, 403, 413])('records an answer of %d as failed, once', async (status) => {
    const browser = service.subscribe();
    const owner = await backend.ownerOf([browser]);
    service.answer(browser, { status, headers: { location: `${service.origin}/elsewhere` } });
    const id = await backend.send({ to: { users: [owner.id] }, title: 'Hi' });
    expect(statusesOf(await backend.settled(id, 1))).toEqual([['failed', String(status)]]);
    await backend.pass(3_600);
    await wait();
    expect(receivedBy(browser)).toHaveLength(1);
    expect((await backend.devicesOf(owner)).items).toHaveLength(1);
  });

  it.each([429, 503])('PU05 waits as long as an answer of %d says, then delivers, and to the others once', async (status) => {
    const [slow, well] = [service.subscribe(), service.subscribe()];
    const owner = await backend.ownerOf([slow, well]);
    service.answer(slow, { status, headers: { 'retry-after': '300' } });
    const id = await backend.send({ to: { users: [owner.id] }, title: 'Hi' });
    await until(
      () => receivedBy(slow).length,
      (count) => count === 1,
    );
    await wait();
    expect((await backend.message(id)).counts).toMatchObject({ sent: 1, failed: 0 });
    await backend.pass(240);
    await wait();
    expect(receivedBy(slow)).toHaveLength(1);
    await backend.pass(70);
    expect(statusesOf(await backend.settled(id, 2))).toEqual([
      ['sent', undefined],
      ['sent', undefined],
    ]);
    expect(receivedBy(slow)).toHaveLength(2);
    expect(receivedBy(well)).toHaveLength(1);
  });

  it('PU05 gives up after eight attempts, keeps the delivery among the dead letters, and delivers what is taken out of them', async () => {
    const [down, well] = [service.subscribe(), service.subscribe()];
    const owner = await backend.ownerOf([down, well]);
    const [downId = ''] = owner.devices;
    service.answer(down, ...Array.from({ length: 8 }, () => ({ status: 503 })));
    const id = await backend.send({ to: { users: [owner.id] }, title: 'Hi' });
    for (let attempt = 1; attempt <= 8; attempt += 1) {
      await until(
        () => receivedBy(down).length,
        (count) => count === attempt,
      );
      await wait();
      await backend.pass(1_200);
    }
    expect((await backend.settled(id, 2)).get(downId)).toMatchObject({ status: 'failed', reason: '503' });
    expect(receivedBy(well)).toHaveLength(1);
    const dead = { QueueUrl: await backend.queueUrl('DeliveriesQueueDeadLetters'), WaitTimeSeconds: 1 };
    const [letter] = await until(
      async () => (await backend.sqs().send(new ReceiveMessageCommand(dead))).Messages ?? [],
      (letters) => letters.length > 0,
    );
    const delivery = JSON.parse(letter?.Body ?? '{}');
    expect(delivery).toMatchObject({ messageId: id });
    await backend.queueDelivery(delivery);
    await until(
      () => receivedBy(down).length,
      (count) => count === 9,
    );
    await until(
      () => backend.message(id),
      ({ counts }) => counts.sent === 2 && counts.failed === 0,
    );
    expect(receivedBy(well)).toHaveLength(1);
  });

  it('tries again when nobody answers', async () => {
    const elsewhere = await startPushService();
    const owner = await backend.ownerOf([elsewhere.subscribe()]);
    await elsewhere.close();
    const id = await backend.send({ to: { users: [owner.id] }, title: 'Hi' });
    await until(
      () => backend.message(id),
      ({ status }) => status === 'sent',
    );
    await wait();
    expect((await backend.message(id)).counts).toMatchObject({ sent: 0, failed: 0 });
    await elsewhere.reopen();
    await backend.pass(60);
    expect(statusesOf(await backend.settled(id, 1))).toEqual([['sent', undefined]]);
    expect(elsewhere.received).toHaveLength(1);
    await elsewhere.close();
  });
});

describe('deliveries of messages that cannot be made any more', () => {
  it('are recorded as failed', async () => {
    const browser = service.subscribe();
    const owner = await backend.ownerOf([browser]);
    const to = { users: [(await backend.newPerson()).id] };
    const id = await backend.send({ to, title: 'Hi' });
    await backend.update(id, { to, template: { name: 'of-an-earlier-definition' } });
    await backend.queueDelivery({ messageId: id, devices: [{ owner: owner.id, device: owner.devices[0] ?? '' }] });
    expect(statusesOf(await backend.settled(id, 1))).toEqual([['failed', 'the template is gone']]);
    expect(receivedBy(browser)).toEqual([]);
  });
});

describe('deliveries that users do not want', () => {
  it('leaves out users who have muted the category, and no others', async () => {
    const [muted, other] = [service.subscribe(), service.subscribe()];
    const [owner, another] = await Promise.all([backend.ownerOf([muted]), backend.ownerOf([other])]);
    await backend.prefer(owner, { muted: ['offers'] });
    const to = { users: [owner.id, another.id] };
    const id = await backend.send({ to, title: 'Hi', category: 'offers' });
    const results = await backend.settled(id, 2);
    expect(results.get(owner.devices[0] ?? '')).toMatchObject({ status: 'muted' });
    expect(results.get(another.devices[0] ?? '')).toMatchObject({ status: 'sent' });
    const wanted = await backend.send({ to, title: 'Hi', category: 'comments' });
    expect(statusesOf(await backend.settled(wanted, 2))).toEqual([
      ['sent', undefined],
      ['sent', undefined],
    ]);
    const urgent = await backend.send({ to, title: 'Hi', category: 'offers', urgent: true });
    await backend.settled(urgent, 2);
    expect([receivedBy(muted).length, receivedBy(other).length]).toEqual([2, 3]);
  });
});

describe('deliveries to browsers', () => {
  it('arrive encrypted, signed with the published key, and with their headers', async () => {
    const browser = service.subscribe();
    const owner = await backend.ownerOf([browser]);
    const id = await backend.send({
      to: { users: [owner.id] },
      title: 'Hi',
      body: '„Hello“ 🚀',
      ttlSeconds: 60,
      collapseKey: 'hi',
      data: { a: 'b' },
    });
    const results = await backend.settled(id, 1);
    expect([...results.values()]).toEqual([expect.objectContaining({ deviceId: owner.devices[0], owner: owner.id, status: 'sent' })]);
    const [push, ...more] = receivedBy(browser);
    expect(more).toEqual([]);
    expect(JSON.parse(push?.text ?? '')).toEqual({ title: 'Hi', body: '„Hello“ 🚀', data: { a: 'b' }, tag: 'hi' });
    const { publicKey } = await backend.call<{ publicKey: string }>(backend.admin, { path: '/push/web-key' });
    expect(push?.key).toBe(publicKey);
    expect(push?.claims).toMatchObject({ aud: service.origin, sub: 'mailto:push@example.com' });
    expect(push?.headers).toMatchObject({ ttl: '60', urgency: 'high', topic: 'hi' });
    expect(
      (
        await until(
          () => backend.message(id),
          ({ status }) => status === 'sent',
        )
      ).counts,
    ).toMatchObject({ sent: 1, failed: 0 });
  });

  it('speak the language of each device', async () => {
    const [english, german] = [service.subscribe(), service.subscribe()];
    const owners = await Promise.all([backend.ownerOf([english], 'fr'), backend.ownerOf([german], 'de-AT')]);
    const template = { name: 'comment', values: { who: 'Ada', text: '"{{who}}"\n' } };
    await backend.settled(await backend.send({ to: { users: owners.map(({ id }) => id) }, template }), 2);
    expect(JSON.parse(receivedBy(english)[0]?.text ?? '')).toMatchObject({ title: 'New comment', body: 'Ada wrote: "{{who}}"\n' });
    expect(JSON.parse(receivedBy(german)[0]?.text ?? '')).toMatchObject({ title: 'Neuer Kommentar', body: 'Ada schrieb: "{{who}}"\n' });
  });

  it('go to devices by their ids, each once however often it is named', async () => {
    const browsers = [service.subscribe(), service.subscribe()];
    const [first = '', second = ''] = (await backend.ownerOf(browsers)).devices;
    const id = await backend.send({ to: { devices: [first, second, first] }, data: { sync: 'now' } });
    await backend.settled(id, 2);
    expect(browsers.map((browser) => receivedBy(browser).map(({ text }) => JSON.parse(text)))).toEqual([
      [{ data: { sync: 'now' } }],
      [{ data: { sync: 'now' } }],
    ]);
  });
});

describe('deliveries that SQS hands out more than once', () => {
  it('reach each browser once', async () => {
    const browsers = Array.from({ length: 8 }, () => service.subscribe());
    const owner = await backend.ownerOf(browsers);
    const delayed = Promise.withResolvers<void>();
    for (const browser of browsers) service.answer(browser, { status: 201, after: delayed.promise });
    const id = await backend.send({ to: { users: [owner.id] }, title: 'Hi' });
    await until(
      () => browsers.flatMap(receivedBy).length,
      (count) => count === 8,
    );
    const again = { messageId: id, devices: owner.devices.map((device) => ({ owner: owner.id, device })) };
    await Promise.all([backend.queueDelivery(again), backend.queueDelivery(again), backend.queueDelivery(again)]);
    await wait();
    delayed.resolve();
    await backend.settled(id, 8);
    await backend.pass(120);
    await backend.queueDelivery(again);
    await wait();
    await backend.pass(1_200);
    await wait();
    expect(browsers.map((browser) => receivedBy(browser).length)).toEqual(browsers.map(() => 1));
    await backend.expectExactCounts(id);
  });

  it('are not sent to a device that has moved to somebody else meanwhile', async () => {
    const browser = service.subscribe();
    const [first, second] = [await backend.ownerOf([browser]), await backend.ownerOf([browser])];
    const [device = ''] = first.devices;
    expect(second.devices).toEqual([device]);
    const id = await backend.send({ to: { users: [first.id] }, title: 'Hi' });
    await backend.queueDelivery({ messageId: id, devices: [{ owner: first.id, device }] });
    await until(
      () => backend.message(id),
      ({ status }) => status === 'sent',
    );
    await wait();
    expect(receivedBy(browser)).toEqual([]);
  });
});

describe('deliveries that take long', () => {
  it('are handed on to the next run when the time of one is over, and reach each browser once', async () => {
    const browsers = Array.from({ length: 120 }, () => service.subscribe());
    const owners = await Promise.all(Array.from({ length: 6 }, (_, index) => backend.ownerOf(browsers.slice(index * 20, index * 20 + 20))));
    // Of 15 s, that leaves time for two rounds of 25. A push is given up after 5 s, which a busy machine must not get to.
    for (const browser of browsers) service.answer(browser, { status: 201, afterMs: 3_800 });
    const id = await backend.send({ to: { users: owners.map((owner) => owner.id) }, title: 'Hi' });
    await until(
      () => backend.message(id),
      ({ counts }) => counts.sent === 120,
      90_000,
    );
    expect(browsers.map((browser) => receivedBy(browser).length)).toEqual(browsers.map(() => 1));
  });
});

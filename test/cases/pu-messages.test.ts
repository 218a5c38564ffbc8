import { randomBytes } from 'node:crypto';
import type { PushMessage } from '../../contracts/push.ts';
import { DeliveriesBackend, until } from '../push/deliveries-backend.ts';
import { type Browser, type PushService, startPushService } from '../push/push-service.ts';
import { callApi } from '../support/call-api.ts';
import { expectProblem } from '../support/expect-problem.ts';

let backend: DeliveriesBackend;
let service: PushService;
beforeAll(async () => {
  service = await startPushService();
  backend = await DeliveriesBackend.start();
});
afterAll(async () => {
  await backend?.stop();
  await service?.close();
});

/** A user with an iPhone, an Android phone and a browser. */
const reachable = async () => {
  const browser: Browser = service.subscribe();
  const person = await backend.ownerOf([browser]);
  const apns = randomBytes(32).toString('hex');
  const fcm = `fcm-${crypto.randomUUID()}`;
  await backend.register(person, { platform: 'apns', token: apns });
  await backend.register(person, { platform: 'fcm', token: fcm });
  const texts = () => service.received.filter((push) => push.browser === browser.id).map(({ text }) => text);
  return { ...person, apns, fcm, texts };
};
const post = (body: PushMessage) =>
  callApi(backend.served.apiUrl, { method: 'POST', path: '/push/messages', body, token: backend.admin.token });

describe('a message', () => {
  it('PU10 shows quotes, newlines, {{x}} and right-to-left text on each platform as it was given', async () => {
    const { id, apns, fcm, texts } = await reachable();
    const title = '"Ada" said:\n\\{{x}} $& \u202b\u05e9\u05dc\u05d5\u05dd\u202c 🚀';
    await backend.settled(await backend.send({ to: { users: [id] }, title, body: title }), 3);
    expect((await backend.pushesTo(apns)).map(({ payload }) => payload.aps.alert)).toEqual([{ title, body: title }]);
    expect((await backend.pushesTo(fcm)).map(({ message }) => message.notification)).toEqual([{ title, body: title }]);
    expect(texts().map((text) => JSON.parse(text))).toEqual([expect.objectContaining({ title, body: title })]);
  });

  it('PU06 of the greatest size is sent; of one byte more it is refused with both numbers, and reaches nobody', async () => {
    const { id, apns, fcm, texts } = await reachable();
    const filled = (bytes: number): PushMessage => ({ to: { users: [id] }, title: 'Café 🚀 "quoted"\n\u0001', body: 'x'.repeat(bytes) });
    const tooLarge = expectProblem(await post(filled(5_000)), { status: 400, code: 'payload_too_large' });
    const [, bytes = '', limit = ''] = /makes (\d+) bytes for \w+; (\d+) are the most/.exec(tooLarge.detail) ?? [];
    const largest = 5_000 - (Number(bytes) - Number(limit));
    const refused = expectProblem(await post(filled(largest + 1)), { status: 400, code: 'payload_too_large' });
    expect(refused.detail).toContain(`makes ${Number(limit) + 1} bytes`);
    expect(refused.detail).toContain(`${limit} are the most`);
    await backend.settled(await backend.send(filled(largest)), 3);
    await until(texts, (seen) => seen.length > 0);
    expect([await backend.pushesTo(apns), await backend.pushesTo(fcm), texts()].map(({ length }) => length)).toEqual([1, 1, 1]);
  });
});

import { createECDH } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pushServiceUrl } from '../../contracts/push-services.ts';
import type { WebPayload } from '../../lambdas/push/payload/web-payload.ts';
import { makeVapidKeys, parseVapidKeys } from '../../lambdas/push/vapid-keys.ts';
import { postWebPush, sealWebPush } from '../../lambdas/push/web-push.ts';
import { decryptPush, type PushService, startPushService } from './push-service.ts';

const keys = makeVapidKeys();
const subject = 'mailto:push@example.com';
const payload: WebPayload = { payload: '{"title":"„Hi“ 🚀"}', ttlSeconds: 3_600, urgency: 'high', topic: 'note-7' };
let service: PushService;
beforeAll(async () => {
  service = await startPushService();
});
afterAll(() => service.close());

const send = (browser = service.subscribe(), sent = payload) =>
  postWebPush(
    sealWebPush({ url: new URL(browser.subscription.endpoint), subscription: browser.subscription, payload: sent, subject, keys }),
  );

describe('pushServiceUrl', () => {
  const bounds = { pushServices: ['push.example.com', '*.example.org'], localMode: false };

  it.each([
    ['no URL', 'push'],
    ['plain HTTP', 'http://fcm.googleapis.com/fcm/send/1'],
    ['a port of its own', 'https://fcm.googleapis.com:8443/fcm/send/1'],
    ['credentials', 'https://a:b@fcm.googleapis.com/fcm/send/1'],
    ['another host', 'https://example.net/push'],
    ['a host that only looks like one', 'https://fcm.googleapis.com.example.net/push'],
    ['a host that only ends like one', 'https://notify.windows.com.evil/push'],
    ['the parent of a pattern', 'https://example.org/push'],
    ['an address', 'https://169.254.169.254/latest/meta-data'],
    ['this machine', 'http://127.0.0.1:9/push'],
    ['a file', 'file:///etc/passwd'],
  ])('refuses %s', (_, endpoint) => {
    expect(pushServiceUrl(endpoint, bounds)).toBeUndefined();
  });

  it.each([
    ['http://localhost:9/push'],
    ['http://127.0.0.1/push'],
    ['http://10.0.0.1:9/push'],
    ['http://[::1]:9/push'],
    ['https://127.0.0.1:9/push'],
  ])('refuses %s in local mode, too', (endpoint) => {
    expect(pushServiceUrl(endpoint, { ...bounds, localMode: true })).toBeUndefined();
  });

  it.each([
    ['https://fcm.googleapis.com/fcm/send/abc:def'],
    ['https://updates.push.services.mozilla.com/wpush/v2/abc'],
    ['https://web.push.apple.com/abc'],
    ['https://wns2-par02p.notify.windows.com/w/?token=abc'],
    ['https://push.example.com/1'],
    ['https://a.b.example.org/1'],
  ])('takes %s', (endpoint) => {
    expect(pushServiceUrl(endpoint, bounds)?.href).toBe(endpoint);
  });

  it('takes a port of this machine in local mode', () => {
    expect(pushServiceUrl('http://127.0.0.1:9999/push', { ...bounds, localMode: true })?.port).toBe('9999');
  });
});

describe('sealWebPush and postWebPush', () => {
  it('refuses keys of a subscription that are none', () => {
    const { subscription } = service.subscribe();
    const url = new URL(subscription.endpoint);
    const sealed = (p256dh: string, auth: string) => () =>
      sealWebPush({ url, subscription: { ...subscription, keys: { p256dh, auth } }, payload, subject, keys });
    expect(sealed('AAAA', subscription.keys.auth)).toThrow();
    expect(sealed(Buffer.alloc(65, 4).toString('base64url'), subscription.keys.auth)).toThrow();
    expect(sealed(subscription.keys.p256dh, 'AAAA')).toThrow();
  });

  it('does not follow redirects', async () => {
    const browser = service.subscribe();
    service.answer(browser, { status: 307, headers: { location: `${service.origin}/push/${service.subscribe().id}` } });
    const before = service.received.length;
    expect((await send(browser)).status).toBe(307);
    expect(service.received).toHaveLength(before + 1);
  });

  it('reads no more of an answer than it needs', async () => {
    const endless = createServer((_, response) => {
      response.writeHead(500);
      const timer = setInterval(() => response.write('x'.repeat(10_000)), 1);
      response.on('close', () => clearInterval(timer));
    });
    await new Promise<void>((resolve) => endless.listen(0, '127.0.0.1', resolve));
    const { subscription } = service.subscribe();
    const url = new URL(`http://127.0.0.1:${(endless.address() as AddressInfo).port}/push/1`);
    const answer = await postWebPush(sealWebPush({ url, subscription, payload, subject, keys }));
    expect(answer).toEqual({ status: 500, text: 'x'.repeat(512) });
    await new Promise((resolve) => endless.close(resolve));
  });

  it('does not connect to a name that leads into a private network', async () => {
    const push = { url: new URL('https://localhost:1/push'), headers: {}, body: Buffer.from('x') };
    await expect(postWebPush(push)).rejects.toThrow('an address that is not public');
  });

  it('rejects when nobody listens', async () => {
    const { subscription } = service.subscribe();
    await expect(
      postWebPush(sealWebPush({ url: new URL('http://127.0.0.1:1/push'), subscription, payload, subject, keys })),
    ).rejects.toThrow();
  });

  it.each([
    ['201', { status: 201 }, { status: 201, text: '' }],
    ['410', { status: 410 }, { status: 410, text: '' }],
    ['429 with seconds', { status: 429, headers: { 'retry-after': '120' } }, { status: 429, text: '', retryAfterSeconds: 120 }],
    [
      '503 with a time that is over',
      { status: 503, headers: { 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' } },
      { status: 503, text: '', retryAfterSeconds: 0 },
    ],
    ['503 with nonsense', { status: 503, headers: { 'retry-after': 'soon' } }, { status: 503, text: '' }],
  ])('tells of %s', async (_, answer, expected) => {
    const browser = service.subscribe();
    service.answer(browser, answer);
    expect(await send(browser)).toEqual(expected);
  });

  it('encrypts for the browser alone and signs for the push service (RFC 8291, 8292)', async () => {
    const browser = service.subscribe();
    expect((await send(browser)).status).toBe(201);
    const push = service.received.at(-1);
    expect(push?.browser).toBe(browser.id);
    expect(push?.text).toBe(payload.payload);
    expect(push?.key).toBe(keys.publicKey);
    expect(push?.claims).toMatchObject({ aud: service.origin, sub: subject });
    const hours = ((push?.claims.exp ?? 0) - Date.now() / 1_000) / 3_600;
    expect(hours).toBeGreaterThan(0);
    expect(hours).toBeLessThanOrEqual(24);
    expect(push?.headers).toMatchObject({
      'content-encoding': 'aes128gcm',
      'content-type': 'application/octet-stream',
      ttl: '3600',
      urgency: 'high',
      topic: 'note-7',
    });
  });

  it('makes at most 4,096 bytes of the largest message (RFC 8030, section 7.2)', () => {
    const { subscription } = service.subscribe();
    const url = new URL(subscription.endpoint);
    const { body } = sealWebPush({ url, subscription, payload: { ...payload, payload: 'x'.repeat(3_993) }, subject, keys });
    expect(body).toHaveLength(4_096);
  });

  it('decrypts the example of RFC 8291, section 5, so that the check itself is right', () => {
    const browser = createECDH('prime256v1');
    browser.setPrivateKey('q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94', 'base64url');
    const body =
      'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN';
    const auth = Buffer.from('BTBZMqHH6r4Tts7J_aSIgg', 'base64url');
    expect(decryptPush(Buffer.from(body, 'base64url'), browser, auth)).toBe('When I grow up, I want to be a watermelon');
  });
});

describe('makeVapidKeys', () => {
  it('makes keys of full length, another pair each time', () => {
    const pairs = Array.from({ length: 600 }, makeVapidKeys);
    for (const pair of pairs) expect(parseVapidKeys(JSON.stringify(pair))).toEqual(pair);
    expect(new Set(pairs.map(({ privateKey }) => privateKey)).size).toBe(600);
  });

  it.each(['', '{}', 'not JSON', '{"publicKey":"AAAA","privateKey":"AAAA"}', 'null'])('reads no pair from %j', (text) => {
    expect(parseVapidKeys(text)).toBeUndefined();
  });
});

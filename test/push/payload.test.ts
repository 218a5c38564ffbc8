import type { CompiledPush } from '../../contracts/compiled.ts';
import { ApiError } from '../../contracts/errors.ts';
import { type PushMessage, pushLimits } from '../../contracts/push.ts';
import { assertPayloads } from '../../lambdas/push/payload/assert-payloads.ts';
import { buildPayloads } from '../../lambdas/push/payload/build-payloads.ts';
import { chooseLocale } from '../../lambdas/push/payload/choose-locale.ts';

const push: CompiledPush = {
  platforms: ['apns', 'apns-sandbox', 'fcm', 'web'],
  bundleId: 'com.example.notes',
  web: { subject: 'mailto:push@example.com', pushServices: [] },
  topics: {},
  locales: ['en', 'de', 'pt-BR'],
  templates: {
    comment: {
      title: { en: 'New comment', de: 'Neuer Kommentar', 'pt-BR': 'Novo comentário' },
      body: { en: '{{who}} wrote: {{text}}', de: '{{who}} schrieb: {{text}}', 'pt-BR': '{{ who }} escreveu: {{text}}' },
    },
  },
  categories: ['comments'],
  maxDevicesPerUser: 20,
  logDays: 30,
};
const id = '0193623e-7a00-7000-8000-000000000001';
const to = { users: ['u'] };
const messageOf = ({ payload }: { readonly payload: string }) => JSON.parse(payload).fcmV1Message.message;
const payloadsOf = (message: Omit<PushMessage, 'to'>, locale = 'en') => {
  const { apns, fcm, web } = buildPayloads({ id, message: { to, ...message } }, locale, push);
  if (apns === undefined || fcm === undefined || web === undefined) throw new Error('a platform is missing');
  return { apns, fcm, web, json: [JSON.parse(apns.payload), messageOf(fcm), JSON.parse(web.payload)] };
};
const refusal = (message: Omit<PushMessage, 'to'>, of: CompiledPush = push): ApiError | undefined => {
  try {
    assertPayloads({ id, message: { to, ...message } }, of);
    return undefined;
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
};

describe('assertPayloads', () => {
  const only = (platform: 'apns' | 'fcm' | 'web'): CompiledPush => ({ ...push, platforms: [platform] });
  /** A message whose payload has exactly so many bytes, made of text that JSON escapes and of characters of four bytes. */
  const ofSize = (platform: 'apns' | 'fcm' | 'web', bytes: number): Omit<PushMessage, 'to'> => {
    const start = 'Café 🚀 "quoted"\n\u0001\\';
    const payload = buildPayloads({ id, message: { to, body: start } }, 'en', only(platform))[platform]?.payload ?? '';
    const left = bytes - Buffer.byteLength(payload);
    return { body: `${start}${'🚀'.repeat(Math.floor(left / 4))}${'x'.repeat(left % 4)}` };
  };

  it.each(['apns', 'fcm', 'web'] as const)('PU06 refuses one byte more than %s takes, with both numbers', (platform) => {
    const limit = pushLimits.payloadBytes[platform];
    const error = refusal(ofSize(platform, limit + 1), only(platform));
    expect(error?.code).toBe('payload_too_large');
    expect(error?.message).toContain(`${limit + 1} bytes for ${platform}; ${limit} are the most`);
  });

  it.each(['apns', 'fcm', 'web'] as const)('PU06 takes the very size that %s takes, counted in bytes of UTF-8', (platform) => {
    const message = ofSize(platform, pushLimits.payloadBytes[platform]);
    const payload = buildPayloads({ id, message: { to, ...message } }, 'en', only(platform))[platform]?.payload ?? '';
    expect(new TextEncoder().encode(payload)).toHaveLength(pushLimits.payloadBytes[platform]);
    expect(refusal(message, only(platform))).toBeUndefined();
  });

  it('names the language that is too long', () => {
    const long = { ...only('web'), templates: { only: { title: { en: 'short' }, body: { en: 'short', de: 'ä'.repeat(2_100) } } } };
    expect(refusal({ template: { name: 'only' } }, long)?.message).toMatch(/bytes for web in de; 3993 are the most/);
  });

  it('refuses a template that is not there, and one whose values are missing', () => {
    expect(refusal({ template: { name: 'constructor' } })?.errors).toEqual([expect.objectContaining({ pointer: '/template/name' })]);
    const error = refusal({ template: { name: 'comment', values: { who: 'Ada' } } });
    expect(error?.code).toBe('validation_failed');
    expect(error?.errors).toEqual([
      { pointer: '/template/values/text', code: 'required', detail: 'The template needs a value for {{text}}.' },
    ]);
  });
});

describe('buildPayloads', () => {
  it('makes the payload and the headers of APNs', () => {
    const { apns } = payloadsOf({
      title: 'Hello',
      body: 'World',
      data: { note: '7', aps: 'not this' },
      badge: 3,
      sound: 'ping.caf',
      image: 'https://example.com/a.png',
      url: 'https://example.com/notes/7',
      category: 'comments',
      ttlSeconds: 3_600,
      collapseKey: 'note-7',
    });
    expect(JSON.parse(apns.payload)).toEqual({
      note: '7',
      url: 'https://example.com/notes/7',
      image: 'https://example.com/a.png',
      aps: {
        alert: { title: 'Hello', body: 'World' },
        badge: 3,
        sound: 'ping.caf',
        category: 'comments',
        'thread-id': 'comments',
        'mutable-content': 1,
      },
    });
    expect(apns.attributes).toEqual({
      'AWS.SNS.MOBILE.APNS.PUSH_TYPE': 'alert',
      'AWS.SNS.MOBILE.APNS.PRIORITY': '10',
      'AWS.SNS.MOBILE.APNS.COLLAPSE_ID': 'note-7',
      'AWS.SNS.MOBILE.APNS.TTL': '3600',
      'AWS.SNS.MOBILE.APNS_SANDBOX.TTL': '3600',
      'AWS.SNS.MOBILE.APNS.TOPIC': 'com.example.notes',
    });
  });

  it('makes the message of FCM HTTP v1', () => {
    const { fcm } = payloadsOf({
      title: 'Hello',
      body: 'World',
      data: { note: '7' },
      url: 'app://7',
      badge: 3,
      collapseKey: 'n',
      ttlSeconds: 0,
    });
    expect(messageOf(fcm)).toEqual({
      notification: { title: 'Hello', body: 'World' },
      data: { note: '7', url: 'app://7' },
      android: { priority: 'high', ttl: '0s', collapse_key: 'n', notification: { tag: 'n', notification_count: 3 } },
    });
  });

  it('makes what a service worker shows, and what the push service is told', () => {
    const { web } = payloadsOf({ title: 'Hello', body: 'World', data: { note: '7' }, url: '/notes/7', badge: 0, collapseKey: 'note-7' });
    expect(JSON.parse(web.payload)).toEqual({
      title: 'Hello',
      body: 'World',
      data: { note: '7' },
      url: '/notes/7',
      badge: 0,
      tag: 'note-7',
    });
    expect(web).toMatchObject({ ttlSeconds: 86_400, urgency: 'high', topic: 'note-7' });
  });

  it('makes a topic of RFC 8030 of any collapse key, and of the message without one', () => {
    expect(payloadsOf({ body: 'x', collapseKey: 'a key with spaces' }).web.topic).toMatch(/^[\w-]{32}$/);
    expect(payloadsOf({ body: 'x' }).web.topic).toBe(id.replaceAll('-', ''));
  });

  it('wakes the app without showing anything for a message of data only', () => {
    const { apns, fcm, web } = payloadsOf({ data: { sync: 'now' } });
    expect(JSON.parse(apns.payload)).toEqual({ sync: 'now', aps: { 'content-available': 1 } });
    expect(apns.attributes).toMatchObject({ 'AWS.SNS.MOBILE.APNS.PUSH_TYPE': 'background', 'AWS.SNS.MOBILE.APNS.PRIORITY': '5' });
    expect(messageOf(fcm)).toEqual({ data: { sync: 'now' }, android: { priority: 'normal', ttl: '86400s' } });
    expect(JSON.parse(web.payload)).toEqual({ data: { sync: 'now' } });
    expect(web.urgency).toBe('normal');
  });

  it('tells APNs of an alert when only the badge changes', () => {
    const { apns } = payloadsOf({ badge: 0 });
    expect(JSON.parse(apns.payload)).toEqual({ aps: { badge: 0 } });
    expect(apns.attributes['AWS.SNS.MOBILE.APNS.PUSH_TYPE']).toBe('alert');
  });

  it('merges overrides over what it has made; null takes away', () => {
    const { json } = payloadsOf({
      body: 'x',
      sound: 'a',
      overrides: {
        apns: { aps: { sound: null, 'interruption-level': 'critical' } },
        fcm: { android: { ttl: '5s' } },
        web: { icon: '/i.png' },
      },
    });
    expect(json[0]).toEqual({ aps: { alert: { body: 'x' }, 'interruption-level': 'critical' } });
    expect(json[1]).toMatchObject({ android: { ttl: '5s', priority: 'high' } });
    expect(json[2]).toEqual({ body: 'x', icon: '/i.png', tag: id });
  });

  it('PU10 keeps quotes, newlines, {{x}} and RTL as they are, in valid JSON for each platform', () => {
    const title = '"Ada" said:\n\\{{x}} $& \u202bשלום\u202c 🚀\u0000';
    for (const json of payloadsOf({ title, body: title }).json) {
      const shown = json.aps?.alert ?? json.notification ?? json;
      expect(shown).toMatchObject({ title, body: title });
    }
  });

  it('PU10 puts values into a template once, whatever they look like', () => {
    const { json } = payloadsOf({ template: { name: 'comment', values: { who: '{{text}} $&', text: '{{who}}"\n' } } });
    expect(json[0].aps.alert).toEqual({ title: 'New comment', body: '{{text}} $& wrote: {{who}}"\n' });
  });

  it('makes a template in each language', () => {
    const template = { name: 'comment', values: { who: 'Ada', text: 'Hi' } };
    expect(payloadsOf({ template }, 'de').json[1].notification).toEqual({ title: 'Neuer Kommentar', body: 'Ada schrieb: Hi' });
    expect(payloadsOf({ template }, 'pt-BR').json[2]).toMatchObject({ title: 'Novo comentário', body: 'Ada escreveu: Hi' });
  });

  it('makes payloads only of platforms that the definition has', () => {
    const payloads = buildPayloads({ id, message: { to, body: 'x' } }, 'en', { ...push, platforms: ['fcm'] });
    expect(Object.keys(payloads)).toEqual(['fcm']);
  });
});

describe('chooseLocale', () => {
  it.each([
    ['de', 'de'],
    ['DE', 'de'],
    ['de-AT', 'de'],
    ['pt', 'pt-BR'],
    ['pt-BR', 'pt-BR'],
    ['fr', 'en'],
    [undefined, 'en'],
  ])('%s hears %s', (wanted, expected) => {
    expect(chooseLocale(wanted, push.locales)).toBe(expected);
  });
});

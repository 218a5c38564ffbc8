import type { PushOptions } from '../../../contracts/push-options.ts';
import { compilePush } from '../../../lib/push/compile-push.ts';

const web = { subject: 'mailto:ops@example.com' };
const topics = (...names: string[]): NonNullable<PushOptions['topics']> =>
  Object.fromEntries(names.map((name) => [name, { access: (allow) => [allow.signedIn()] }]));
const template = (title: Record<string, string>, body: Record<string, string>) => ({ templates: { hello: { title, body } } });
const both = { en: 'Hello', de: 'Hallo' };
const numbered = (count: number) => Array.from({ length: count }, (_, index) => `topic-${index}`);

describe('compilePush refuses', () => {
  const refusals: readonly [string, PushOptions, string | RegExp][] = [
    ['a definition without a platform', {}, 'push has no platform: give it apns, fcm, web'],
    ['a secret name with a space', { fcm: { secretName: 'my secret' } }, 'push.fcm.secretName is "my secret"'],
    ['a bundle id with a space', { apns: { secretName: 'a', bundleId: 'com example' } }, 'push.apns.bundleId is "com example"'],
    ['a subject that is no address', { web: { subject: 'ops@example.com' } }, 'push.web.subject is "ops@example.com"'],
    ['a subject in plain http', { web: { subject: 'http://example.com' } }, 'use an address as mailto:'],
    ['a URL for a host of a push service', { web: { ...web, pushServices: ['https://push.example.com'] } }, 'push.web.pushServices has'],
    ['a star for a push service', { web: { ...web, pushServices: ['*'] } }, 'use host names as push.example.com'],
    ['an address for a push service', { web: { ...web, pushServices: ['10.0.0.1'] } }, 'push.web.pushServices has "10.0.0.1"'],
    ['the topic all', { web, topics: topics('all') }, 'push.topics has "all", which is the topic that every device hears'],
    ['PU08 a topic with a slash', { web, topics: topics('admin/news') }, 'push.topics has "admin/news": use 1 to 64'],
    ['PU08 a topic of 65 characters', { web, topics: topics('a'.repeat(65)) }, 'use 1 to 64 letters'],
    ['PU08 the topic #', { web, topics: topics('#') }, 'push.topics has "#"'],
    [
      'a group that is not declared',
      { web, topics: { news: { access: (allow) => [allow.group('writers')] } } },
      'push.topics.news.access[0] names the group "writers", which is not declared: add it to auth.groups, or use one of admins, editors',
    ],
    ['a rule that allows nothing', { web, topics: { news: { access: (allow) => [allow.signedIn().to()] } } }, 'allows no operation'],
    ['91 topics', { web, topics: topics(...numbered(91)) }, 'push.topics has 91 topics: at most 90'],
    ['too many topics for its languages', { web, topics: topics(...numbered(60)), locales: ['en', 'de'] }, 'make 122 SNS topics'],
    ['no language', { web, locales: [] as never }, 'push.locales is empty'],
    ['what is no language tag', { web, locales: ['english!'] }, 'push.locales has "english!"'],
    ['a language tag in the wrong case', { web, locales: ['pt-br'] }, 'write it "pt-BR"'],
    ['a language twice', { web, locales: ['en', 'en'] }, 'push.locales has "en" twice'],
    [
      'a template without a language',
      { web, locales: ['en', 'de'], ...template({ en: 'Hi' }, both) },
      'push.templates.hello.title has no text for de',
    ],
    [
      'a template with another language',
      { web, ...template(both, both) },
      'push.templates.hello.title has a text for de, which push.locales',
    ],
    ['an empty text', { web, ...template({ en: ' ' }, { en: 'x' }) }, 'push.templates.hello.title.en is empty'],
    [
      'other values in one language',
      { web, locales: ['en', 'de'], ...template({ en: 'Hello {{name}}', de: 'Hallo' }, both) },
      'push.templates.hello has the values {{name}} in en and none in de',
    ],
    ['an expression for a value', { web, ...template({ en: '{{a + b}}' }, { en: 'x' }) }, 'push.templates.hello.title.en has {{a + b}}'],
    ['a template name with a space', { web, templates: { 'a b': { title: { en: 'x' }, body: { en: 'x' } } } }, 'push.templates has "a b"'],
    ['a category with a space', { web, categories: ['big news'] }, 'push.categories has "big news"'],
    ['a category twice', { web, categories: ['a', 'a'] }, 'push.categories names one twice'],
    ['PU11 no bound on devices', { web, maxDevicesPerUser: 101 }, 'push.maxDevicesPerUser is 101: use a whole number from 1 to 100'],
    ['a half day of log', { web, logDays: 0.5 }, 'push.logDays is 0.5'],
  ];

  it.each(refusals)('%s', (_, options, message) => {
    expect(() => compilePush(options, ['admins', 'editors'], 'development')).toThrow(message);
  });
});

describe('compilePush', () => {
  it('fills in what is not said', () => {
    expect(compilePush({ web }, [], 'development')).toEqual({
      push: {
        platforms: ['web'],
        web: { subject: 'mailto:ops@example.com', pushServices: [] },
        topics: {},
        locales: ['en'],
        templates: {},
        categories: [],
        maxDevicesPerUser: 20,
        logDays: 30,
      },
      warnings: [],
    });
  });

  it('takes devices of development builds where it is not production, and where it is told so', () => {
    const apns = { secretName: 'push/apns', bundleId: 'com.example.app' };
    const platforms = (sandbox: boolean | undefined, stage: 'development' | 'production') =>
      compilePush({ apns: { ...apns, sandbox } }, [], stage).push.platforms;
    expect(platforms(undefined, 'development')).toEqual(['apns', 'apns-sandbox']);
    expect(platforms(undefined, 'production')).toEqual(['apns']);
    expect(platforms(true, 'production')).toEqual(['apns', 'apns-sandbox']);
    expect(platforms(false, 'development')).toEqual(['apns']);
  });

  it('takes values in any order and number, as long as they are the same in all languages', () => {
    const options: PushOptions = {
      web,
      locales: ['en', 'zh-Hant'],
      ...template({ en: '{{a}} {{b}}', 'zh-Hant': '{{ b }}' }, { en: 'x', 'zh-Hant': '{{a}}{{a}}' }),
    };
    expect(compilePush(options, [], 'development').push.locales).toEqual(['en', 'zh-Hant']);
  });
});

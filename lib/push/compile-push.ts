import type { Rule } from '../../contracts/access.ts';
import type { CompiledPush } from '../../contracts/compiled.ts';
import { type Platform, pushLimits } from '../../contracts/push.ts';
import { allowTopic, type PushOptions, type TopicOperation } from '../../contracts/push-options.ts';
import { everyone } from '../../contracts/push-table.ts';
import type { Stage } from '../stage.ts';
import { checkLocales, checkTemplates } from './check-templates.ts';

/** What a definition of push comes to. */
export interface CompiledPushOptions {
  readonly push: CompiledPush;
  readonly warnings: readonly string[];
}

/** A device's changes of topics are one transaction, which takes 100 writes. */
const maxTopics = 90;
/** Each SNS topic has a policy of its own, and a stack takes 500 resources. */
const maxSnsTopics = 120;
/** All devices of a user are read with one Query, which gives 1 MB. */
const maxDevices = 100;
/** Secrets Manager, CreateSecret, Name. */
const secretName = /^[A-Za-z0-9/_+=.@-]{1,512}$/;
/** Apple: letters, digits, hyphens and dots. */
const bundleId = /^[A-Za-z0-9.-]{1,155}$/;
const categoryName = /^[A-Za-z0-9_-]{1,64}$/;
const hostPattern = /^(?:\*\.)?(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/;

const quoted = (value: unknown): string => JSON.stringify(value);

const checkWhole = (name: string, value: number, most: number): void => {
  if (!Number.isInteger(value) || value < 1 || value > most) {
    throw new Error(`push.${name} is ${value}: use a whole number from 1 to ${most}`);
  }
};

const checkSecretName = (at: string, name: string): void => {
  if (!secretName.test(name)) {
    throw new Error(`${at} is ${quoted(name)}: use the name of a secret of Secrets Manager, of letters, digits and /_+=.@-`);
  }
};

const platformsOf = ({ apns, fcm, web }: PushOptions, stage: Stage): readonly Platform[] => {
  const sandbox = apns !== undefined && (apns.sandbox ?? stage !== 'production');
  return [
    ...(apns === undefined ? [] : (['apns'] as const)),
    ...(sandbox ? (['apns-sandbox'] as const) : []),
    ...(fcm === undefined ? [] : (['fcm'] as const)),
    ...(web === undefined ? [] : (['web'] as const)),
  ];
};

const checkPlatforms = ({ apns, fcm, web }: PushOptions): void => {
  if (apns === undefined && fcm === undefined && web === undefined) {
    throw new Error('push has no platform: give it apns, fcm, web, or several of them');
  }
  if (apns !== undefined) {
    checkSecretName('push.apns.secretName', apns.secretName);
    if (!bundleId.test(apns.bundleId))
      throw new Error(`push.apns.bundleId is ${quoted(apns.bundleId)}: use the id of the app, as com.example.app`);
  }
  if (fcm !== undefined) checkSecretName('push.fcm.secretName', fcm.secretName);
  if (web === undefined) return;
  // RFC 8292, section 2.1; push services refuse others.
  if (!/^(?:mailto:[^\s@]+@[^\s@]+|https:\/\/[^\s]+)$/.test(web.subject)) {
    throw new Error(`push.web.subject is ${quoted(web.subject)}: use an address as mailto:ops@example.com, or an https URL`);
  }
  for (const host of web.pushServices ?? []) {
    if (!hostPattern.test(host))
      throw new Error(`push.web.pushServices has ${quoted(host)}: use host names as push.example.com or *.example.com`);
  }
};

const compileTopic = (name: string, options: PushOptions, groups: readonly string[]): readonly Rule<TopicOperation>[] => {
  const at = `push.topics.${name}`;
  if (name === everyone) {
    throw new Error(`push.topics has ${quoted(name)}, which is the topic that every device hears: use another name`);
  }
  if (!pushLimits.topicName.test(name)) {
    throw new Error(`push.topics has ${quoted(name)}: use 1 to 64 letters, digits, - and _`);
  }
  return (options.topics?.[name]?.access(allowTopic) ?? []).map(({ rule }, index) => {
    const line = `${at}.access[${index}]`;
    if (rule.who.kind === 'group' && !groups.includes(rule.who.group)) {
      throw new Error(
        `${line} names the group ${quoted(rule.who.group)}, which is not declared: add it to auth.groups, or use one of ${groups.join(', ')}`,
      );
    }
    if (rule.operations.length === 0) throw new Error(`${line} allows no operation: name some in .to(), or leave .to() out to allow both`);
    return rule;
  });
};

const checkCategories = (categories: readonly string[]): void => {
  for (const name of categories) {
    if (!categoryName.test(name)) throw new Error(`push.categories has ${quoted(name)}: use 1 to 64 letters, digits, - and _`);
  }
  if (new Set(categories).size !== categories.length) {
    throw new Error(`push.categories names one twice (${categories.join(', ')}): name it once`);
  }
};

const checkCounts = (topics: readonly string[], locales: readonly string[]): void => {
  if (topics.length > maxTopics) throw new Error(`push.topics has ${topics.length} topics: at most ${maxTopics} are possible`);
  const snsTopics = (topics.length + 1) * locales.length;
  if (snsTopics > maxSnsTopics) {
    throw new Error(
      `push.topics and push.locales make ${snsTopics} SNS topics, one for each topic and language, and one more for all: at most ${maxSnsTopics} are possible`,
    );
  }
};

/**
 * What handlers know of a definition of push.
 *
 * @param groups the declared groups, with the admin group
 * @throws Error for every mistake in it; it names the prop, shows the value and says what to do
 */
export const compilePush = (options: PushOptions, groups: readonly string[], stage: Stage): CompiledPushOptions => {
  checkPlatforms(options);
  const locales = options.locales ?? ['en'];
  const names = Object.keys(options.topics ?? {});
  const topics = Object.fromEntries(names.map((name) => [name, compileTopic(name, options, groups)]));
  const { categories = [], maxDevicesPerUser = 20, logDays = 30, templates = {} } = options;
  checkLocales(locales);
  checkCounts(names, locales);
  checkTemplates(templates, locales);
  checkCategories(categories);
  checkWhole('maxDevicesPerUser', maxDevicesPerUser, maxDevices);
  checkWhole('logDays', logDays, 3_650);
  const unruled = names.filter((name) => topics[name]?.length === 0);
  return {
    push: {
      platforms: platformsOf(options, stage),
      ...(options.apns && { bundleId: options.apns.bundleId }),
      ...(options.web && { web: { subject: options.web.subject, pushServices: options.web.pushServices ?? [] } }),
      topics,
      locales,
      templates,
      categories,
      maxDevicesPerUser,
      logDays,
    },
    warnings: unruled.map(
      (name) => `push.topics.${name} has no rule, so that only admins may hear it or send to it: add one to its access`,
    ),
  };
};

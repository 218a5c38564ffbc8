import { randomUUID } from 'node:crypto';
import { AwsError } from '../service.ts';
import { checkFilterPolicy } from './filter-policy.ts';
import { isEndpointArn } from './sns-names.ts';
import type { SnsParts } from './sns-parts.ts';
import type { Subscription } from './sns-store.ts';

/** Whoever has one of these must say yes first. */
const CONFIRMED_BY_RECEIVER = new Set(['http', 'https', 'email', 'email-json']);
const SETTINGS = ['DeliveryPolicy', 'FilterPolicy', 'FilterPolicyScope', 'RawMessageDelivery', 'RedrivePolicy', 'SubscriptionRoleArn'];

const endpointChecks: Readonly<Record<string, (endpoint: string) => boolean>> = {
  sqs: (endpoint) => /^arn:[\w-]+:sqs:[\w-]+:\d{12}:/.test(endpoint),
  lambda: (endpoint) => /^arn:[\w-]+:lambda:[\w-]+:\d{12}:function:/.test(endpoint),
  application: isEndpointArn,
  http: (endpoint) => endpoint.startsWith('http://') && URL.canParse(endpoint),
  https: (endpoint) => endpoint.startsWith('https://') && URL.canParse(endpoint),
  email: (endpoint) => endpoint.includes('@'),
  'email-json': (endpoint) => endpoint.includes('@'),
  sms: (endpoint) => /^\+?[\d\s().-]{5,}$/.test(endpoint),
};

export type NewSubscription = Pick<Subscription, 'topicArn' | 'protocol' | 'endpoint' | 'attributes'>;

/** @throws AwsError `InvalidParameter` */
export function checkSubscription({ protocol, endpoint, attributes }: Omit<NewSubscription, 'topicArn'>): void {
  const check = Object.hasOwn(endpointChecks, protocol) ? endpointChecks[protocol] : undefined;
  if (check === undefined) throw invalid(`Amazon SNS does not support this protocol string: ${protocol}`);
  if (!check(endpoint)) throw invalid(`Endpoint Reason: it is not one of the protocol ${protocol}`);
  for (const [name, value] of Object.entries(attributes)) checkSetting(name, value);
}

/** @throws AwsError `InvalidParameter` */
export function checkSetting(name: string, value: string): void {
  if (!SETTINGS.includes(name)) throw invalid('AttributeName');
  if (name === 'FilterPolicy') checkFilterPolicy(value);
  if (name === 'FilterPolicyScope' && !['MessageAttributes', 'MessageBody'].includes(value))
    throw invalid(`FilterPolicyScope: Invalid value [${value}]. Please use either MessageBody or MessageAttributes`);
  if (name === 'RawMessageDelivery' && !['true', 'false'].includes(value))
    throw invalid(`RawMessageDelivery Reason: Attribute RawMessageDelivery: Invalid value [${value}]. Must be true or false.`);
}

/** A subscription that is not stored yet, with what confirms it. */
export function newSubscription(subscription: NewSubscription, arn = `${subscription.topicArn}:${randomUUID()}`): Subscription {
  checkSubscription(subscription);
  const token = CONFIRMED_BY_RECEIVER.has(subscription.protocol) ? randomUUID().replaceAll('-', '') : undefined;
  return { ...subscription, arn, token };
}

/** Subscribes, or finds the subscription that is there. @throws AwsError `InvalidParameter` */
export function subscribe({ store, deliveries }: SnsParts, wanted: NewSubscription): Subscription {
  const known = store.subscriptionOf(wanted);
  if (known !== undefined) {
    const differs = Object.entries(wanted.attributes).some(([name, value]) => known.attributes[name] !== value);
    if (differs) throw invalid('Attributes Reason: Subscription already exists with different attributes');
    if (known.token !== undefined) deliveries.askForConfirmation(known);
    return known;
  }
  const subscription = newSubscription(wanted);
  store.addSubscription(subscription);
  if (subscription.token !== undefined) deliveries.askForConfirmation(subscription);
  return subscription;
}

/** @throws AwsError `InvalidParameter` when no subscription waits for this token */
export function confirm({ store }: SnsParts, topicArn: string, token: string): Subscription {
  const subscription = store.subscriptions(topicArn).find((one) => one.token === token);
  if (subscription === undefined) throw invalid('Token');
  store.changeSubscription(subscription.arn, { attributes: subscription.attributes, token: undefined });
  return subscription;
}

const invalid = (what: string): AwsError => new AwsError('InvalidParameter', `Invalid parameter: ${what}`);

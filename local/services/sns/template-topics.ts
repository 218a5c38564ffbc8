import { StartError } from '../../start-error.ts';
import { stableId } from '../../template/stable-id.ts';
import { AwsError, type ResolvedResource } from '../service.ts';
import type { Subscription, Topic } from './sns-store.ts';
import { newSubscription } from './subscriptions.ts';

const TOPIC_SETTINGS = ['DisplayName', 'KmsMasterKeyId', 'ContentBasedDeduplication', 'FifoTopic', 'SignatureVersion', 'TracingConfig'];
const SUBSCRIPTION_SETTINGS = [
  'DeliveryPolicy',
  'FilterPolicy',
  'FilterPolicyScope',
  'RawMessageDelivery',
  'RedrivePolicy',
  'SubscriptionRoleArn',
];

/** The topics that a template declares. */
export const readTopics = (resources: readonly ResolvedResource[]): Topic[] =>
  resources
    .filter(({ type }) => type === 'AWS::SNS::Topic')
    .map(({ ref, properties }) => ({ arn: ref, attributes: settings(properties, TOPIC_SETTINGS) }));

/**
 * The subscriptions that a template declares, within topics or on their own.
 *
 * @throws StartError where AWS would not take one
 */
export function readSubscriptions(resources: readonly ResolvedResource[]): Subscription[] {
  return resources.flatMap((resource) => {
    const { type, ref, properties } = resource;
    if (type === 'AWS::SNS::Subscription') return [declared(resource, ref, String(properties['TopicArn']), properties)];
    if (type !== 'AWS::SNS::Topic') return [];
    const inline = Array.isArray(properties['Subscription']) ? (properties['Subscription'] as Record<string, unknown>[]) : [];
    return inline.map((subscription) => {
      const id = stableId({ ...resource, logicalId: `${resource.logicalId}/${JSON.stringify(subscription)}` }, 32);
      return declared(resource, `${ref}:${asUuid(id)}`, ref, subscription);
    });
  });
}

export const subscriptionArn = (topicArn: string, resource: Pick<ResolvedResource, 'stackName' | 'logicalId'>): string =>
  `${topicArn}:${asUuid(stableId(resource, 32))}`;

function declared(
  { logicalId }: ResolvedResource,
  arn: string,
  topicArn: string,
  properties: Readonly<Record<string, unknown>>,
): Subscription {
  const { Protocol, Endpoint } = properties;
  try {
    const attributes = settings(properties, SUBSCRIPTION_SETTINGS);
    return newSubscription({ topicArn, protocol: String(Protocol), endpoint: String(Endpoint), attributes }, arn);
  } catch (cause) {
    if (!(cause instanceof AwsError)) throw cause;
    const advice = 'Mend it where it is defined: a deployment would fail too.';
    throw new StartError(`The subscription ${logicalId} is not valid: ${cause.message}.`, advice, { cause });
  }
}

function settings(properties: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, string> {
  const given = Object.entries(properties).filter(([name, value]) => names.includes(name) && value !== undefined);
  return Object.fromEntries(given.map(([name, value]) => [name, typeof value === 'object' ? JSON.stringify(value) : String(value)]));
}

const asUuid = (hex: string): string => hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');

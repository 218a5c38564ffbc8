import { type DeviceItem, everyone, inShard, pushKeys, shardOf, snsTopicArn, type UserItem } from '../../contracts/push-table.ts';
import type { OwnDevice, Write } from './push-store.ts';

/** What a plan is made with. */
export interface TopicSettings {
  /** The topics of the definition. */
  readonly topics: readonly string[];
  /** What the ARNs of SNS topics begin with; empty with browsers alone. */
  readonly arnPrefix: string;
}

/** How a device is to hear its topics, and what that takes. */
export interface TopicPlan {
  readonly subscriptions: Readonly<Record<string, string>>;
  /** SNS subscriptions to end. */
  readonly leaving: readonly string[];
  /** Topics to subscribe the endpoint to, by SNS topic. */
  readonly joining: readonly { readonly topic: string; readonly topicArn: string }[];
  /** Topics whose shard the device is to enter, and to leave. */
  readonly enters: readonly string[];
  readonly leaves: readonly string[];
  /** Something of it differs from what is stored, or is not finished. */
  readonly isDue: boolean;
}

/** SNS looks at no quiet hours and no muted categories, and knows no browsers. */
const isServedBySns = ({ platform }: Pick<DeviceItem, 'platform'>, { quietHours, muted = [] }: UserItem): boolean =>
  platform !== 'web' && quietHours === undefined && muted.length === 0;

/** The ARN of a subscription is that of its topic, a colon and an id. */
const topicOf = (arn: string): string => arn.split(':').slice(0, 6).join(':');
/** Whether an ARN is that of a subscription, and not yet of its topic alone. */
export const isMade = (arn: string): boolean => arn !== topicOf(arn);

const wantedOf = (device: OwnDevice, preferences: UserItem, { topics, arnPrefix }: TopicSettings): Readonly<Record<string, string>> => {
  const bySns = isServedBySns(device, preferences);
  const wanted = [everyone, ...(preferences.topics ?? []).filter((topic) => topics.includes(topic))];
  return Object.fromEntries(wanted.map((topic) => [topic, bySns ? snsTopicArn(arnPrefix, topic, device.language) : inShard]));
};

/**
 * Compares how a device hears its topics with how it should.
 *
 * @param device as it is to be; `subscriptions` as they are stored
 */
export const planTopics = (device: OwnDevice, preferences: UserItem, settings: TopicSettings): TopicPlan => {
  const wanted = wantedOf(device, preferences, settings);
  const stored = device.subscriptions;
  const entries = Object.entries(wanted).map(([topic, place]) => {
    const before = stored[topic];
    const isKept = before !== undefined && before !== inShard && topicOf(before) === place;
    return [topic, isKept ? before : place] as const;
  });
  const subscriptions = Object.fromEntries(entries);
  const changed = (topic: string): boolean => stored[topic] !== subscriptions[topic];
  const dropped = Object.keys(stored).filter(changed);
  const ended = dropped.map((topic) => stored[topic] as string).filter((place) => place !== inShard);
  const leaving = [...new Set([...(device.leaving ?? []), ...ended])];
  const joining = entries.filter(([, place]) => place !== inShard && !isMade(place)).map(([topic, topicArn]) => ({ topic, topicArn }));
  const enters = entries.filter(([topic, place]) => place === inShard && changed(topic)).map(([topic]) => topic);
  const leaves = dropped.filter((topic) => stored[topic] === inShard);
  const isDue = [leaving, joining, enters, leaves].some((list) => list.length > 0);
  return { subscriptions, leaving, joining, enters, leaves, isDue };
};

/** The writes of a plan to the shards of topics. */
export const shardWrites = (owner: string, device: string, { enters, leaves }: Pick<TopicPlan, 'enters' | 'leaves'>): readonly Write[] => [
  ...enters.map((topic): Write => ({ kind: 'put', key: pushKeys.listener(topic, shardOf(device), device), item: { owner } })),
  ...leaves.map((topic): Write => ({ kind: 'delete', key: pushKeys.listener(topic, shardOf(device), device) })),
];

/** What is stored of a plan, before SNS has been asked for anything. The name of the change tells what others have stored since. */
export const planFields = ({ subscriptions, leaving }: TopicPlan, change: string) => ({
  subscriptions,
  change,
  ...(leaving.length > 0 && { leaving }),
});

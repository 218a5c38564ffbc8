import type { DeliveryStatus, MessageStatus, Platform, PushMessage, PushPreferences, WebSubscription } from './push.ts';

/**
 * The table of push. Writers are lambdas/push; the construct makes it. One Query on a user's partition gives the preferences and all
 * devices.
 *
 * | pk              | sk              | what                                                                  |
 * |-----------------|-----------------|-----------------------------------------------------------------------|
 * | `U#<sub>`       | `P`             | a user's preferences, topics, and the number of devices               |
 * | `U#<sub>`       | `D#<device>`    | a device of the user                                                  |
 * | `D#<device>`    | `D`             | whose device it is: one owner for a token                             |
 * | `T#<topic>#<n>` | `<device>`      | a device that hears a topic but that SNS cannot serve (see below)     |
 * | `M#<day>`       | `<message>`     | a message; the day is in its UUIDv7                                   |
 * | `R#<message>`   | `<device>`      | what came of a message at a device                                    |
 * | `I#<sub>#<key>` | `I`             | an `Idempotency-Key` and the message that it made                     |
 * | `K`             | `K`             | the key that seals cursors                                            |
 *
 * SNS fans topics out to the devices that it can serve: one SNS topic for each topic and language. Browsers, and devices of users
 * with quiet hours or muted categories, are fanned out from the `T#` partitions instead. `all` is a topic that every device hears.
 *
 * The device's own item is the truth: an entry of a `T#` partition counts only while the device is still its owner's, and its
 * `topics` say `shard` for the topic.
 */
export const pushTable = { partitionKey: 'pk', sortKey: 'sk', timeToLive: 'expiresAt' } as const;

/** Over how many partitions the devices of one topic are spread. */
export const topicShards = 16;
/** The name of the topic that every device hears; no topic of a definition can have it. */
export const everyone = 'all';
/** What a device's `topics` hold for a topic that it hears by a `T#` partition. */
export const inShard = 'shard';

/** The key of one item. */
export interface PushKey {
  readonly pk: string;
  readonly sk: string;
}

export const userPartition = (owner: string): string => `U#${owner}`;
export const devicePrefix = 'D#';
export const preferencesKey = (owner: string): PushKey => ({ pk: userPartition(owner), sk: 'P' });
export const deviceKey = (owner: string, device: string): PushKey => ({ pk: userPartition(owner), sk: `${devicePrefix}${device}` });
export const pointerKey = (device: string): PushKey => ({ pk: `D#${device}`, sk: 'D' });
export const shardPartition = (topic: string, shard: number): string => `T#${topic}#${shard}`;
export const dayPartition = (day: string): string => `M#${day}`;
/** Messages are found by their ids alone: the first 48 bits of a UUIDv7 are its time in milliseconds. */
export const dayOfMessage = (id: string): string =>
  new Date(Number.parseInt(id.replace('-', '').slice(0, 12), 16)).toISOString().slice(0, 10);
export const messageKey = (id: string): PushKey => ({ pk: dayPartition(dayOfMessage(id)), sk: id });
export const resultsPartition = (message: string): string => `R#${message}`;
export const resultKey = (message: string, device: string): PushKey => ({ pk: resultsPartition(message), sk: device });

const base64url = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
/** The partition that a device is in, of every topic that it hears. Device ids are hashes, so their first character spreads evenly. */
export const shardOf = (device: string): number => base64url.indexOf(device.charAt(0)) % topicShards;

/** What a user wants, at `U#<sub>`/`P`. Absent for a user who never had a device or a preference. */
export interface StoredPreferences extends PushKey {
  readonly quietHours?: PushPreferences['quietHours'];
  readonly muted?: readonly string[];
  readonly topics?: readonly string[];
  readonly devices?: number;
  /** Goes up with every change of preferences, topics, or the set of devices. */
  readonly version?: number;
}

/** A device, at `U#<sub>`/`D#<device>`. */
export interface StoredDevice extends PushKey {
  readonly id: string;
  readonly owner: string;
  readonly platform: Platform;
  /** As it was given. */
  readonly locale?: string;
  /** The language of the definition that the device gets. */
  readonly language: string;
  readonly enabled: boolean;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** The SNS platform endpoint; for all but browsers. */
  readonly endpointArn?: string;
  /** For browsers. */
  readonly subscription?: WebSubscription;
  /**
   * How the device hears each topic: `shard`, or the ARN of its SNS subscription. The ARN of the SNS topic alone stands for a
   * subscription that is being made.
   */
  readonly topics: Readonly<Record<string, string>>;
  /** SNS subscriptions that are to be ended. */
  readonly leaving?: readonly string[];
}

/** An entry of a `T#` partition. */
export interface StoredListener extends PushKey {
  readonly owner: string;
}

/** A message, at `M#<day>`/`<message>`. */
export interface StoredMessage extends PushKey {
  readonly id: string;
  readonly sender: string;
  readonly message: PushMessage;
  readonly status: MessageStatus;
  readonly createdAt: string;
  readonly counts: Readonly<Record<DeliveryStatus, number>>;
  /** Seconds since the epoch. */
  readonly expiresAt: number;
}

/** What came of a message at a device, at `R#<message>`/`<device>`. */
export interface StoredResult extends PushKey {
  readonly owner: string;
  readonly platform: Platform;
  readonly status: DeliveryStatus;
  readonly reason?: string;
  readonly at: string;
  readonly expiresAt: number;
}

/**
 * What SNS keeps with an endpoint (`CustomUserData`): whose it is. An endpoint of somebody else's is deleted, never taken over, so
 * that its subscriptions end with it; and a failure that SNS reports leads to the device.
 */
export const endpointData = (owner: string, device: string): string => `${owner} ${device}`;
/** The owner and the device of an endpoint; undefined if it is not one of ours. */
export const ownerOfEndpoint = (data: string | undefined): { readonly owner: string; readonly device: string } | undefined => {
  const [owner, device, more] = (data ?? '').split(' ');
  return owner && device && more === undefined ? { owner, device } : undefined;
};

/** Something on the messages queue: a message to be fanned out, whole or from where an earlier run left off. */
export interface QueuedMessage {
  readonly messageId: string;
  /** The shard and the key to go on after. @default from the beginning */
  readonly from?: { readonly shard: number; readonly after?: string };
}

/** Something on the deliveries queue: devices of one or several users that are to get a message. */
export interface QueuedDelivery {
  readonly messageId: string;
  /** Partition and device: `{ owner, device }`. At most 50. */
  readonly devices: readonly { readonly owner: string; readonly device: string }[];
  /** They were held for quiet hours and are not held again. */
  readonly released?: true;
}

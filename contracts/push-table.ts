import type { DeliveryStatus, MessageStatus, Platform, PushMessage, PushPreferences, WebSubscription } from './push.ts';

/**
 * The table of push. Writers are lambdas/push; the construct makes it. One Query on a user's partition gives the preferences and all
 * devices.
 *
 * | pk              | sk              | what                                                                  |
 * |-----------------|-----------------|-----------------------------------------------------------------------|
 * | `U#<sub>`       | `P`             | a user's preferences and topics; for two days, that the account is deleted |
 * | `U#<sub>`       | `D#<device>`    | a device of the user                                                  |
 * | `D#<device>`    | `D`             | whose device it is: one owner for a token                             |
 * | `T#<topic>#<n>` | `<device>`      | a device that hears a topic but that SNS cannot serve (see below)     |
 * | `M#<day>`       | `<message>`     | a message; the day is in its UUIDv7                                   |
 * | `R#<message>`   | `<device>`      | what came of a message at a device                                    |
 * | `S#<SNS id>`    | `S`             | what SNS took a message as, so that its word of a failure finds the device |
 * | `I#<sub>#<key>` | `I`             | an `Idempotency-Key`, and the message that was made with it           |
 * | `K#cursor`      | `K`             | the key that seals cursors                                            |
 *
 * SNS fans topics out to the devices that it can serve: one SNS topic for each topic and language. Browsers, and devices of users
 * with quiet hours or muted categories, are fanned out from the `T#` partitions instead. `all` is a topic that every device hears.
 *
 * The device's own item is the truth: an entry of a `T#` partition counts only while the device is still its owner's and its
 * `subscriptions` say `shard` for the topic.
 */
export const pushTable = { partitionKey: 'pk', sortKey: 'sk', timeToLive: 'expiresAt' } as const;

/** Over how many partitions the devices of one topic are spread. */
export const topicShards = 16;
/** The name of the topic that every device hears; no topic of a definition can have it. */
export const everyone = 'all';

/**
 * The ARN of the SNS topic of a topic in one language. All of them together would be too much for a function's variables (4 KB), so
 * that these hold only what they begin with. No language tag has a `_`.
 */
export const snsTopicArn = (prefix: string, topic: string, language: string): string => `${prefix}${language}_${topic}`;

/** What `subscriptions` of a device hold for a topic that it hears by a `T#` partition. */
export const inShard = 'shard';

const base64url = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
/** Which partition of a topic a device is in. Its id is a hash, so its first character spreads evenly. */
export const shardOf = (device: string): number => base64url.indexOf(device.charAt(0)) % topicShards;

/** Something on the messages queue: a message to be fanned out, whole or from where an earlier run left off. */
export interface QueuedMessage {
  readonly messageId: string;
  /** The shard and the key to go on after. @default from the beginning */
  readonly from?: { readonly shard: number; readonly after?: string };
}

/**
 * How many devices one message of the deliveries queue names: BatchGetItem takes 100 keys, and beside the message each device may need
 * its owner's preferences.
 */
export const devicesPerDelivery = 49;

/** Something on the deliveries queue: devices of one or several users that are to get a message. */
export interface QueuedDelivery {
  readonly messageId: string;
  /** Partition and device: `{ owner, device }`. At most {@link devicesPerDelivery}. */
  readonly devices: readonly { readonly owner: string; readonly device: string }[];
  /** They were held for quiet hours and are not held again. */
  readonly released?: true;
}

/** A user's preferences. */
export interface UserItem extends Partial<Pick<PushPreferences, 'quietHours' | 'muted' | 'topics'>> {
  /** Goes up with every change of preferences, topics, or the set of devices. */
  readonly version?: number;
  /** The account is deleted: nothing is sent, and nothing is registered with a token that is still good. */
  readonly forgotten?: true;
}

/** A device of a user. */
export interface DeviceItem {
  readonly platform: Platform;
  /** As it was given. */
  readonly locale?: string;
  /** The language of the definition that the device gets. */
  readonly language: string;
  readonly enabled: boolean;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** The ARN of the endpoint of SNS; of all but browsers. Its `CustomUserData` is {@link endpointData}. */
  readonly endpoint?: string;
  /** Of browsers. */
  readonly subscription?: WebSubscription;
  /**
   * How it hears each topic: `shard`, or the ARN of its SNS subscription. The ARN of the SNS topic alone stands for a subscription
   * that is being made.
   */
  readonly subscriptions: Readonly<Record<string, string>>;
  /** SNS subscriptions that are yet to be ended. */
  readonly leaving?: readonly string[];
  /** Names the request that changed the subscriptions last. */
  readonly change?: string;
}

/** An entry of a `T#` partition. */
export interface ListenerItem {
  readonly owner: string;
}

/**
 * What SNS keeps with an endpoint (`CustomUserData`): whose it is. An endpoint of somebody else is deleted, never taken over, so
 * that its subscriptions end with it; and a failure that SNS reports of it leads to the device.
 */
export const endpointData = (owner: string, device: string): string => `${owner} ${device}`;
/** The owner and the device of an endpoint; undefined for an endpoint that is not ours. */
export const ownerOfEndpoint = (data: string | undefined): { readonly owner: string; readonly device: string } | undefined => {
  const [owner, device, more] = (data ?? '').split(' ');
  return owner && device && more === undefined ? { owner, device } : undefined;
};

/** A message in the log. All counts are there from the beginning, as 0, so that they can be added to. */
export interface MessageItem {
  readonly status: MessageStatus;
  readonly sender: string;
  readonly message: PushMessage;
  readonly createdAt: string;
  readonly counts: Readonly<Record<DeliveryStatus, number>>;
  /** By language: SNS has been told to fan the message out, or is being told until then (milliseconds since the epoch). */
  readonly published?: Readonly<Record<string, number>>;
}

/** What came of a message at a device. Without a status it is being sent. */
export interface ResultItem {
  readonly owner: string;
  readonly platform: Platform;
  readonly status?: DeliveryStatus;
  readonly reason?: string;
  readonly at: string;
  /** Who sends it now: nobody else does until `leaseUntil` (milliseconds since the epoch). */
  readonly lease?: string;
  readonly leaseUntil?: number;
}

/** The partition of the messages of a day (UTC). */
export const messagesOfDay = (day: string): string => `M#${day}`;

/** The keys of items. */
export const pushKeys = {
  user: (owner: string) => ({ pk: `U#${owner}`, sk: 'P' }),
  device: (owner: string, device: string) => ({ pk: `U#${owner}`, sk: `D#${device}` }),
  deviceOwner: (device: string) => ({ pk: `D#${device}`, sk: 'D' }),
  listener: (topic: string, shard: number, device: string) => ({ pk: `T#${topic}#${shard}`, sk: device }),
  message: (id: string) => ({ pk: messagesOfDay(dayOfId(id)), sk: id }),
  result: (id: string, device: string) => ({ pk: `R#${id}`, sk: device }),
  claim: (claimId: string) => ({ pk: claimId, sk: 'I' }),
  sentBySns: (snsMessageId: string) => ({ pk: `S#${snsMessageId}`, sk: 'S' }),
} as const;

/** The day (UTC, `2026-11-24`) in a UUIDv7: its first 48 bits are milliseconds since the epoch (RFC 9562, section 5.7). */
export const dayOfId = (id: string): string => new Date(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)).toISOString().slice(0, 10);

/** How often SQS hands out a message of the two queues before it is put aside (`maxReceiveCount`). */
export const queueAttempts = { messages: 5, deliveries: 8 } as const;

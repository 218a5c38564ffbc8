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
 *
 * SNS fans topics out to the devices that it can serve: one SNS topic for each topic and language. Browsers, and devices of users
 * with quiet hours or muted categories, are fanned out from the `T#` partitions instead. `all` is a topic that every device hears.
 */
export const pushTable = { partitionKey: 'pk', sortKey: 'sk', timeToLive: 'expiresAt' } as const;

/** Over how many partitions the devices of one topic are spread. */
export const topicShards = 16;
/** The name of the topic that every device hears; no topic of a definition can have it. */
export const everyone = 'all';

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

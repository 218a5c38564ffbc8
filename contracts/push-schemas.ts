import { z } from 'zod';
import { type PushRoute, platforms } from './push.ts';

// Only the synth side and types read this file: a Lambda bundle holds what is compiled from it, never Zod.

/** Ids of users and of devices. What is no id of anything is refused by the handlers. */
const id = z.string().min(1).max(128);
/** BCP 47, as browsers and phones give it; the handlers find the language of the definition that is nearest. */
const locale = z.string().regex(/^[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,5}$/);
/** APNs: 64 hexadecimal digits now, and "variable length" by its documentation; FCM: up to about 300 characters. */
const token = z.string().regex(/^[A-Za-z0-9_:.=-]{8,2048}$/);
/** The longest endpoints that are known (Edge) have some 500 characters. */
const endpoint = z.string().min(8).max(2_048);
const base64url = z.string().regex(/^[A-Za-z0-9_-]{1,128}={0,2}$/);
/** The handlers check what the zone is: the names are in the runtime. */
const timeZone = z.string().min(1).max(64);
const timeOfDay = z.string().regex(/^(?:[01][0-9]|2[0-3]):[0-5][0-9]$/);
const quietHours = z.strictObject({ from: timeOfDay, to: timeOfDay, timeZone });
const category = z.string().min(1).max(64);
const device = { locale: locale.optional(), replaces: id.optional() };

/** Far more than fits into the payload of any platform: what is too much is told with both numbers. */
const text = z.string().min(1).max(8_192);
const dataKey = z.string().min(1).max(256);
const texts = z.record(dataKey, z.string().max(8_192));
const webUrl = z
  .string()
  .regex(/^https:\/\/[^\s]+$/)
  .max(2_048);
const override = z.looseObject({});

/** One schema for all audiences is a fraction of the code that a union would be; the handlers check that exactly one is there. */
const audience = z.strictObject({
  users: z.array(id).min(1).max(1_000).optional(),
  devices: z.array(id).min(1).max(1_000).optional(),
  topic: z.string().max(512).optional(),
  all: z.literal(true).optional(),
});

/** The bodies of requests by route. Objects are strict: an unknown field is refused. */
export const pushRequests = {
  registerDevice: z.strictObject({
    platform: z.enum(platforms),
    token: token.optional(),
    subscription: z
      .strictObject({
        endpoint,
        keys: z.strictObject({ p256dh: base64url, auth: base64url }),
        // Browsers put it into the JSON of a subscription.
        expirationTime: z.number().nullable().optional(),
      })
      .optional(),
    ...device,
  }),
  updatePreferences: z.strictObject({
    quietHours: quietHours.nullable().optional(),
    muted: z.array(category).max(100).optional(),
  }),
  sendMessage: z.strictObject({
    to: audience,
    title: text.optional(),
    body: text.optional(),
    template: z.strictObject({ name: z.string().min(1).max(128), values: texts.optional() }).optional(),
    data: texts.optional(),
    badge: z.int().min(0).max(99_999).optional(),
    sound: z.string().min(1).max(128).optional(),
    image: webUrl.optional(),
    url: z.string().min(1).max(2_048).optional(),
    category: category.optional(),
    ttlSeconds: z
      .int()
      .min(0)
      .max(28 * 86_400)
      .optional(),
    collapseKey: z.string().min(1).max(64).optional(),
    priority: z.enum(['normal', 'high']).optional(),
    urgent: z.boolean().optional(),
    sendAt: z.iso.datetime({ offset: true }).optional(),
    overrides: z.strictObject({ apns: override.optional(), fcm: override.optional(), web: override.optional() }).optional(),
  }),
} as const satisfies Partial<Record<PushRoute, z.ZodType>>;

const deviceReply = z.object({
  id: z.string(),
  platform: z.enum(platforms),
  locale: z.string().optional(),
  enabled: z.boolean(),
  createdAt: z.string(),
  updatedAt: z.string(),
});
const preferences = z.object({ quietHours: quietHours.optional(), muted: z.array(z.string()), topics: z.array(z.string()) });
const status = z.enum(['scheduled', 'queued', 'sending', 'sent', 'canceled']);
const deliveryStatus = z.enum(['sent', 'held', 'muted', 'disabled', 'gone', 'failed']);
const message = z.object({
  id: z.string(),
  status,
  sender: z.string(),
  message: z.looseObject({}),
  createdAt: z.string(),
  counts: z.object({
    sent: z.int(),
    held: z.int(),
    muted: z.int(),
    disabled: z.int(),
    gone: z.int(),
    failed: z.int(),
  }),
});
const delivery = z.object({
  deviceId: z.string(),
  owner: z.string(),
  platform: z.enum(platforms),
  status: deliveryStatus,
  reason: z.string().optional(),
  at: z.string(),
});
const page = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item), cursor: z.string().optional() });

/** The bodies of answers by route. */
export const pushReplies = {
  readWebKey: z.object({ publicKey: z.string() }),
  registerDevice: deviceReply,
  listDevices: z.object({ items: z.array(deviceReply) }),
  readPreferences: preferences,
  updatePreferences: preferences,
  listTopics: z.object({ items: z.array(z.object({ topic: z.string(), subscribed: z.boolean() })) }),
  sendMessage: message,
  listMessages: page(message),
  readMessage: message,
  listDeliveries: page(delivery),
} as const satisfies Partial<Record<PushRoute, z.ZodType>>;

/** The body of a request, as its schema has it. */
export type PushRequest<K extends keyof typeof pushRequests> = z.output<(typeof pushRequests)[K]>;
/** The body of an answer. */
export type PushReply<K extends keyof typeof pushReplies> = z.output<(typeof pushReplies)[K]>;

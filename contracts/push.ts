import { defineRoutes } from './route.ts';

/** The routes of push for users. */
export const pushRoutes = defineRoutes({
  readWebKey: {
    method: 'GET',
    path: '/push/web-key',
    access: 'anyone',
    summary: 'The VAPID public key that a browser subscribes with (`applicationServerKey`)',
    status: 200,
    errors: ['not_found'],
  },
  registerDevice: {
    method: 'POST',
    path: '/push/devices',
    access: 'signedIn',
    summary: 'Registers or refreshes a device; one that another user had is the caller’s from now on',
    status: 200,
    body: 'required',
    errors: ['validation_failed', 'unknown_field', 'too_many_devices', 'write_conflict'],
  },
  listDevices: { method: 'GET', path: '/push/devices', access: 'signedIn', summary: 'Lists the caller’s devices', status: 200, errors: [] },
  removeDevice: {
    method: 'DELETE',
    path: '/push/devices/{id}',
    access: 'signedIn',
    summary: 'Forgets a device of the caller',
    status: 204,
    errors: ['not_found', 'invalid_id'],
  },
  readPreferences: {
    method: 'GET',
    path: '/push/preferences',
    access: 'signedIn',
    summary: 'Reads what the caller wants to be sent, and when',
    status: 200,
    errors: [],
  },
  updatePreferences: {
    method: 'PATCH',
    path: '/push/preferences',
    access: 'signedIn',
    summary: 'Changes quiet hours (`null` ends them) and muted categories',
    status: 200,
    body: 'required',
    errors: ['validation_failed', 'unknown_field', 'write_conflict'],
  },
  listTopics: {
    method: 'GET',
    path: '/push/topics',
    access: 'signedIn',
    summary: 'Lists the topics that the caller may subscribe, and which are subscribed',
    status: 200,
    errors: [],
  },
  subscribeTopic: {
    method: 'PUT',
    path: '/push/topics/{topic}/subscription',
    access: 'signedIn',
    summary: 'Subscribes all devices of the caller to a topic',
    status: 204,
    errors: ['unknown_topic', 'invalid_topic', 'forbidden', 'write_conflict'],
  },
  unsubscribeTopic: {
    method: 'DELETE',
    path: '/push/topics/{topic}/subscription',
    access: 'signedIn',
    summary: 'Ends the caller’s subscription',
    status: 204,
    errors: ['unknown_topic', 'invalid_topic', 'write_conflict'],
  },
  sendMessage: {
    method: 'POST',
    path: '/push/messages',
    access: 'signedIn',
    system: true,
    summary: 'Sends a message, now or later: admins to anyone, others to topics that they may send to',
    status: 202,
    body: 'required',
    errors: [
      'forbidden',
      'validation_failed',
      'unknown_field',
      'unknown_topic',
      'invalid_topic',
      'payload_too_large',
      'idempotency_mismatch',
      'in_progress',
      'invalid_idempotency_key',
    ],
  },
  listMessages: {
    method: 'GET',
    path: '/push/messages',
    access: 'admins',
    summary: 'Lists the messages of a day, newest first',
    status: 200,
    errors: ['validation_failed', 'unknown_field', 'invalid_cursor'],
  },
  readMessage: {
    method: 'GET',
    path: '/push/messages/{id}',
    access: 'admins',
    summary: 'Reads a message and what has come of it',
    status: 200,
    errors: ['not_found', 'invalid_id'],
  },
  listDeliveries: {
    method: 'GET',
    path: '/push/messages/{id}/deliveries',
    access: 'admins',
    summary: 'Lists the results of a message by device',
    status: 200,
    errors: ['not_found', 'invalid_id', 'validation_failed', 'unknown_field', 'invalid_cursor'],
  },
  cancelMessage: {
    method: 'DELETE',
    path: '/push/messages/{id}',
    access: 'admins',
    summary: 'Calls a message off that is to be sent later',
    status: 204,
    errors: ['not_found', 'invalid_id', 'already_sent'],
  },
});

/** A key of {@link pushRoutes}. */
export type PushRoute = keyof typeof pushRoutes;

export const platforms = ['apns', 'apns-sandbox', 'fcm', 'web'] as const;
export type Platform = (typeof platforms)[number];

/** Bounds of push. */
export const pushLimits = {
  /** Bytes of a payload in UTF-8. APNs: "Generating a remote notification"; FCM: "message size limit"; both 4 KB. */
  payloadBytes: { apns: 4_096, 'apns-sandbox': 4_096, fcm: 4_096, web: 3_993 },
  usersPerSend: 1_000,
  devicesPerSend: 1_000,
  /** FCM keeps messages for 4 weeks at most, APNs for 30 days; both count in seconds. */
  maxTtlSeconds: 28 * 86_400,
  /** EventBridge Scheduler has no bound of its own; a year is further than a message should be planned. */
  maxDelaySeconds: 366 * 86_400,
  topicName: /^[A-Za-z0-9_-]{1,64}$/,
  pageSize: { default: 20, max: 100 },
} as const;

/** A device as the API returns it. Its token is never shown again. */
export interface Device {
  /** Made of platform and token, so that the same device has the same id however often it registers. */
  readonly id: string;
  readonly platform: Platform;
  readonly locale?: string;
  /** False after the push service has refused the device; it is skipped until it registers again. */
  readonly enabled: boolean;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** What `PushManager.subscribe()` gives in a browser, as JSON. */
export interface WebSubscription {
  readonly endpoint: string;
  readonly keys: { readonly p256dh: string; readonly auth: string };
}

/** The body of `registerDevice`. */
export type RegisterDeviceInput = {
  readonly locale?: string;
  /** The id that the device had under an earlier token: it is forgotten. */
  readonly replaces?: string;
} & (
  | { readonly platform: Exclude<Platform, 'web'>; readonly token: string }
  | { readonly platform: 'web'; readonly subscription: WebSubscription }
);

/** When and what a user wants to be sent. */
export interface PushPreferences {
  /** Messages wait until `to`, all but urgent ones. Times of day as `22:00`, in `timeZone` (IANA). */
  readonly quietHours?: { readonly from: string; readonly to: string; readonly timeZone: string };
  /** Categories that the user does not want. */
  readonly muted: readonly string[];
  readonly topics: readonly string[];
}

/** Who is to get a message. */
export type Audience =
  | { readonly users: readonly string[] }
  | { readonly devices: readonly string[] }
  | { readonly topic: string }
  | { readonly all: true };

/** The body of `sendMessage`: one message for all platforms. */
export interface PushMessage {
  readonly to: Audience;
  readonly title?: string;
  readonly body?: string;
  /** A template of the definition in place of title and body; each device gets its language. */
  readonly template?: { readonly name: string; readonly values?: Readonly<Record<string, string>> };
  /** For the app. With nothing to show, the message is data only: it wakes the app and nobody sees it. */
  readonly data?: Readonly<Record<string, string>>;
  /** The number on the app's icon; 0 takes it away. */
  readonly badge?: number;
  readonly sound?: string;
  /** https URL. */
  readonly image?: string;
  /** What opens when the message is tapped. */
  readonly url?: string;
  /** A category of the definition; users who have muted it are left out. */
  readonly category?: string;
  /** How long push services try, in seconds. 0: now or never. @default 86400 */
  readonly ttlSeconds?: number;
  /** A newer message with the same key takes the place of an older one. At most 64 bytes (APNs); web: 32 of base64url. */
  readonly collapseKey?: string;
  /** @default 'high' for messages that show something, else 'normal' */
  readonly priority?: 'normal' | 'high';
  /** Ignores quiet hours and muted categories. For admins. @default false */
  readonly urgent?: boolean;
  /** ISO 8601: sends then, or within the minute after it. @default now */
  readonly sendAt?: string;
  /** Merged over what is made for a platform, as JSON Merge Patch (RFC 7396): the payload of APNs, the FCM v1 message, the data of web pushes. */
  readonly overrides?: { readonly apns?: object; readonly fcm?: object; readonly web?: object };
}

/**
 * - `scheduled`: waits for its time. - `queued`: accepted. - `sending`: on its way to devices. - `sent`: handed to all of them.
 * - `canceled`: called off.
 */
export type MessageStatus = 'scheduled' | 'queued' | 'sending' | 'sent' | 'canceled';

/** A message as the API returns it. */
export interface SentMessage {
  /** UUIDv7. */
  readonly id: string;
  readonly status: MessageStatus;
  readonly sender: string;
  readonly message: PushMessage;
  readonly createdAt: string;
  /** Results so far. Devices that SNS serves through a topic are not counted; their failures are in the deliveries. */
  readonly counts: Readonly<Record<DeliveryStatus, number>>;
}

/**
 * - `sent`: the push service has taken it. - `held`: waits for the end of quiet hours. - `muted`: the user does not want it.
 * - `disabled`: the device is not to be reached. - `gone`: the push service does not know the device any more; it is forgotten.
 * - `failed`: given up after all retries.
 */
export type DeliveryStatus = 'sent' | 'held' | 'muted' | 'disabled' | 'gone' | 'failed';

/** What came of a message at one device. */
export interface Delivery {
  readonly deviceId: string;
  readonly owner: string;
  readonly platform: Platform;
  readonly status: DeliveryStatus;
  /** The push service's own word: `Unregistered`, `410`. */
  readonly reason?: string;
  readonly at: string;
}

import { AwsError } from '../service.ts';
import { type Message, textsOf } from './message.ts';
import type { PlatformEndpoint } from './sns-store.ts';

/** The request that SNS would send to the platform. */
export type PushRequest = ApnsRequest | FcmRequest;

export interface ApnsRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: Readonly<Record<string, unknown>>;
}

export interface FcmRequest {
  readonly validate_only?: boolean;
  readonly message: Readonly<Record<string, unknown>>;
}

/** What the payload depends on beside the message. */
export interface PushTarget {
  readonly endpoint: PlatformEndpoint;
  readonly platform: string;
  /** The bundle id of the application, for APNs. */
  readonly bundleId: string | undefined;
  readonly now: number;
}

type Json = Readonly<Record<string, unknown>>;

/** 4 KB for APNs and FCM. */
const MAX_PAYLOAD_BYTES = 4_096;
const MAX_COLLAPSE_ID_BYTES = 64;
const PUSH_TYPES = ['alert', 'background', 'voip', 'complication', 'fileprovider', 'mdm', 'location', 'liveactivity', 'pushtotalk'];
const isApns = (platform: string): boolean => platform.startsWith('APNS');

/**
 * What goes to the device for a message: the platform's own text, or the default one in the platform's simplest form.
 *
 * @returns undefined when the message has expired already
 * @throws AwsError `InvalidParameter`
 */
export function pushRequest(message: Message, target: PushTarget): PushRequest | undefined {
  const { platform } = target;
  const ttl = ttlSeconds(message, platform);
  const left = ttl === undefined || ttl === 0 ? ttl : ttl - Math.floor((target.now - message.publishedAt) / 1_000);
  if (left !== undefined && left < 0) return undefined;
  const own = message.structured ? ownText(message, platform) : undefined;
  const payload = own === undefined ? undefined : parsePayload(own, platform);
  const plain = message.structured ? (textsOf(message)['default'] ?? '') : message.text;
  return isApns(platform)
    ? apnsRequest(message, target, { payload: payload ?? { aps: { alert: plain } }, ttl: left })
    : fcmRequest(target, { payload: payload ?? { fcmV1Message: { message: { data: { default: plain } } } }, ttl: left });
}

/** APNs sandbox takes its own text only, FCM goes by its older name too. */
function ownText(message: Message, platform: string): string | undefined {
  const texts = textsOf(message);
  const own = platform === 'GCM' ? (texts['GCM'] ?? texts['FCM']) : texts[platform];
  if (own === undefined && texts['default'] === undefined)
    throw new AwsError('InvalidParameter', 'Invalid parameter: Message Structure - No default entry in JSON message body');
  return own;
}

function parsePayload(text: string, platform: string): Json {
  if (Buffer.byteLength(text) > MAX_PAYLOAD_BYTES) throw malformed(platform, 'Notification is too long');
  let payload: unknown;
  try {
    payload = JSON.parse(text);
  } catch (cause) {
    throw malformed(platform, 'Notification is malformed', cause);
  }
  if (!isRecord(payload) || (isApns(platform) && !isRecord(payload['aps']))) throw malformed(platform, 'Notification is malformed');
  return payload;
}

interface Parts {
  readonly payload: Json;
  readonly ttl: number | undefined;
}

/** https://docs.aws.amazon.com/sns/latest/dg/sns-send-custom-platform-specific-payloads-mobile-devices.html */
function apnsRequest(message: Message, { bundleId, now }: PushTarget, { payload, ttl }: Parts): ApnsRequest {
  const aps = isRecord(payload['aps']) ? payload['aps'] : {};
  const attribute = (name: string): string | undefined => message.attributes[`AWS.SNS.MOBILE.APNS.${name}`]?.StringValue;
  const isSilent = aps['content-available'] === 1 && aps['alert'] === undefined && aps['badge'] === undefined && aps['sound'] === undefined;
  const pushType = attribute('PUSH_TYPE') ?? (isSilent ? 'background' : 'alert');
  const topic = attribute('TOPIC') ?? bundleId;
  const collapseId = attribute('COLLAPSE_ID');
  return {
    headers: {
      ...(topic !== undefined && { 'apns-topic': topic }),
      'apns-push-type': pushType,
      'apns-priority': attribute('PRIORITY') ?? (pushType === 'background' ? '5' : '10'),
      ...(ttl !== undefined && { 'apns-expiration': ttl === 0 ? '0' : String(Math.floor(now / 1_000) + ttl) }),
      ...(collapseId !== undefined && { 'apns-collapse-id': collapseId }),
    },
    payload,
  };
}

/** https://docs.aws.amazon.com/sns/latest/dg/sns-fcm-v1-payloads.html */
function fcmRequest({ endpoint: { token } }: PushTarget, { payload, ttl }: Parts): FcmRequest {
  const wrapped = payload['fcmV1Message'];
  const request = isRecord(wrapped) ? wrapped : { message: fromLegacy(payload) };
  if (!isRecord(request['message'])) throw malformed('GCM', 'Notification is malformed');
  const { android } = request['message'];
  return {
    ...(request['validate_only'] === true && { validate_only: true }),
    message: {
      ...request['message'],
      ...(ttl !== undefined && { android: { ...(isRecord(android) && android), ttl: `${ttl}s` } }),
      token,
    },
  };
}

/** SNS turns payloads of FCM's older interface into those of the present one. */
function fromLegacy({ notification, data, priority, time_to_live: ttl, collapse_key, restricted_package_name }: Json): Json {
  if (!isRecord(notification) && !isRecord(data)) throw malformed('GCM', 'Notification is malformed');
  const { title, body, image, ...shown } = isRecord(notification) ? notification : {};
  const android = {
    ...(priority !== undefined && { priority }),
    ...(ttl !== undefined && { ttl: `${Number(ttl)}s` }),
    ...(collapse_key !== undefined && { collapse_key }),
    ...(restricted_package_name !== undefined && { restricted_package_name }),
    ...(Object.keys(shown).length > 0 && { notification: shown }),
  };
  const texts = { ...(title !== undefined && { title }), ...(body !== undefined && { body }), ...(image !== undefined && { image }) };
  return {
    ...(Object.keys(texts).length > 0 && { notification: texts }),
    ...(isRecord(data) && { data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, asText(value)])) }),
    ...(Object.keys(android).length > 0 && { android }),
  };
}

/** @throws AwsError `InvalidParameter` when an attribute for mobile push is none that SNS knows */
export function checkPushAttributes({ attributes }: Message): void {
  for (const [name, { StringValue: value = '' }] of Object.entries(attributes)) {
    const [, platform, setting = ''] = /^AWS\.SNS\.MOBILE\.([A-Z_]+)\.([A-Z_]+)$/.exec(name) ?? [];
    if (platform === undefined) continue;
    const isFine =
      (setting === 'TTL' && /^\d{1,10}$/.test(value)) ||
      (setting === 'PRIORITY' && ['1', '5', '10'].includes(value)) ||
      (setting === 'PUSH_TYPE' && PUSH_TYPES.includes(value)) ||
      (setting === 'COLLAPSE_ID' && value !== '' && Buffer.byteLength(value) <= MAX_COLLAPSE_ID_BYTES) ||
      (setting === 'TOPIC' && value !== '') ||
      !['TTL', 'PRIORITY', 'PUSH_TYPE', 'COLLAPSE_ID', 'TOPIC'].includes(setting);
    if (!isFine) throw new AwsError('InvalidParameter', `Invalid parameter: Message Attributes Reason: the value of ${name} is invalid`);
  }
}

function ttlSeconds({ attributes }: Message, platform: string): number | undefined {
  const names = platform === 'GCM' ? ['FCM', 'GCM'] : [platform];
  const value = names.map((name) => attributes[`AWS.SNS.MOBILE.${name}.TTL`]?.StringValue).find((text) => text !== undefined);
  return value === undefined ? undefined : Number(value);
}

function malformed(platform: string, reason: string, cause?: unknown): AwsError {
  return new AwsError('InvalidParameter', `Invalid parameter: Message Reason: Invalid notification for protocol ${platform}: ${reason}`, {
    cause,
  });
}

const asText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

import { createHash, ECDH } from 'node:crypto';
import { push } from '@compiled/push';
import type { FieldError } from '../../contracts/errors.ts';
import { ApiError } from '../../contracts/errors.ts';
import type { Platform, WebSubscription } from '../../contracts/push.ts';
import type { PushRequest } from '../../contracts/push-schemas.ts';
import { pushServiceUrl } from '../../contracts/push-services.ts';
import { variables } from '../../contracts/variables.ts';
import { validationError } from '../runtime/validate-body.ts';

/** A device as a request names it: by a token, or by a browser's subscription. */
export type GivenDevice = { readonly id: string } & (
  | { readonly platform: Exclude<Platform, 'web'>; readonly token: string }
  | { readonly platform: 'web'; readonly subscription: WebSubscription }
);

const idPattern = /^[A-Za-z0-9_-]{43}$/;

/** @throws ApiError `invalid_id` */
export const deviceIdOf = (id: string | undefined): string => {
  if (id !== undefined && idPattern.test(id)) return id;
  throw new ApiError('invalid_id', 'The id of a device has 43 letters, digits, - and _. GET /push/devices lists those of the caller.');
};

/** The same device has the same id however often, and by whomever, it is registered. */
const idOf = (platform: Platform, address: string): string => createHash('sha256').update(`${platform}:${address}`).digest('base64url');

const fault = (pointer: string, code: string, detail: string): FieldError => ({ pointer, code, detail });

/** RFC 8291, section 3.1: "an uncompressed point"; anything else would fail at each send. */
const isPoint = (base64url: string): boolean => {
  const bytes = Buffer.from(base64url, 'base64url');
  if (bytes.length !== 65 || bytes[0] !== 4) return false;
  try {
    ECDH.convertKey(bytes, 'prime256v1');
    return true;
  } catch {
    return false;
  }
};

/** RFC 8291, section 3.2: "16 octets". */
const authBytes = 16;
const withoutPadding = (base64url: string): string => base64url.replace(/=+$/, '');

const subscriptionFaults = ({ endpoint, keys }: WebSubscription): readonly FieldError[] => {
  const bounds = { pushServices: push.web?.pushServices ?? [], localMode: process.env[variables.localMode] !== undefined };
  const at = '/subscription';
  return [
    ...(pushServiceUrl(endpoint, bounds) === undefined
      ? [
          fault(
            `${at}/endpoint`,
            'invalid_value',
            'Expected an https URL of a known push service. Others are added with push.web.pushServices in the definition.',
          ),
        ]
      : []),
    ...(isPoint(keys.p256dh) ? [] : [fault(`${at}/keys/p256dh`, 'invalid_value', 'Expected an uncompressed point of P-256 in base64url.')]),
    ...(Buffer.from(keys.auth, 'base64url').length === authBytes
      ? []
      : [fault(`${at}/keys/auth`, 'invalid_value', `Expected ${authBytes} bytes in base64url.`)]),
  ];
};

type Input = PushRequest<'registerDevice'>;

const memberFaults = ({ platform, token, subscription }: Input): readonly FieldError[] => {
  const [needed, other] = platform === 'web' ? (['subscription', 'token'] as const) : (['token', 'subscription'] as const);
  const given = { token, subscription };
  return [
    ...(given[needed] === undefined
      ? [fault(`/${needed}`, 'required', `A device of ${platform} is known by its ${needed}. Send it.`)]
      : []),
    ...(given[other] === undefined ? [] : [fault(`/${other}`, 'invalid_value', `A device of ${platform} has none. Leave it out.`)]),
  ];
};

/** Hexadecimal digits mean the same in both cases. */
const normalToken = (platform: Platform, token: string): string => (platform === 'fcm' ? token : token.toLowerCase());
const tokenForms: Readonly<Partial<Record<Platform, RegExp>>> = {
  // "device tokens … variable length", and SNS takes 400 hexadecimal digits at most.
  apns: /^[0-9a-f]{8,400}$/,
  'apns-sandbox': /^[0-9a-f]{8,400}$/,
};

/**
 * Which device a request is about.
 *
 * @throws ApiError `validation_failed` for a platform that the definition has not, for what is no token or no subscription of it
 */
export const identifyDevice = (input: Input): GivenDevice => {
  const { platform, token = '', subscription } = input;
  if (!push.platforms.includes(platform)) {
    throw validationError([
      fault('/platform', 'invalid_value', `This backend has no devices of ${platform}. It has ${push.platforms.join(', ')}.`),
    ]);
  }
  const faults = memberFaults(input);
  if (faults.length > 0) throw validationError(faults);
  if (platform !== 'web') {
    const normal = normalToken(platform, token);
    if (tokenForms[platform]?.test(normal) === false) {
      throw validationError([fault('/token', 'invalid_format', 'Expected the token in hexadecimal digits, as the device has it.')]);
    }
    return { id: idOf(platform, normal), platform, token: normal };
  }
  if (subscription === undefined) throw new Error('a browser is known by its subscription');
  const { endpoint, keys } = subscription;
  const kept = { endpoint, keys: { p256dh: withoutPadding(keys.p256dh), auth: withoutPadding(keys.auth) } };
  const wrong = subscriptionFaults(kept);
  if (wrong.length > 0) throw validationError(wrong);
  return { id: idOf(platform, endpoint), platform, subscription: kept };
};

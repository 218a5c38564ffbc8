import { push } from '@compiled/push';
import type { DeliveryStatus, PushMessage, WebSubscription } from '../../contracts/push.ts';
import { pushServiceUrl } from '../../contracts/push-services.ts';
import type { DeviceItem } from '../../contracts/push-table.ts';
import { variables } from '../../contracts/variables.ts';
import { requiredVariable } from '../runtime/environment.ts';
import { type Payloads, tryToBuild } from './payload/build-payloads.ts';
import { chooseLocale } from './payload/choose-locale.ts';
import type { WebPayload } from './payload/web-payload.ts';
import { publishToEndpoint } from './publish-client.ts';
import type { VapidKeys } from './vapid-keys.ts';
import { readVapidKeys } from './vapid-keys-store.ts';
import { postWebPush, type SealedPush, sealWebPush, type WebPushAnswer } from './web-push.ts';
import { nameOfError, writeLog } from './write-log.ts';

/** What has come of a push. `later`: it is worth another try, after so many seconds if the push service says so. */
export type PushOutcome =
  | { readonly kind: 'over'; readonly status: DeliveryStatus; readonly reason?: string; readonly snsMessageId?: string }
  | { readonly kind: 'later'; readonly reason: string; readonly seconds?: number };

/** Makes the payloads of a message, once a language. Undefined when its template has gone from the definition since it was accepted. */
export type PayloadsOf = (device: DeviceItem) => Payloads | undefined;

export const payloadsOf = (id: string, message: PushMessage): PayloadsOf => {
  const made = new Map<string, Payloads | undefined>();
  return ({ language }) => {
    const locale = chooseLocale(language, push.locales);
    if (!made.has(locale)) made.set(locale, tryToBuild({ id, message }, locale, push));
    return made.get(locale);
  };
};

let keys: Promise<VapidKeys> | undefined;
const loadKeys = async (): Promise<VapidKeys> => {
  const found = await readVapidKeys(requiredVariable(variables.vapidSecret));
  if (found === undefined) throw new Error('the secret of the VAPID key pair holds none: deploy the stack again');
  return found;
};
/** The key pair, read once. */
const vapidKeys = (): Promise<VapidKeys> => {
  keys ??= loadKeys().catch((error: unknown) => {
    keys = undefined;
    throw error;
  });
  return keys;
};

const failed = (reason: string): PushOutcome => ({ kind: 'over', status: 'failed', reason });

/** RFC 8030, section 5; RFC 8292, section 4.2. */
const webOutcome = ({ status, text, retryAfterSeconds }: WebPushAnswer, host: string): PushOutcome => {
  if (status >= 200 && status < 300) return { kind: 'over', status: 'sent' };
  if (status === 404 || status === 410) return { kind: 'over', status: 'gone', reason: String(status) };
  if (status === 429 || status >= 500) {
    return { kind: 'later', reason: String(status), ...(retryAfterSeconds !== undefined && { seconds: retryAfterSeconds }) };
  }
  if (status === 400 || status === 401 || status === 403) {
    writeLog('ERROR', 'a push service refuses our request or key: was the browser subscribed with another key?', { host, status, text });
  }
  return failed(String(status));
};

const sealed = async (url: URL, subscription: WebSubscription, payload: WebPayload): Promise<SealedPush | undefined> => {
  const pair = await vapidKeys();
  try {
    return sealWebPush({ url, subscription, payload, subject: push.web?.subject ?? '', keys: pair });
  } catch {
    return undefined;
  }
};

const sendToBrowser = async (subscription: WebSubscription, payload: WebPayload): Promise<PushOutcome> => {
  const localMode = process.env[variables.localMode] !== undefined;
  const url = pushServiceUrl(subscription.endpoint, { pushServices: push.web?.pushServices ?? [], localMode });
  if (url === undefined) return failed('unknown push service');
  const request = await sealed(url, subscription, payload);
  if (request === undefined) return failed('invalid subscription');
  try {
    return webOutcome(await postWebPush(request), url.host);
  } catch (error) {
    writeLog('WARN', 'a push service does not answer', { host: url.host, error: nameOfError(error) });
    return { kind: 'later', reason: 'no answer' };
  }
};

const sendBySns = async (endpoint: string, device: DeviceItem, payloads: Payloads): Promise<PushOutcome> => {
  const outcome = await publishToEndpoint(endpoint, device.platform, payloads);
  switch (outcome.kind) {
    case 'sent':
      return { kind: 'over', status: 'sent', snsMessageId: outcome.snsMessageId };
    case 'later':
      return outcome;
    case 'refused':
      return failed(outcome.reason);
    case 'disabled':
    case 'gone':
      return { kind: 'over', status: outcome.kind, reason: outcome.reason };
  }
};

/** Sends a message to one device. Nothing is stored. */
export const sendToDevice = async (device: DeviceItem, payloadsFor: PayloadsOf): Promise<PushOutcome> => {
  const payloads = payloadsFor(device);
  if (payloads === undefined) return failed('the template is gone');
  if (device.platform === 'web') {
    // A definition that has given up a platform may still have devices of it.
    if (device.subscription === undefined || payloads.web === undefined) return failed('the platform is not configured');
    return sendToBrowser(device.subscription, payloads.web);
  }
  if (device.endpoint === undefined || !push.platforms.includes(device.platform)) return failed('the platform is not configured');
  return sendBySns(device.endpoint, device, payloads);
};

import type { Device, WebSubscription } from '../contracts/push.ts';
import { pushEndpoints as at } from './endpoints.ts';
import { KeptState } from './kept-state.ts';
import { invalidAnswer } from './network-error.ts';
import { PlinthError } from './plinth-error.ts';
import type { BrowserDevice, PhoneDevice, ServiceWorkerLike, SubscriptionLike, UnregisterOptions } from './push-types.ts';
import { PushUnavailableError } from './push-unavailable-error.ts';
import { expectObject } from './read-answer.ts';
import type { TokenStorage } from './token-storage.ts';
import type { CallOptions, Transport } from './transport.ts';

const note = 'device';
/** Longer than anybody stays away. A device that registers without its old id is found by its token. */
const keptDays = 400;

const toBase64url = (bytes: ArrayBuffer): string =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');

const hasKey = ({ options }: SubscriptionLike, key: string): boolean =>
  options.applicationServerKey !== null && toBase64url(options.applicationServerKey) === key.replace(/=+$/, '');

/**
 * A subscription of the browser under the backend's key. The one that it has stays; one under another key, of a backend that was
 * made anew, is given up.
 */
const subscribe = async ({ pushManager }: ServiceWorkerLike, applicationServerKey: string): Promise<WebSubscription> => {
  try {
    const old = await pushManager.getSubscription();
    const kept = old !== null && hasKey(old, applicationServerKey) ? old : undefined;
    if (old !== null && kept === undefined) await old.unsubscribe();
    const { endpoint, keys } = (kept ?? (await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey }))).toJSON();
    const { p256dh, auth } = keys ?? {};
    if (endpoint === undefined || p256dh === undefined || auth === undefined) throw new TypeError('the subscription has no keys');
    return { endpoint, keys: { p256dh, auth } };
  } catch (cause) {
    throw new PushUnavailableError((cause as Error)?.name === 'NotAllowedError' ? 'denied' : 'push_service', cause);
  }
};

/** Registers a phone, or a browser that has subscribed, in place of what this device was before. */
export const registerDevice = async (
  transport: Transport,
  storage: TokenStorage,
  device: PhoneDevice | { readonly platform: 'web'; readonly subscription: WebSubscription; readonly locale?: string | undefined },
  options: CallOptions = {},
): Promise<Device> => {
  const kept = KeptState.of(storage);
  const call = { body: { ...device, replaces: await kept.get(note) }, signal: options.signal, repeatable: true };
  const registered = expectObject(await transport.send(at.registerDevice, call)) as unknown as Device;
  if (typeof registered.id !== 'string') throw invalidAnswer('the device is missing');
  await kept.set(note, registered.id, keptDays);
  return registered;
};

/**
 * Subscribes the browser and registers it.
 *
 * @param permission what the user has answered; undefined where browsers cannot ask
 */
export const registerBrowser = async (
  transport: Transport,
  storage: TokenStorage,
  { serviceWorker, locale }: BrowserDevice,
  permission: string | undefined,
  options: CallOptions = {},
): Promise<Device> => {
  if (permission === undefined || !('pushManager' in serviceWorker)) throw new PushUnavailableError('unsupported');
  if (permission !== 'granted') throw new PushUnavailableError(permission === 'denied' ? 'denied' : 'dismissed');
  const { publicKey } = expectObject(await transport.send(at.readWebKey, { guest: true, signal: options.signal }));
  if (typeof publicKey !== 'string') throw invalidAnswer('the key is missing');
  const subscription = await subscribe(serviceWorker, publicKey);
  const { navigator } = globalThis as { navigator?: { readonly language?: string } };
  return registerDevice(transport, storage, { platform: 'web', subscription, locale: locale ?? navigator?.language }, options);
};

/** Has the backend forget this device, and the browser its subscription. */
export const unregister = async (
  transport: Transport,
  storage: TokenStorage,
  { serviceWorker, signal }: UnregisterOptions = {},
): Promise<void> => {
  const kept = KeptState.of(storage);
  const id = await kept.get(note);
  if (id !== undefined) {
    await transport.send(at.removeDevice, { path: { id }, signal, repeatable: true }).catch((failure: unknown) => {
      // It is forgotten already, or has become another user's.
      if (!(failure instanceof PlinthError && failure.status === 404)) throw failure;
    });
    await kept.remove(note);
  }
  await (await serviceWorker?.pushManager.getSubscription())?.unsubscribe();
};

import type { Device, PushPreferences, SentMessage } from '../contracts/push.ts';
import { pushEndpoints as at } from './endpoints.ts';
import type { BrowserDevice, Message, PhoneDevice, PreferencesPatch, TopicName, TopicState, UnregisterOptions } from './push-types.ts';
import { expectObject, expectPage } from './read-answer.ts';
import type { TokenStorage } from './token-storage.ts';
import type { Call, CallOptions, Endpoint, Transport, WriteOptions } from './transport.ts';

/** The part of the browser's `Notification` that is used here. */
interface NotificationsLike {
  requestPermission(): Promise<string>;
}

/**
 * Pushes for the signed-in user: devices, preferences, topics, and sending. `D` is the definition.
 *
 * @example
 * ```ts
 * await client.push.registerBrowser({ serviceWorker: await navigator.serviceWorker.ready });
 * await client.push.topics.subscribe('news');
 * ```
 */
export class PushClient<D> {
  readonly #transport: Transport;
  readonly #storage: TokenStorage;

  /** When, and of what kinds, the caller wants messages. */
  readonly preferences: {
    read(options?: CallOptions): Promise<PushPreferences>;
    update(patch: PreferencesPatch<D>, options?: CallOptions): Promise<PushPreferences>;
  } = {
    read: (options) => this.#send(at.readPreferences, { signal: options?.signal }) as Promise<PushPreferences>,
    update: (body, options) => this.#send(at.updatePreferences, { body, signal: options?.signal }) as Promise<PushPreferences>,
  };

  /** What the caller hears on all devices, those of later included. */
  readonly topics: {
    list(options?: CallOptions): Promise<readonly TopicState<D>[]>;
    subscribe(topic: TopicName<D>, options?: CallOptions): Promise<void>;
    unsubscribe(topic: TopicName<D>, options?: CallOptions): Promise<void>;
  } = {
    list: (options) => this.#items(at.listTopics, options),
    subscribe: async (topic, options) => this.#do(at.subscribeTopic, { path: { topic }, signal: options?.signal }),
    unsubscribe: async (topic, options) => this.#do(at.unsubscribeTopic, { path: { topic }, signal: options?.signal }),
  };

  constructor(transport: Transport, storage: TokenStorage) {
    this.#transport = transport;
    this.#storage = storage;
  }

  /**
   * Registers this phone for the signed-in user. Call it at each start of the app, and when the push service gives another token:
   * the device that it was before is forgotten.
   */
  async registerDevice(device: PhoneDevice, options?: CallOptions): Promise<Device> {
    const { registerDevice } = await import('./this-device.ts');
    return registerDevice(this.#transport, this.#storage, device, options);
  }

  /**
   * Registers this browser for the signed-in user. Asks for the permission, so call it when the user has clicked on something that
   * says what for. Call it again at later visits: the subscription is renewed when the backend's key or the browser's has changed.
   *
   * @throws PushUnavailableError when the browser has no push, or the user does not want it
   */
  async registerBrowser(browser: BrowserDevice, options?: CallOptions): Promise<Device> {
    const { Notification: notifications } = globalThis as { Notification?: NotificationsLike };
    // Browsers let a page ask only while a click is being handled, so this comes before anything that has to be waited for.
    const asked = notifications?.requestPermission();
    const { registerBrowser } = await import('./this-device.ts');
    return registerBrowser(this.#transport, this.#storage, browser, await asked, options);
  }

  /** Ends pushes to this device. Call it before a logout: the next user of the device is not to read what the last one gets. */
  async unregister(options?: UnregisterOptions): Promise<void> {
    const { unregister } = await import('./this-device.ts');
    await unregister(this.#transport, this.#storage, options);
  }

  /** The caller's devices. */
  devices(options?: CallOptions): Promise<readonly Device[]> {
    return this.#items(at.listDevices, options);
  }

  /** Forgets a device of the caller, for example a phone that was lost. */
  async removeDevice(id: string, options?: CallOptions): Promise<void> {
    await this.#do(at.removeDevice, { path: { id }, signal: options?.signal });
  }

  /**
   * Sends a message, now or later: admins to anyone, others to topics that the rules let them send to.
   *
   * @example
   * ```ts
   * await client.push.send({ to: { users: [friendId] }, title: 'Hello', body: 'Ann has shared a photo', url: '/photos/1' });
   * ```
   */
  async send(message: Message<D>, { signal, idempotencyKey }: WriteOptions = {}): Promise<SentMessage> {
    return (await this.#send(at.sendMessage, { body: message, signal, idempotencyKey })) as unknown as SentMessage;
  }

  async #send(endpoint: Endpoint, call: Call): Promise<unknown> {
    return expectObject(await this.#transport.send(endpoint, call));
  }

  async #do(endpoint: Endpoint, call: Call): Promise<void> {
    await this.#transport.send(endpoint, call);
  }

  async #items<T>(endpoint: Endpoint, options?: CallOptions): Promise<readonly T[]> {
    return expectPage<{ readonly items: readonly T[] }>(await this.#transport.send(endpoint, { signal: options?.signal })).items;
  }
}

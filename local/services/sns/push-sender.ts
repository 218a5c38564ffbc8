import type { LocalContext } from '../service.ts';
import { AwsError } from '../service.ts';
import type { Message } from './message.ts';
import type { PlatformEvents } from './platform-events.ts';
import type { PushFailures } from './push-failures.ts';
import { pushRequest } from './push-payload.ts';
import { platformOf } from './sns-names.ts';
import type { PlatformEndpoint, SnsStore } from './sns-store.ts';

/** Sends pushes to the inbox of the run, in place of Apple and Google. */
export class PushSender {
  readonly #store: SnsStore;
  readonly #context: LocalContext;
  readonly #failures: PushFailures;
  readonly #events: PlatformEvents;

  constructor(parts: { store: SnsStore; context: LocalContext; failures: PushFailures; events: PlatformEvents }) {
    this.#store = parts.store;
    this.#context = parts.context;
    this.#failures = parts.failures;
    this.#events = parts.events;
  }

  /** Sends a message to a device. */
  send(endpointArn: string, message: Message, attempt: number): 'sent' | 'given up' | 'try again' {
    const endpoint = this.#store.endpoint(endpointArn);
    if (endpoint === undefined)
      return this.#fail(endpointArn, message, { attempt, type: 'EndpointNotFound', text: 'Endpoint was not found' });
    if (!endpoint.enabled) return this.#fail(endpointArn, message, { attempt, type: 'EndpointDisabled', text: 'Endpoint is disabled' });
    try {
      return this.#toPlatform(endpoint, message, attempt);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      return this.#fail(endpointArn, message, { attempt, type: 'InvalidNotification', text: error.message });
    }
  }

  /** The platform was busy for too long. */
  giveUp(endpointArn: string, message: Message, attempt: number): void {
    this.#fail(endpointArn, message, { attempt, type: 'PlatformServiceUnavailable', text: 'Platform notification service is unavailable' });
  }

  #toPlatform(endpoint: PlatformEndpoint, message: Message, attempt: number): 'sent' | 'given up' | 'try again' {
    const { inbox, clock } = this.#context;
    const now = clock.now();
    const bundleId = this.#store.application(endpoint.applicationArn)?.attributes['ApplePlatformBundleID'];
    const request = pushRequest(message, { endpoint, platform: platformOf(endpoint.arn), bundleId, now });
    if (request === undefined) return this.#fail(endpoint.arn, message, { attempt, type: 'TTLExpired', text: 'The message has expired' });
    const failure = this.#failures.take(endpoint.token);
    if (failure === undefined) {
      inbox.deliver({ at: new Date(now).toISOString(), channel: 'push', to: endpoint.token, body: JSON.stringify(request) });
      return 'sent';
    }
    if (!failure.permanent) return 'try again';
    this.#store.putEndpoint({ ...endpoint, enabled: false });
    this.#events.endpointUpdated({ ...endpoint, enabled: false });
    const text = 'Platform token associated with the endpoint is not valid';
    return this.#fail(endpoint.arn, message, { attempt, type: 'InvalidPlatformToken', text });
  }

  #fail(endpointArn: string, message: Message, failure: { attempt: number; type: string; text: string }): 'given up' {
    this.#events.deliveryFailed(endpointArn, message.id, failure);
    return 'given up';
  }
}

import { randomUUID } from 'node:crypto';
import { type Attempt, isRefusal, Outbox } from '../outbox.ts';
import type { LocalContext } from '../service.ts';
import { wantsMessage } from './filter-policy.ts';
import { type Message, textFor } from './message.ts';
import { confirmation, confirmationUrl, lambdaEvent, notification } from './notification.ts';
import type { PushSender } from './push-sender.ts';
import { retryDelayMs } from './retry-delay.ts';
import type { SnsStore, Subscription } from './sns-store.ts';
import { postMessage } from './web-server.ts';

/** Something that SNS has promised to hand on. */
export type Delivery =
  | { readonly kind: 'subscription'; readonly subscriptionArn: string; readonly message: Message }
  | { readonly kind: 'endpoint'; readonly endpointArn: string; readonly message: Message }
  | { readonly kind: 'confirmation'; readonly subscriptionArn: string; readonly message: Pick<Message, 'id' | 'publishedAt'> };

/** How an attempt went wrong, and whether another one may go better. */
class DeliveryError extends Error {
  readonly retryable: boolean;

  constructor(message: string, retryable: boolean) {
    super(message);
    this.retryable = retryable;
  }
}

const SERVICE = 'sns.amazonaws.com';

/** Brings messages to subscribers and devices. */
export class Deliveries {
  readonly #store: SnsStore;
  readonly #context: LocalContext;
  readonly #push: PushSender;
  readonly #outbox: Outbox<Delivery>;

  constructor(parts: { store: SnsStore; context: LocalContext; push: PushSender }) {
    this.#store = parts.store;
    this.#context = parts.context;
    this.#push = parts.push;
    const { clock, log } = parts.context;
    this.#outbox = new Outbox<Delivery>({
      ...{ database: parts.store.database, clock, log, source: 'sns' },
      deliver: (delivery, attempts) => this.#deliver(delivery, attempts),
    });
  }

  start(): void {
    this.#outbox.start();
  }

  /** A message for everybody who has subscribed and wants it. */
  publish(topicArn: string, messages: readonly Message[]): void {
    const subscriptions = this.#store.subscriptions(topicArn).filter(({ token }) => token === undefined);
    this.#outbox.add(
      messages.flatMap((message) =>
        subscriptions
          .filter((subscription) => wantsMessage(subscription, message))
          .map(({ arn }): Delivery => ({ kind: 'subscription', subscriptionArn: arn, message })),
      ),
    );
  }

  push(endpointArn: string, message: Message): void {
    this.#outbox.add([{ kind: 'endpoint', endpointArn, message }]);
  }

  askForConfirmation({ arn }: Subscription): void {
    const message = { id: randomUUID(), publishedAt: this.#context.clock.now() };
    this.#outbox.add([{ kind: 'confirmation', subscriptionArn: arn, message }]);
  }

  dump(): unknown[] {
    return this.#outbox.dump();
  }

  stop(): Promise<void> {
    return this.#outbox.stop();
  }

  async #deliver(delivery: Delivery, attempts: number): Promise<Attempt> {
    if (delivery.kind === 'endpoint') {
      const result = this.#push.send(delivery.endpointArn, delivery.message, attempts + 1);
      return this.#afterPush(result, attempts + 1, () => this.#push.giveUp(delivery.endpointArn, delivery.message, attempts + 1));
    }
    const subscription = this.#store.subscription(delivery.subscriptionArn);
    // Whoever has unsubscribed in the meantime gets nothing any more.
    if (subscription === undefined) return 'done';
    if (delivery.kind === 'confirmation')
      return this.#attempt(
        subscription,
        attempts,
        () => this.#confirm(subscription, delivery.message),
        async () => {},
      );
    const { message } = delivery;
    if (subscription.protocol === 'application') {
      const result = this.#push.send(subscription.endpoint, message, attempts + 1);
      return this.#afterPush(result, attempts + 1, () => this.#giveUp(subscription, message, 'the platform did not take it'));
    }
    return this.#attempt(
      subscription,
      attempts,
      () => this.#hand(subscription, message),
      (reason) => this.#giveUp(subscription, message, reason),
    );
  }

  async #attempt(
    { protocol }: Subscription,
    attempts: number,
    work: () => Promise<void>,
    giveUp: (reason: string) => Promise<void>,
  ): Promise<Attempt> {
    try {
      await work();
      return 'done';
    } catch (error) {
      const isFinal = error instanceof DeliveryError ? !error.retryable : isRefusal(error);
      const retryInMs = isFinal ? undefined : retryDelayMs(protocol, attempts + 1);
      if (retryInMs !== undefined) return { retryInMs };
      await giveUp((error as Error).message);
      return 'done';
    }
  }

  async #afterPush(result: ReturnType<PushSender['send']>, failures: number, giveUp: () => void | Promise<void>): Promise<Attempt> {
    if (result !== 'try again') return 'done';
    const retryInMs = retryDelayMs('application', failures);
    if (retryInMs !== undefined) return { retryInMs };
    await giveUp();
    return 'done';
  }

  async #hand(subscription: Subscription, message: Message): Promise<void> {
    const { protocol, endpoint, attributes } = subscription;
    const isRaw = attributes['RawMessageDelivery'] === 'true';
    const { inbox, clock } = this.#context;
    switch (protocol) {
      case 'sqs':
        return this.#handToQueue(subscription, message, isRaw);
      case 'lambda':
        this.#context.authorizeService(SERVICE, 'lambda:InvokeFunction', endpoint, subscription.topicArn);
        return this.#service('lambda').deliver?.(endpoint, JSON.stringify(lambdaEvent(message, subscription, this.#context)));
      case 'http':
      case 'https': {
        const body = isRaw ? textFor(message, protocol) : JSON.stringify(notification(message, subscription, this.#context));
        return postMessage(this.#context, subscription, { type: 'Notification', id: message.id, raw: isRaw, body });
      }
      case 'email':
      case 'email-json': {
        const text = textFor(message, protocol);
        const body = protocol === 'email' ? text : JSON.stringify(notification(message, subscription, this.#context));
        const subject = message.subject ?? 'AWS Notification Message';
        inbox.deliver({ at: new Date(clock.now()).toISOString(), channel: 'email', to: endpoint, subject, body });
        return;
      }
      case 'sms':
        inbox.deliver({ at: new Date(clock.now()).toISOString(), channel: 'sms', to: endpoint, body: textFor(message, protocol) });
        return;
      default:
        throw new DeliveryError(`local mode has no subscriptions of the protocol ${protocol}`, false);
    }
  }

  async #handToQueue({ endpoint, topicArn, ...rest }: Subscription, message: Message, isRaw: boolean): Promise<void> {
    this.#context.authorizeService(SERVICE, 'sqs:SendMessage', endpoint, topicArn);
    const queue = this.#service('sqs');
    const body = isRaw ? textFor(message, 'sqs') : JSON.stringify(notification(message, { endpoint, topicArn, ...rest }, this.#context));
    // "A message with more than 10 attributes is discarded as a client-side error."
    if (isRaw && Object.keys(message.attributes).length > 10) throw new DeliveryError('raw messages have at most 10 attributes', false);
    await queue.deliver?.(endpoint, body, {
      ...(isRaw && { messageAttributes: message.attributes }),
      messageGroupId: message.groupId,
      messageDeduplicationId: endpoint.endsWith('.fifo') ? message.deduplicationId : undefined,
      senderId: SERVICE,
    });
  }

  async #confirm(subscription: Subscription, message: Pick<Message, 'id' | 'publishedAt'>): Promise<void> {
    const { protocol, endpoint, topicArn, token = '' } = subscription;
    if (protocol === 'http' || protocol === 'https') {
      const body = JSON.stringify(confirmation(subscription, this.#context, message));
      return postMessage(this.#context, subscription, { type: 'SubscriptionConfirmation', id: message.id, raw: false, body });
    }
    const { inbox, clock } = this.#context;
    inbox.deliver({
      at: new Date(clock.now()).toISOString(),
      channel: 'email',
      to: endpoint,
      subject: 'AWS Notification - Subscription Confirmation',
      body: `You have chosen to subscribe to the topic:\n${topicArn}\n\nTo confirm this subscription, visit the link below:\n${confirmationUrl(topicArn, token, this.#context)}`,
      code: token,
    });
  }

  /** What can't be handed on goes to the subscription's dead-letter queue, if it has one. */
  async #giveUp(subscription: Subscription, message: Message, reason: string): Promise<void> {
    const { deadLetterTargetArn: target } = JSON.parse(subscription.attributes['RedrivePolicy'] || '{}') as {
      deadLetterTargetArn?: string;
    };
    const lost = target === undefined ? ': it is lost' : '';
    this.#context.log.error('sns', `${subscription.endpoint} did not take a message of ${subscription.topicArn} (${reason})${lost}`);
    if (target === undefined) return;
    try {
      await this.#handToQueue(
        { ...subscription, endpoint: target, protocol: 'sqs' },
        message,
        subscription.attributes['RawMessageDelivery'] === 'true',
      );
    } catch (error) {
      this.#context.log.error('sns', `${target} did not take a dead letter, it is lost: ${(error as Error).message}`);
    }
  }

  #service(name: string): NonNullable<ReturnType<LocalContext['service']>> {
    const service = this.#context.service(name);
    if (service?.deliver === undefined) throw new DeliveryError(`${name} does not run`, true);
    return service;
  }
}

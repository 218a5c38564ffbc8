import { randomUUID } from 'node:crypto';
import { AwsError, type LocalContext } from '../service.ts';
import type { Message } from './message.ts';
import { applicationNameOf, platformOf, snsArn } from './sns-names.ts';
import type { PlatformEndpoint, SnsStore } from './sns-store.ts';

export interface DeliveryFailure {
  readonly attempt: number;
  readonly type: string;
  readonly text: string;
}

/** Tells topics what becomes of a platform application's endpoints: https://docs.aws.amazon.com/sns/latest/dg/application-event-notifications.html */
export class PlatformEvents {
  readonly #store: SnsStore;
  readonly #context: LocalContext;
  readonly #publish: (topicArn: string, message: Message) => void;

  constructor(store: SnsStore, context: LocalContext, publish: (topicArn: string, message: Message) => void) {
    this.#store = store;
    this.#context = context;
    this.#publish = publish;
  }

  endpointCreated(endpoint: PlatformEndpoint): void {
    this.#tell(endpoint.applicationArn, 'EventEndpointCreated', { EndpointArn: endpoint.arn, EventType: 'EndpointCreated' });
  }

  endpointUpdated(endpoint: PlatformEndpoint): void {
    this.#tell(endpoint.applicationArn, 'EventEndpointUpdated', { EndpointArn: endpoint.arn, EventType: 'EndpointUpdated' });
  }

  endpointDeleted(endpoint: PlatformEndpoint): void {
    this.#tell(endpoint.applicationArn, 'EventEndpointDeleted', { EndpointArn: endpoint.arn, EventType: 'EndpointDeleted' });
  }

  deliveryFailed(endpointArn: string, messageId: string, { attempt, type, text }: DeliveryFailure): void {
    const { account, log } = this.#context;
    log.warn('sns', `a push to ${endpointArn} failed: ${text}`);
    const applicationArn = snsArn(account, `app/${platformOf(endpointArn)}/${applicationNameOf(endpointArn)}`);
    this.#tell(applicationArn, 'EventDeliveryFailure', {
      DeliveryAttempts: attempt,
      EndpointArn: endpointArn,
      EventType: 'DeliveryFailure',
      FailureMessage: text,
      FailureType: type,
      MessageId: messageId,
    });
  }

  #tell(applicationArn: string, attribute: string, event: Readonly<Record<string, unknown>>): void {
    const { clock, log } = this.#context;
    const topicArn = this.#store.application(applicationArn)?.attributes[attribute];
    if (topicArn === undefined || topicArn === '') return;
    try {
      this.#context.authorizeService('sns.amazonaws.com', 'sns:Publish', topicArn, applicationArn);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      log.error('sns', `${topicArn} is not told of ${String(event['EventType'])}: ${error.message}`);
      return;
    }
    const now = clock.now();
    this.#publish(topicArn, {
      id: randomUUID(),
      text: JSON.stringify({ ...event, Resource: applicationArn, Service: 'SNS', Time: new Date(now).toISOString() }),
      subject: `${String(event['EventType'])} event for app ${applicationNameOf(applicationArn)} (${platformOf(applicationArn)})`,
      structured: false,
      attributes: {},
      groupId: undefined,
      deduplicationId: undefined,
      publishedAt: now,
    });
  }
}

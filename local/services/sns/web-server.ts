import { isIP } from 'node:net';
import type { LocalContext } from '../service.ts';
import type { Subscription } from './sns-store.ts';

export interface WebMessage {
  readonly type: 'Notification' | 'SubscriptionConfirmation';
  readonly id: string;
  readonly raw: boolean;
  readonly body: string;
}

/** "15 seconds" */
const TIMEOUT_MS = 15_000;

/**
 * Posts a message to a subscriber of this machine. What would leave the machine goes to the inbox instead.
 *
 * @throws Error when the server does not take it
 */
export async function postMessage(context: LocalContext, { endpoint, arn, topicArn }: Subscription, message: WebMessage): Promise<void> {
  if (!isOfThisMachine(endpoint)) {
    const at = new Date(context.clock.now()).toISOString();
    context.inbox.deliver({ at, channel: 'webhook', to: endpoint, subject: message.type, body: message.body });
    return;
  }
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'text/plain; charset=UTF-8',
      'user-agent': 'Amazon Simple Notification Service Agent',
      'x-amz-sns-message-type': message.type,
      'x-amz-sns-message-id': message.id,
      'x-amz-sns-topic-arn': topicArn,
      ...(message.type === 'Notification' && { 'x-amz-sns-subscription-arn': arn }),
      ...(message.raw && { 'x-amz-sns-rawdelivery': 'true' }),
    },
    body: message.body,
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`it answered ${response.status}`);
}

function isOfThisMachine(endpoint: string): boolean {
  const { hostname } = new URL(endpoint);
  return hostname === 'localhost' || hostname === '[::1]' || (isIP(hostname) === 4 && hostname.startsWith('127.'));
}

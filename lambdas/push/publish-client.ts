import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { Platform } from '../../contracts/push.ts';
import type { Payloads } from './payload/build-payloads.ts';

/**
 * One attempt: SNS takes a Publish that is sent twice as two messages. What fails comes back by its queue.
 */
const client = new SNSClient({
  maxAttempts: 1,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
});

/**
 * How a publish has ended. `disabled`: SNS knows that the device is not to be reached. `gone`: SNS has no such endpoint. `refused`: it
 * will never take this message. `later`: it may, later.
 */
export type PublishOutcome =
  | { readonly kind: 'sent'; readonly snsMessageId: string }
  | { readonly kind: 'disabled' | 'gone' | 'refused'; readonly reason: string }
  | { readonly kind: 'later'; readonly reason: string };

/** "Publishing Amazon SNS notifications with platform-specific payloads": each payload is a text inside the JSON. */
const snsKeys = (payloads: Payloads): Readonly<Record<Exclude<Platform, 'web'>, string | undefined>> => ({
  apns: payloads.apns?.payload,
  'apns-sandbox': payloads.apns?.payload,
  fcm: payloads.fcm?.payload,
});
const snsNames = { apns: 'APNS', 'apns-sandbox': 'APNS_SANDBOX', fcm: 'GCM' } as const;

/** What SNS asks for in place of a payload for platforms that have none: it is sent nowhere. */
const unused = 'A message for apps';

const publishInput = (payloads: Payloads, platforms: readonly Platform[]) => {
  const keys = snsKeys(payloads);
  const named = platforms.flatMap((platform) => (platform === 'web' ? [] : [[snsNames[platform], keys[platform]]]));
  return {
    Message: JSON.stringify({ default: unused, ...Object.fromEntries(named) }),
    MessageStructure: 'json',
    MessageAttributes: Object.fromEntries(
      Object.entries(payloads.apns?.attributes ?? {})
        .filter(() => platforms.some((platform) => platform !== 'fcm' && platform !== 'web'))
        .map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]),
    ),
  };
};

/** The names of errors that tell of the message or the endpoint; all others may be over by the next time. */
const outcomeOf = (error: unknown): PublishOutcome => {
  const { name, message } = error instanceof Error ? error : { name: typeof error, message: '' };
  if (name.startsWith('EndpointDisabled')) return { kind: 'disabled', reason: 'EndpointDisabled' };
  if (name.startsWith('NotFound')) return { kind: 'gone', reason: 'EndpointNotFound' };
  if (name.startsWith('InvalidParameter')) {
    // The answer for an endpoint that has been deleted: "No endpoint found for the target arn specified".
    return /no endpoint found|does not exist/i.test(message)
      ? { kind: 'gone', reason: 'EndpointNotFound' }
      : { kind: 'refused', reason: 'InvalidParameter' };
  }
  return { kind: 'later', reason: name };
};

/** Sends to one device. */
export const publishToEndpoint = async (endpoint: string, platform: Platform, payloads: Payloads): Promise<PublishOutcome> => {
  try {
    const { MessageId = '' } = await client.send(new PublishCommand({ TargetArn: endpoint, ...publishInput(payloads, [platform]) }));
    return { kind: 'sent', snsMessageId: MessageId };
  } catch (error) {
    return outcomeOf(error);
  }
};

/** Has SNS fan a message out to all that are subscribed to an SNS topic. */
export const publishToTopic = async (topicArn: string, platforms: readonly Platform[], payloads: Payloads): Promise<void> => {
  await client.send(new PublishCommand({ TopicArn: topicArn, ...publishInput(payloads, platforms) }));
};

import type { LocalContext } from '../service.ts';
import { type Message, textFor } from './message.ts';
import type { Subscription } from './sns-store.ts';

/** What SNS signs with locally: nothing. Who verifies signatures gets one that does not verify. */
const SIGNATURE = { SignatureVersion: '1', Signature: 'EXAMPLE', SigningCertURL: '' };

/** A message as queues and web servers get it: https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html */
export function notification(message: Message, subscription: Subscription, context: LocalContext): Record<string, unknown> {
  const attributes = attributesOf(message);
  return {
    Type: 'Notification',
    MessageId: message.id,
    TopicArn: subscription.topicArn,
    ...(message.subject !== undefined && { Subject: message.subject }),
    Message: textFor(message, subscription.protocol),
    Timestamp: new Date(message.publishedAt).toISOString(),
    ...SIGNATURE,
    UnsubscribeURL: unsubscribeUrl(subscription, context),
    ...(Object.keys(attributes).length > 0 && { MessageAttributes: attributes }),
  };
}

/** A message as functions get it: https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html */
export function lambdaEvent(message: Message, subscription: Subscription, context: LocalContext): object {
  return {
    Records: [
      {
        EventSource: 'aws:sns',
        EventVersion: '1.0',
        EventSubscriptionArn: subscription.arn,
        Sns: {
          Type: 'Notification',
          MessageId: message.id,
          TopicArn: subscription.topicArn,
          Subject: message.subject ?? null,
          Message: textFor(message, subscription.protocol),
          Timestamp: new Date(message.publishedAt).toISOString(),
          SignatureVersion: SIGNATURE.SignatureVersion,
          Signature: SIGNATURE.Signature,
          SigningCertUrl: SIGNATURE.SigningCertURL,
          UnsubscribeUrl: unsubscribeUrl(subscription, context),
          MessageAttributes: attributesOf(message),
        },
      },
    ],
  };
}

/** What asks a web server or a person whether they want the messages of a topic. */
export function confirmation(
  { topicArn, token }: Subscription,
  context: LocalContext,
  { id, publishedAt }: Pick<Message, 'id' | 'publishedAt'>,
): Record<string, unknown> {
  const url = confirmationUrl(topicArn, token ?? '', context);
  return {
    Type: 'SubscriptionConfirmation',
    MessageId: id,
    Token: token,
    TopicArn: topicArn,
    Message: `You have chosen to subscribe to the topic ${topicArn}.\nTo confirm the subscription, visit the SubscribeURL included in this message.`,
    SubscribeURL: url,
    Timestamp: new Date(publishedAt).toISOString(),
    ...SIGNATURE,
  };
}

export const confirmationUrl = (topicArn: string, token: string, { endpointUrl }: LocalContext): string =>
  `${endpointUrl}/_plinth/sns/confirm?${new URLSearchParams({ TopicArn: topicArn, Token: token })}`;

const unsubscribeUrl = ({ arn }: Subscription, { endpointUrl }: LocalContext): string =>
  `${endpointUrl}/_plinth/sns/unsubscribe?${new URLSearchParams({ SubscriptionArn: arn })}`;

const attributesOf = ({ attributes }: Message): Record<string, { Type: string; Value: string }> =>
  Object.fromEntries(
    Object.entries(attributes).map(([name, { DataType, StringValue, BinaryValue }]) => [
      name,
      { Type: DataType, Value: StringValue ?? BinaryValue ?? '' },
    ]),
  );

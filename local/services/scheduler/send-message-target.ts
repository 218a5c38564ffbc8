import { AwsError } from '../service.ts';

/** What such a target puts on a queue. */
export interface SentMessage {
  readonly queueName: string;
  readonly body: string;
  readonly messageGroupId: string | undefined;
}

/**
 * Whether a target is SQS's SendMessage as a universal target: the only one of them that local mode has.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html
 */
export const isSendMessage = (targetArn: string): boolean => /^arn:[\w-]+:scheduler:::aws-sdk:sqs:sendMessage$/.test(targetArn);

/**
 * Reads the input of such a target, the parameters of SendMessage.
 *
 * @throws AwsError `ValidationException`
 */
export function readSendMessage(input: string | undefined): SentMessage {
  const { QueueUrl, MessageBody, MessageGroupId } = parse(input ?? '');
  if (typeof QueueUrl !== 'string' || typeof MessageBody !== 'string')
    throw new AwsError('ValidationException', 'Target.Input must be JSON with the texts QueueUrl and MessageBody.');
  return {
    queueName: QueueUrl.split('/').at(-1) ?? '',
    body: MessageBody,
    messageGroupId: typeof MessageGroupId === 'string' ? MessageGroupId : undefined,
  };
}

function parse(input: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(input));
  } catch (cause) {
    throw new AwsError('ValidationException', 'Target.Input must be JSON for a universal target.', { cause });
  }
}

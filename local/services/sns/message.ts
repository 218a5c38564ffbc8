import { AwsError } from '../service.ts';
import { attributesBytes, checkAttributes, type MessageAttributes } from '../sqs/message-attributes.ts';
import type { QueryInput } from './query-request.ts';

/** A message that was published. */
export interface Message {
  readonly id: string;
  readonly text: string;
  readonly subject: string | undefined;
  /** Whether the text is JSON with one text for each protocol. */
  readonly structured: boolean;
  readonly attributes: MessageAttributes;
  readonly groupId: string | undefined;
  readonly deduplicationId: string | undefined;
  readonly publishedAt: number;
}

/** 256 KB, attributes included: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html */
export const MAX_MESSAGE_BYTES = 262_144;
const MAX_SUBJECT_LENGTH = 100;

/** Reads a message from `Publish`, or from an entry of `PublishBatch`. @throws AwsError `InvalidParameter` */
export function readMessage(input: QueryInput, place: string, made: Pick<Message, 'id' | 'publishedAt'>): Message {
  const subject = input.given(`${place}Subject`);
  const message: Message = {
    ...made,
    text: input.text(`${place}Message`) ?? '',
    subject,
    structured: input.given(`${place}MessageStructure`) === 'json',
    attributes: readAttributes(input, `${place}MessageAttributes.entry`),
    groupId: input.given(`${place}MessageGroupId`),
    deduplicationId: input.given(`${place}MessageDeduplicationId`),
  };
  checkMessage(message);
  return message;
}

/** @throws AwsError `InvalidParameter` */
export function checkMessage({ text, subject, attributes }: Message): void {
  if (text === '') throw invalid('Empty message');
  if (messageBytes({ text, attributes }) > MAX_MESSAGE_BYTES) throw invalid('Message too long');
  if (subject !== undefined && (subject.length >= MAX_SUBJECT_LENGTH || !/^[\x20-\x7E]*$/.test(subject) || subject.startsWith(' ')))
    throw invalid('Subject');
  try {
    checkAttributes(withoutReserved(attributes));
  } catch (cause) {
    throw cause instanceof AwsError ? new AwsError('ParameterValueInvalid', cause.message, { cause }) : cause;
  }
}

export const messageBytes = ({ text, attributes }: Pick<Message, 'text' | 'attributes'>): number =>
  Buffer.byteLength(text) + attributesBytes(attributes);

/** The texts of a structured message by protocol or platform. @throws AwsError `InvalidParameter` */
export function textsOf({ text }: Message): Readonly<Record<string, string>> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new AwsError('InvalidParameter', 'Invalid parameter: Message Structure - JSON message body failed to parse', { cause });
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw invalid('Message Structure - JSON message body failed to parse');
  return Object.fromEntries(Object.entries(parsed).filter(([, value]) => typeof value === 'string'));
}

/** What a subscriber of this protocol is told. */
export function textFor(message: Message, protocol: string): string {
  if (!message.structured) return message.text;
  const texts = textsOf(message);
  return texts[protocol] ?? texts['default'] ?? '';
}

function readAttributes(input: QueryInput, name: string): MessageAttributes {
  return Object.fromEntries(
    input.places(name).map((place) => {
      const StringValue = input.text(`${place}.Value.StringValue`);
      const BinaryValue = input.text(`${place}.Value.BinaryValue`);
      const DataType = input.text(`${place}.Value.DataType`) ?? '';
      return [
        input.text(`${place}.Name`) ?? '',
        { DataType, ...(StringValue !== undefined && { StringValue }), ...(BinaryValue !== undefined && { BinaryValue }) },
      ];
    }),
  );
}

/** Names that begin with `AWS.` are SNS's own, and SNS has no limit of ten. */
function withoutReserved(attributes: MessageAttributes): MessageAttributes {
  const own = Object.entries(attributes).filter(([name]) => !/^aws\./i.test(name));
  return Object.fromEntries(own.slice(0, 10));
}

const invalid = (what: string): AwsError => new AwsError('InvalidParameter', `Invalid parameter: ${what}`);

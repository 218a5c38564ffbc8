import { createHash } from 'node:crypto';
import { AwsError } from '../service.ts';

/** A message attribute as requests and answers have it; `BinaryValue` is base64. */
export interface MessageAttribute {
  readonly DataType: string;
  readonly StringValue?: string;
  readonly BinaryValue?: string;
}

export type MessageAttributes = Readonly<Record<string, MessageAttribute>>;

const MAX_ATTRIBUTES = 10;
const MAX_NAME_LENGTH = 256;
const NAME = /^(?!\.)(?!.*\.\.)(?!.*\.$)(?!aws\.)(?!amazon\.)[\w.-]+$/i;

/** @throws AwsError `InvalidParameterValue` */
export function checkAttributes(attributes: MessageAttributes): void {
  const entries = Object.entries(attributes);
  if (entries.length > MAX_ATTRIBUTES) throw invalid(`Number of message attributes [${entries.length}] exceeds the allowed maximum [10].`);
  for (const [name, attribute] of entries) {
    if (!NAME.test(name) || name.length > MAX_NAME_LENGTH) throw invalid(`Message attribute name '${name}' is invalid.`);
    checkAttribute(name, attribute);
  }
}

/** What AWS counts against the size limit: names, types and values. */
export function attributesBytes(attributes: MessageAttributes): number {
  return Object.entries(attributes).reduce(
    (sum, [name, attribute]) => sum + Buffer.byteLength(name) + Buffer.byteLength(attribute.DataType) + bytesOf(attribute).length,
    0,
  );
}

export const md5 = (content: string | Buffer): string => createHash('md5').update(content).digest('hex');

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html */
export function md5OfAttributes(attributes: MessageAttributes): string | undefined {
  const names = Object.keys(attributes).sort();
  if (names.length === 0) return undefined;
  const parts = names.flatMap((name) => {
    const attribute = attributes[name] as MessageAttribute;
    const kind = Buffer.from([attribute.BinaryValue === undefined ? 1 : 2]);
    return [withLength(Buffer.from(name)), withLength(Buffer.from(attribute.DataType)), kind, withLength(bytesOf(attribute))];
  });
  return md5(Buffer.concat(parts));
}

function checkAttribute(name: string, { DataType, StringValue, BinaryValue }: MessageAttribute): void {
  const [, kind] = /^(String|Number|Binary)(?:\..+)?$/.exec(DataType ?? '') ?? [];
  if (kind === undefined)
    throw invalid(
      `The type of message (user) attribute '${name}' is invalid. You must use only the following supported type prefixes: Binary, Number, String.`,
    );
  const value = kind === 'Binary' ? BinaryValue : StringValue;
  if (value === undefined || value === '')
    throw invalid(`Message (user) attribute '${name}' must contain a non-empty value of type '${DataType}'.`);
  if (kind === 'Number' && (value.trim() === '' || Number.isNaN(Number(value))))
    throw invalid(`Can't cast the value of message (user) attribute '${name}' to a number.`);
}

const bytesOf = ({ StringValue = '', BinaryValue }: MessageAttribute): Buffer =>
  BinaryValue === undefined ? Buffer.from(StringValue) : Buffer.from(BinaryValue, 'base64');

function withLength(content: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  return Buffer.concat([length, content]);
}

const invalid = (message: string): AwsError => new AwsError('InvalidParameterValue', message);

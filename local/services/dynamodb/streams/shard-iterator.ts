import { dynamodbError, validationError } from '../dynamodb-errors.ts';

/** AWS: "a shard iterator expires 15 minutes after it is retrieved". */
const VALIDITY_MS = 15 * 60 * 1_000;

/** A place in a stream. */
export interface ShardIterator {
  readonly streamArn: string;
  /** The last sequence number that was read; `''` is the beginning. */
  readonly after: string;
  /** When the iterator was given out, in milliseconds since the epoch. */
  readonly at: number;
}

export function encodeIterator({ streamArn, after, at }: ShardIterator): string {
  return `${streamArn}|1|${Buffer.from(JSON.stringify([after, at])).toString('base64')}`;
}

/** @throws AwsError when it is none of ours, or older than 15 minutes at the time given. */
export function decodeIterator(text: string, now?: number): ShardIterator {
  const [streamArn = '', , encoded = ''] = text.split('|');
  let after: unknown;
  let at: unknown;
  try {
    [after, at] = JSON.parse(Buffer.from(encoded, 'base64').toString()) as unknown[];
  } catch {
    throw validationError('Invalid ShardIterator');
  }
  if (typeof after !== 'string' || typeof at !== 'number') throw validationError('Invalid ShardIterator');
  if (now !== undefined && now - at > VALIDITY_MS) throw dynamodbError('ExpiredIteratorException', 'Iterator expired');
  return { streamArn, after, at };
}

import { s3Error } from './s3-error.ts';
import type { ObjectVersion } from './storage/version.ts';

type Headers = Readonly<Record<string, string>>;

const listed = (header: string, etag: string): boolean =>
  header.split(',').some((one) => {
    const text = one.trim().replace(/^W\//, '');
    return text === '*' || text.replace(/^"|"$/g, '') === etag;
  });

const failed = (condition: string): Error => s3Error('PreconditionFailed', undefined, { Condition: condition });

/** Seconds are all that a header knows. */
const seconds = (time: number): number => Math.floor(time / 1_000) * 1_000;

/**
 * What a write demands of the object that is there. To be asked in the transaction that writes.
 *
 * @throws AwsError `PreconditionFailed`, `NoSuchKey`, `NotImplemented`
 */
export function checkWrite(headers: Headers, key: string, current: ObjectVersion | undefined): void {
  const { 'if-match': match, 'if-none-match': noneMatch } = headers;
  if (noneMatch !== undefined) {
    if (noneMatch.trim() !== '*') throw s3Error('NotImplemented', undefined, { Header: 'If-None-Match' });
    if (current !== undefined) throw failed('If-None-Match');
  }
  if (match === undefined) return;
  if (current === undefined) throw s3Error('NoSuchKey', undefined, { Key: key });
  if (!listed(match, current.etag)) throw failed('If-Match');
}

/**
 * What a read demands of the object, in the order of RFC 9110.
 *
 * @param prefix `x-amz-copy-source-` of copies
 * @returns whether the reader has the object already
 * @throws AwsError `PreconditionFailed`
 */
export function checkRead(headers: Headers, { etag, modifiedAt }: ObjectVersion, prefix = ''): 'not-modified' | undefined {
  const header = (name: string): string | undefined => headers[`${prefix}${name}`];
  const [match, noneMatch] = [header('if-match'), header('if-none-match')];
  if (match !== undefined) {
    if (!listed(match, etag)) throw failed('If-Match');
  } else {
    const since = timeOf(header('if-unmodified-since'));
    if (since !== undefined && seconds(modifiedAt) > since) throw failed('If-Unmodified-Since');
  }
  if (noneMatch !== undefined) return listed(noneMatch, etag) ? 'not-modified' : undefined;
  const since = timeOf(header('if-modified-since'));
  return since !== undefined && seconds(modifiedAt) <= since ? 'not-modified' : undefined;
}

/** Whether a range still fits what the reader has of the object. */
export function rangeApplies(headers: Headers, { etag, modifiedAt }: ObjectVersion): boolean {
  const condition = headers['if-range'];
  if (condition === undefined) return true;
  const time = timeOf(condition);
  return time === undefined ? condition.replace(/^"|"$/g, '') === etag : seconds(modifiedAt) === time;
}

function timeOf(text: string | undefined): number | undefined {
  const time = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}

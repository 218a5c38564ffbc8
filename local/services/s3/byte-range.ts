import { s3Error } from './s3-error.ts';

export interface ByteRange {
  readonly start: number;
  /** The first byte that is not in it any more. */
  readonly end: number;
}

/**
 * The bytes that a `Range` header names. Undefined: all of them, as S3 answers to what it can't read and to several ranges at once.
 *
 * @throws AwsError `InvalidRange` when the object has none of them
 */
export function byteRange(header: string | undefined, size: number): ByteRange | undefined {
  const [, first = '', last = ''] = /^\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*$/.exec(header ?? '') ?? [];
  if (header === undefined || (first === '' && last === '')) return undefined;
  const unsatisfiable = (): Error => s3Error('InvalidRange', undefined, { RangeRequested: header, ActualObjectSize: size });
  if (first === '') {
    const length = Math.min(Number(last), size);
    if (length === 0) throw unsatisfiable();
    return { start: size - length, end: size };
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return undefined;
  if (start >= size) throw unsatisfiable();
  return { start, end: last === '' ? size : Math.min(Number(last) + 1, size) };
}

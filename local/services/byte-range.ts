/** A part of an object. */
export interface ByteRange {
  readonly start: number;
  /** The first byte that is not in it any more. */
  readonly end: number;
}

/**
 * Reads a `Range` header (RFC 9110, 14.2).
 *
 * @returns undefined when the header is to be ignored, as S3 and CloudFront do: another unit, several ranges, or nonsense
 */
export function byteRange(header: string | undefined, size: number): ByteRange | 'unsatisfiable' | undefined {
  const [, first = '', last = ''] = /^\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*$/.exec(header ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  if (first === '') {
    const length = Math.min(Number(last), size);
    return length === 0 ? 'unsatisfiable' : { start: size - length, end: size };
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return undefined;
  if (start >= size) return 'unsatisfiable';
  return { start, end: last === '' ? size : Math.min(Number(last) + 1, size) };
}

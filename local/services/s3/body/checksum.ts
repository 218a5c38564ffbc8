import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { s3Error } from '../s3-error.ts';
import type { ChecksumType } from '../storage/version.ts';
import { Crc64Nvme } from './crc64-nvme.ts';

/** Takes bytes in and gives their checksum. */
export interface Digest {
  update(chunk: Buffer): unknown;
  digest(): Buffer;
}

interface Algorithm {
  readonly make: () => Digest;
  readonly bytes: number;
  /** The type of a multipart object's checksum that S3 takes when the upload names none. */
  readonly multipart: ChecksumType;
  readonly types: readonly ChecksumType[];
}

const CRC32C_POLYNOMIAL = 0x82f63b78;
const crc32cTable = Uint32Array.from({ length: 256 }, (_unused, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = (value & 1) === 0 ? value >>> 1 : (value >>> 1) ^ CRC32C_POLYNOMIAL;
  return value;
});

function crc32c(chunk: Buffer, before: number): number {
  let value = ~before;
  for (let index = 0; index < chunk.length; index += 1) {
    value = (value >>> 8) ^ (crc32cTable[(value ^ (chunk[index] as number)) & 0xff] as number);
  }
  return ~value >>> 0;
}

const crcDigest = (next: (chunk: Buffer, before: number) => number) => (): Digest => {
  let value = 0;
  return {
    update: (chunk) => {
      value = next(chunk, value);
    },
    digest: () => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(value);
      return bytes;
    },
  };
};

const both: readonly ChecksumType[] = ['COMPOSITE', 'FULL_OBJECT'];

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html */
const algorithms: Readonly<Record<string, Algorithm>> = {
  CRC32: { make: crcDigest((chunk, before) => crc32(chunk, before)), bytes: 4, multipart: 'COMPOSITE', types: both },
  CRC32C: { make: crcDigest(crc32c), bytes: 4, multipart: 'COMPOSITE', types: both },
  CRC64NVME: { make: () => new Crc64Nvme(), bytes: 8, multipart: 'FULL_OBJECT', types: ['FULL_OBJECT'] },
  SHA1: { make: () => createHash('sha1'), bytes: 20, multipart: 'COMPOSITE', types: ['COMPOSITE'] },
  SHA256: { make: () => createHash('sha256'), bytes: 32, multipart: 'COMPOSITE', types: ['COMPOSITE'] },
};

const HEADER = 'x-amz-checksum-';

/** A checksum that a request tells, or says that it will tell in a trailer. */
export interface ClaimedChecksum {
  readonly algorithm: string;
  /** base64; undefined: it comes in the trailer. */
  readonly value: string | undefined;
}

/** The name of the header for a checksum. */
export const checksumHeader = (algorithm: string): string => HEADER + algorithm.toLowerCase();

/** The name of the XML element for a checksum. */
export const checksumElement = (algorithm: string): string => `Checksum${algorithm}`;

export const checksumAlgorithms: readonly string[] = Object.keys(algorithms);

/**
 * An algorithm by the name that a client gave.
 *
 * @throws AwsError `InvalidRequest`
 */
export function checksumAlgorithm(name: string): Algorithm & { readonly name: string } {
  const upper = name.toUpperCase();
  const algorithm = algorithms[upper];
  if (algorithm === undefined)
    throw s3Error(
      'InvalidRequest',
      'Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]',
    );
  return { ...algorithm, name: upper };
}

/**
 * The checksum that headers or form fields claim.
 *
 * @throws AwsError `InvalidRequest` when there are several, or one can't be one
 */
export function claimedChecksum(headers: Readonly<Record<string, string>>): ClaimedChecksum | undefined {
  const given = checksumAlgorithms.filter((algorithm) => headers[checksumHeader(algorithm)] !== undefined);
  const trailer = (headers['x-amz-trailer'] ?? '').trim().toLowerCase();
  const announced = trailer.startsWith(HEADER) ? [checksumAlgorithm(trailer.slice(HEADER.length)).name] : [];
  if (given.length + announced.length > 1)
    throw s3Error('InvalidRequest', 'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.');
  const [algorithm = announced[0]] = given;
  if (algorithm === undefined) return undefined;
  const value = headers[checksumHeader(algorithm)];
  if (value !== undefined) checkForm(algorithm, value);
  return { algorithm, value };
}

/** @throws AwsError `InvalidRequest` when the text can't be a checksum of this kind */
export function checkForm(algorithm: string, value: string): void {
  const bytes = Buffer.from(value, 'base64');
  if (bytes.length !== algorithms[algorithm]?.bytes || bytes.toString('base64') !== value)
    throw s3Error('InvalidRequest', `Value for ${checksumHeader(algorithm)} header is invalid.`);
}

export const makeDigest = (algorithm: string): Digest => checksumAlgorithm(algorithm).make();

/** The checksum over the checksums of parts. */
export function compositeChecksum(algorithm: string, values: readonly string[]): string {
  const digest = makeDigest(algorithm);
  for (const value of values) digest.update(Buffer.from(value, 'base64'));
  return `${digest.digest().toString('base64')}-${values.length}`;
}

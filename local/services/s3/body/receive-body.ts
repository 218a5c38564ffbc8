import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { s3Error } from '../s3-error.ts';
import type { Blob, BlobFolder, BlobWriter } from '../storage/blob-folder.ts';
import { decodeAwsChunked } from './aws-chunked.ts';
import { type ClaimedChecksum, checkForm, checksumHeader, claimedChecksum, type Digest, makeDigest } from './checksum.ts';

/** Bytes that have arrived and are what their sender said of them. */
export interface Received {
  readonly blob: Blob;
  /** Hexadecimal. */
  readonly md5: string;
  readonly checksum: { readonly algorithm: string; readonly value: string } | undefined;
}

/** What a sender said of a body beforehand. */
export interface BodyClaims {
  /** base64 */
  readonly md5?: string | undefined;
  /** Hexadecimal. */
  readonly sha256?: string | undefined;
  readonly checksum?: ClaimedChecksum | undefined;
  /** A checksum that nobody told but is wanted. */
  readonly computes?: string | undefined;
  /** The number of bytes without the marks of chunks. */
  readonly length?: number | undefined;
  readonly maxBytes: number;
}

type Headers = Readonly<Record<string, string>>;

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/upload-objects.html: 5 GB in one request. */
export const MAX_BODY_BYTES = 5 * 1024 ** 3;

const SHA256 = /^[0-9a-f]{64}$/;

const isChunked = (headers: Headers): boolean =>
  headers['x-amz-content-sha256']?.startsWith('STREAMING-') === true || /\baws-chunked\b/.test(headers['content-encoding'] ?? '');

/**
 * What the headers say of the body.
 *
 * @throws AwsError `MissingContentLength`, `EntityTooLarge`, `InvalidDigest`, `InvalidRequest`
 */
export function bodyClaims(headers: Headers): BodyClaims {
  const length = headers[isChunked(headers) ? 'x-amz-decoded-content-length' : 'content-length'];
  if (length === undefined || !/^\d+$/.test(length)) throw s3Error('MissingContentLength');
  if (Number(length) > MAX_BODY_BYTES) throw tooLarge(MAX_BODY_BYTES, Number(length));
  const md5 = headers['content-md5'];
  if (md5 !== undefined && Buffer.from(md5, 'base64').length !== 16) throw s3Error('InvalidDigest');
  const sha256 = headers['x-amz-content-sha256'];
  return {
    md5,
    sha256: sha256 !== undefined && SHA256.test(sha256) ? sha256 : undefined,
    checksum: claimedChecksum(headers),
    length: Number(length),
    maxBytes: MAX_BODY_BYTES,
  };
}

/** The bytes of a request without the marks of chunks; trailers are put where the claims look for them. */
export function contentOf(body: Readable, headers: Headers, trailers: Map<string, string>): AsyncIterable<Buffer> {
  // A refusal in the middle must still reach the client, so the connection stays open.
  const bytes = body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  return isChunked(headers) ? decodeAwsChunked(bytes, trailers) : bytes;
}

/**
 * Stores the body of a request.
 *
 * @throws AwsError when it is not what the headers say, or the client goes away; then nothing is left of it
 */
export async function receiveBody(blobs: BlobFolder, body: () => Readable, headers: Headers): Promise<Received> {
  const claims = bodyClaims(headers);
  const trailers = new Map<string, string>();
  return receive(blobs, contentOf(body(), headers, trailers), claims, trailers);
}

/** As {@link receiveBody}, for bytes that come in another way. */
export async function receive(
  blobs: BlobFolder,
  content: AsyncIterable<Buffer>,
  claims: BodyClaims,
  trailers: ReadonlyMap<string, string> = new Map(),
): Promise<Received> {
  const writer = await blobs.create();
  try {
    const digests = await store(content, writer, claims);
    const checked = check(digests, claims, trailers);
    return { ...checked, blob: await writer.keep() };
  } catch (error) {
    await writer.discard();
    throw isGone(error) ? s3Error('RequestTimeout') : error;
  }
}

interface Digests {
  readonly md5: Digest;
  readonly sha256: Digest | undefined;
  readonly checksum: Digest | undefined;
}

async function store(content: AsyncIterable<Buffer>, writer: BlobWriter, claims: BodyClaims): Promise<Digests> {
  const { maxBytes, length = maxBytes } = claims;
  const algorithm = claims.checksum?.algorithm ?? claims.computes;
  const digests: Digests = {
    md5: createHash('md5'),
    sha256: claims.sha256 === undefined ? undefined : createHash('sha256'),
    checksum: algorithm === undefined ? undefined : makeDigest(algorithm),
  };
  let size = 0;
  for await (const chunk of content) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge(maxBytes, size);
    if (size > length) throw s3Error('IncompleteBody', 'The request body has more bytes than its length says.');
    for (const digest of [digests.md5, digests.sha256, digests.checksum]) digest?.update(chunk);
    await writer.write(chunk);
  }
  if (claims.length !== undefined && size < claims.length)
    throw s3Error('IncompleteBody', 'You did not provide the number of bytes specified by the Content-Length HTTP header');
  return digests;
}

function check(digests: Digests, claims: BodyClaims, trailers: ReadonlyMap<string, string>): Omit<Received, 'blob'> {
  const md5 = digests.md5.digest();
  if (claims.md5 !== undefined && md5.toString('base64') !== claims.md5) {
    throw s3Error('BadDigest', 'The Content-MD5 you specified did not match what we received.', {
      ExpectedDigest: claims.md5,
      CalculatedDigest: md5.toString('base64'),
    });
  }
  const sha256 = digests.sha256?.digest().toString('hex');
  if (sha256 !== undefined && sha256 !== claims.sha256) {
    throw s3Error('XAmzContentSHA256Mismatch', undefined, {
      ClientComputedContentSHA256: claims.sha256 ?? '',
      S3ComputedContentSHA256: sha256,
    });
  }
  return { md5: md5.toString('hex'), checksum: checkChecksum(digests.checksum, claims, trailers) };
}

function checkChecksum(
  digest: Digest | undefined,
  { checksum: claim, computes }: BodyClaims,
  trailers: ReadonlyMap<string, string>,
): Received['checksum'] {
  if (digest === undefined) return undefined;
  if (claim === undefined) return computes === undefined ? undefined : { algorithm: computes, value: digest.digest().toString('base64') };
  const { algorithm } = claim;
  const claimed = claim.value ?? trailers.get(checksumHeader(algorithm));
  if (claimed === undefined) throw s3Error('InvalidRequest', `The trailer ${checksumHeader(algorithm)} is missing.`);
  if (claim.value === undefined) checkForm(algorithm, claimed);
  const value = digest.digest().toString('base64');
  if (value !== claimed) throw s3Error('BadDigest', `The ${algorithm} you specified did not match the calculated checksum.`);
  return { algorithm, value };
}

const isGone = (error: unknown): boolean =>
  ['ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE'].includes(String((error as NodeJS.ErrnoException).code));

function tooLarge(maxBytes: number, size: number): Error {
  return s3Error('EntityTooLarge', undefined, { ProposedSize: size, MaxSizeAllowed: maxBytes });
}

import { createHash } from 'node:crypto';
import type { S3Call } from '../s3-call.ts';
import { s3Error } from '../s3-error.ts';
import { checksumHeader, makeDigest } from './checksum.ts';
import { bodyClaims, contentOf } from './receive-body.ts';

/** A `Delete` with 1,000 keys of 1,024 bytes, and all of them escaped, has less. */
const MAX_TEXT_BYTES = 8 * 1024 * 1024;

/**
 * Reads a document that a request brings.
 *
 * @throws AwsError when it is too large, or not what the headers say
 */
export async function readText({ body, headers }: S3Call): Promise<string> {
  const { md5, sha256, checksum, length = 0 } = bodyClaims(headers);
  if (length > MAX_TEXT_BYTES) throw s3Error('MalformedXML');
  const trailers = new Map<string, string>();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of contentOf(body(), headers, trailers)) {
    size += chunk.length;
    if (size > MAX_TEXT_BYTES) throw s3Error('MalformedXML');
    chunks.push(chunk);
  }
  const content = Buffer.concat(chunks);
  if (md5 !== undefined && createHash('md5').update(content).digest('base64') !== md5) throw s3Error('BadDigest');
  if (sha256 !== undefined && createHash('sha256').update(content).digest('hex') !== sha256) throw s3Error('XAmzContentSHA256Mismatch');
  if (checksum !== undefined) {
    const digest = makeDigest(checksum.algorithm);
    digest.update(content);
    const claimed = checksum.value ?? trailers.get(checksumHeader(checksum.algorithm));
    if (digest.digest().toString('base64') !== claimed)
      throw s3Error('BadDigest', `The ${checksum.algorithm} you specified did not match the calculated checksum.`);
  }
  return content.toString();
}

import type { IncomingMessage } from 'node:http';
import { AwsError } from '../services/service.ts';

const MEBIBYTE = 1024 * 1024;

/**
 * The largest request bodies.
 * DynamoDB: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html (16 MB for a batch),
 * Lambda: 6 MB for a payload, with room so that the service itself names the limit. S3 takes 5 GB in one request; a laptop less.
 */
const MAX_BODY_BYTES: Readonly<Record<string, number>> = { dynamodb: 16 * MEBIBYTE, lambda: 12 * MEBIBYTE, s3: 512 * MEBIBYTE };
const MAX_OTHER_BODY_BYTES = 8 * MEBIBYTE;

/**
 * Reads a request's body.
 *
 * @throws AwsError `RequestEntityTooLargeException` (413) as soon as the body proves too large
 */
export async function readBody(request: IncomingMessage, service: string): Promise<Buffer> {
  const limit = MAX_BODY_BYTES[service] ?? MAX_OTHER_BODY_BYTES;
  if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge(limit);
  return new Promise((done, failed) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > limit) {
        request.pause();
        failed(tooLarge(limit));
        return;
      }
      chunks.push(chunk);
    });
    // Most bodies come in one chunk, which needs no copy.
    request.on('end', () => done(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, length)));
    request.on('error', failed);
    request.on('close', () => {
      if (!request.complete) failed(new AwsError('RequestAborted', 'The client went away.'));
    });
  });
}

const tooLarge = (limit: number): AwsError =>
  new AwsError('RequestEntityTooLargeException', `Request must be smaller than ${limit} bytes.`, { status: 413 });

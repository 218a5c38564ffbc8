import type { IncomingMessage } from 'node:http';
import { AwsError } from '../services/service.ts';

const MEBIBYTE = 1024 * 1024;

/**
 * The largest request bodies.
 * DynamoDB: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html (16 MB for a batch),
 * Lambda: 6 MB for a payload, SES: 40 MB for an e-mail, both with room so that the service itself names the limit.
 */
const MAX_BODY_BYTES: Readonly<Record<string, number>> = { dynamodb: 16 * MEBIBYTE, lambda: 12 * MEBIBYTE, ses: 48 * MEBIBYTE };
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

/** How much of an unread body is taken in, and for how long, so that its sender comes to read the answer. */
const MAX_DRAINED_BYTES = 64 * MEBIBYTE;
const MAX_DRAIN_MS = 5_000;

/** Reads on without keeping anything: most clients look for an answer only when they have sent everything. */
export async function drain(request: IncomingMessage): Promise<void> {
  // Such a client has been waiting for leave to send, and has got an answer instead.
  if (request.headers.expect !== undefined) return;
  await new Promise<void>((done) => {
    let left = MAX_DRAINED_BYTES;
    const timer = setTimeout(done, MAX_DRAIN_MS);
    const finish = (): void => {
      clearTimeout(timer);
      done();
    };
    request.on('data', (chunk: Buffer) => {
      left -= chunk.length;
      if (left < 0) finish();
    });
    request.once('end', finish).once('error', finish).once('close', finish);
    request.resume();
  });
}

const tooLarge = (limit: number): AwsError =>
  new AwsError('RequestEntityTooLargeException', `Request must be smaller than ${limit} bytes.`, { status: 413 });

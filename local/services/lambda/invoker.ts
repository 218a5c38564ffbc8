import { randomUUID } from 'node:crypto';
import { AwsError } from '../service.ts';
import type { Outcome } from './execution-environment.ts';
import type { FunctionPool } from './function-pool.ts';

/** AWS: 6 MB for a synchronous invocation, 1 MB for an asynchronous one. */
const MAX_SYNCHRONOUS_BYTES = 6_291_456;
export const MAX_ASYNCHRONOUS_BYTES = 1_048_576;

/**
 * Runs a function and waits for its reply.
 *
 * @param event JSON text
 * @throws AwsError `RequestTooLargeException`, `TooManyRequestsException`
 */
export function invokeFunction(pool: FunctionPool, event: string, requestId: string = randomUUID()): Promise<Outcome> {
  assertEventSize(event, MAX_SYNCHRONOUS_BYTES);
  return pool.invoke({ id: requestId, event, arn: pool.definition.arn });
}

/** @throws AwsError `RequestTooLargeException` */
export function assertEventSize(event: string, maxBytes: number): void {
  // A UTF-16 unit is at most three bytes of UTF-8, so most events need no count.
  if (event.length * 3 <= maxBytes || Buffer.byteLength(event) <= maxBytes) return;
  const message = `Request must be smaller than ${maxBytes} bytes for the InvokeFunction operation`;
  throw new AwsError('RequestTooLargeException', message, { status: 413, members: { Type: 'User' } });
}

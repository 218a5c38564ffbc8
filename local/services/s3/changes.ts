import type { Bucket } from './bucket.ts';
import { jobsOf } from './events/event-record.ts';
import type { S3Call, S3Engine } from './s3-call.ts';
import type { Change } from './storage/version-store.ts';

/** Who and what caused a change. */
export interface Cause {
  /** For example `ObjectCreated:Put`. */
  readonly event: string;
  /** S3's word for it, for example `PutObject`. */
  readonly reason: string;
  readonly requester: string;
  readonly requestId: string;
}

/** The cause of what a call changes. */
export const causedBy = (call: S3Call, event: string, reason: string): Cause => ({
  event,
  reason,
  requester: call.principal === undefined ? 'ANONYMOUS' : `AWS:${call.principal.arn.split(/[:/]/).slice(-2).join(':')}`,
  requestId: call.requestId,
});

/**
 * Makes a change together with all that follows from it: whoever wants to be told of it will be, whatever happens to this process.
 *
 * @param work runs in a transaction; what it throws leaves everything as it was. Undefined: nothing has changed
 */
export async function commit(engine: S3Engine, bucket: Bucket, cause: Cause, work: () => Change | undefined): Promise<Change | undefined> {
  const { database, blobs, runner } = engine;
  const change = database.transaction(() => {
    const made = work();
    if (made !== undefined) tell(engine, bucket, cause, made);
    return made;
  });
  if (change !== undefined) await blobs.remove(change.removed);
  runner.wake();
  return change;
}

function tell({ context, jobs }: S3Engine, bucket: Bucket, cause: Cause, { version }: Change): void {
  const { event: name, reason, requester, requestId } = cause;
  for (const job of jobsOf({ name, bucket, version, time: context.clock.now(), requester, requestId, reason }, context.account))
    jobs.add(job);
}

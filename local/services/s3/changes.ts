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
  const change = makeChange(engine, bucket, cause, work);
  await settle(engine, change === undefined ? [] : [change]);
  return change;
}

/** As {@link commit}, within a transaction of several changes, which are settled when it has ended. */
export function makeChange(engine: S3Engine, bucket: Bucket, cause: Cause, work: () => Change | undefined): Change | undefined {
  return engine.database.transaction(() => {
    const made = work();
    if (made !== undefined) tell(engine, bucket, cause, made);
    return made;
  });
}

/** Removes what stored changes have left behind. */
export async function settle({ blobs }: S3Engine, changes: readonly Change[]): Promise<void> {
  for (const { removed } of changes) await blobs.remove(removed);
}

function tell({ context, outbox }: S3Engine, bucket: Bucket, cause: Cause, { version }: Change): void {
  const { event: name, reason, requester, requestId } = cause;
  const event = { name, bucket, version, time: context.clock.now(), requester, requestId, reason };
  const jobs = jobsOf(event, context.account);
  if (jobs.length > 0) outbox.add(jobs);
}

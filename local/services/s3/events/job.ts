import { type Attempt, isRefusal } from '../../outbox.ts';
import type { LocalContext } from '../../service.ts';

/** What is still to be done about a change. It is stored together with the change, so that a crash loses neither. */
export interface Job {
  /** `tell`: hand the message to the target; `scan`: look for malware in the object that the message names. */
  readonly kind: 'tell' | 'scan';
  /** The ARN of a queue, topic, function or bus; of scans the name of the bucket. */
  readonly target: string;
  /** The ARN of the bucket. */
  readonly source: string;
  readonly message: string;
}

/** While the receiver does not run yet. */
const ABSENT_RETRY_MS = 200;
const FIRST_RETRY_MS = 200;
const MAX_RETRY_MS = 10_000;

/** What S3 must be allowed to do to tell a service. A bus needs no leave. */
const actions: Readonly<Record<string, string | undefined>> = {
  sqs: 'sqs:SendMessage',
  sns: 'sns:Publish',
  lambda: 'lambda:InvokeFunction',
};

/** Hands an event on. What the receiver refuses is lost, as on AWS; what merely failed is tried again. */
export async function tell(context: LocalContext, { target, source, message }: Job, attempts: number): Promise<Attempt> {
  const name = target.split(':')[2] ?? '';
  const service = context.service(name);
  if (service?.deliver === undefined) return { retryInMs: ABSENT_RETRY_MS };
  try {
    const action = actions[name];
    if (action !== undefined) context.authorizeService('s3.amazonaws.com', action, target, source);
    await service.deliver(target, message);
    return 'done';
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const refused = isRefusal(error);
    context.log.warn('s3', `an event of ${source} ${refused ? 'does not reach' : 'did not reach, and waits for,'} ${target}: ${why}`);
    return refused ? 'done' : { retryInMs: Math.min(FIRST_RETRY_MS * 2 ** attempts, MAX_RETRY_MS) };
  }
}

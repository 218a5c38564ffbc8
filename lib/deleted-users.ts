import type { Construct } from 'constructs';
import { variables } from '../contracts/variables.ts';
import { FeatureFunction, type FeatureFunctionProps } from './api/feature-function.ts';
import { connect, consume, type Pace } from './api/work-queue.ts';
import type { EventSource } from './event-source.ts';

/** What tells of deleted accounts: an `Events` that knows the accounts. */
export interface DeletionSource extends Pick<EventSource, 'on'> {}

const timeoutSeconds = 60;
/** With six minutes in between: so long may a service be away before a deletion waits for a person. */
const attempts = 20;
/** Each message is one user, who may have very much. */
const pace: Pace = { batchSize: 1, maxConcurrency: 2 };

/**
 * Makes the function by which a feature forgets users whose accounts are deleted, behind a queue of its own.
 *
 * @param id names the queue among the dead letters, as `DevicesOfDeletedUsers`
 * @param props `resumes`: what takes longer than a run goes on with a message that the function sends to its own queue
 */
export const forgetDeletedUsers = (
  scope: Construct,
  id: string,
  events: DeletionSource,
  { resumes = false, grants = [], ...props }: Omit<FeatureFunctionProps, 'timeoutSeconds'> & { readonly resumes?: boolean },
): FeatureFunction => {
  const work = events.on(scope, id, { types: ['user.deleted'], timeoutSeconds, attempts });
  const send = resumes ? [{ actions: ['sqs:SendMessage'], resources: [work.queue.queueArn] }] : [];
  const target = new FeatureFunction(scope, `${id}Function`, { ...props, timeoutSeconds, grants: [consume(work), ...send, ...grants] });
  if (resumes) target.function.addEnvironment(variables.deletedUsersQueue, work.queue.queueUrl);
  connect(work, target, pace);
  return target;
};

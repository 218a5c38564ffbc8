import { setTimeout as pause } from 'node:timers/promises';
import { GetQueueAttributesCommand, ListMessageMoveTasksCommand, StartMessageMoveTaskCommand } from '@aws-sdk/client-sqs';
import { destinationOf } from '../contracts/event-destinations.ts';
import { countMessages, type DeadLetters, type Redriven } from './events-queues.ts';
import type { EventsTarget } from './events-target.ts';
import { UserError } from './user-error.ts';

const pollMs = 250;

const arnOf = async ({ sqs }: EventsTarget, QueueUrl: string): Promise<string> =>
  (await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }))).Attributes?.['QueueArn'] ?? '';

/** Has SQS move all messages of a queue to another one. It does not know where those came from that EventBridge or Lambda put aside. */
const moveBack = async (target: EventsTarget, { name, url }: DeadLetters, sourceUrl: string): Promise<number> => {
  const [SourceArn, DestinationArn] = [await arnOf(target, url), await arnOf(target, sourceUrl)];
  await target.sqs.send(new StartMessageMoveTaskCommand({ SourceArn, DestinationArn }));
  for (;;) {
    const { Results = [] } = await target.sqs.send(new ListMessageMoveTasksCommand({ SourceArn, MaxResults: 1 }));
    const { Status, ApproximateNumberOfMessagesMoved: moved = 0, FailureReason: reason } = Results[0] ?? {};
    if (Status === 'COMPLETED') return moved;
    if (Status !== 'RUNNING') {
      throw new UserError(
        `The dead letters of ${name} could not all be moved: ${reason ?? Status}.`,
        'Those that were not are still there: try again.',
      );
    }
    await pause(pollMs);
  }
};

/**
 * Moves the dead letters of a queue back and waits until they are handled; those of a stream are handed over here, and those of
 * a destination are sent once more.
 *
 * @param waitSeconds how long at most
 */
export const redrive = async (target: EventsTarget, queue: DeadLetters, waitSeconds: number): Promise<Redriven> => {
  const { name, url, sourceUrl } = queue;
  if (destinationOf(name) !== undefined) return (await import('./events-destinations.ts')).redriveDestination(target, queue);
  if (sourceUrl === undefined) return (await import('./events-streams.ts')).redriveStreams(target, queue);
  const hasAny = (await countMessages(target, url)) > 0;
  const moved = hasAny ? await moveBack(target, queue, sourceUrl) : 0;
  const deadline = performance.now() + waitSeconds * 1_000;
  let waiting = await countMessages(target, sourceUrl);
  while (moved > 0 && waiting > 0 && performance.now() < deadline) {
    await pause(pollMs);
    waiting = await countMessages(target, sourceUrl);
  }
  const deadLetters = await countMessages(target, url);
  return { name, moved, deadLetters, waiting, handled: Math.max(0, moved - waiting - deadLetters) };
};

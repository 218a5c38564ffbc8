import { definition, message as validateMessage } from '@compiled/function';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { QueuedMessage, ScheduledRun } from '../../contracts/compiled-function.ts';
import type { BackendEvent } from '../../contracts/events.ts';
import { handleOnce } from '../runtime/handled-events.ts';
import type { Occasion } from './create-context.ts';
import { log, logFailure, runFunction } from './run-function.ts';
import { claimRuns, releaseRuns } from './run-lock-store.ts';

/** What EventBridge puts into a queue. */
interface BusMessage {
  readonly detail: BackendEvent;
  readonly 'detail-type': string;
}
type Message = BusMessage | ScheduledRun | QueuedMessage;

/** One message of a batch. */
interface Delivery {
  readonly record: SQSRecord;
  readonly occasion: Occasion;
}

const { name, leaseSeconds } = definition;
const consumer = `function ${name}`;

const once = (runId: string, run: object, occasion: Occasion): Promise<'done' | 'busy'> =>
  handleOnce({ consumer, eventId: runId, leaseSeconds }, async () => {
    await runFunction(run, { ...occasion, runId });
  });

const handleEvent = (event: BackendEvent, { occasion }: Delivery): Promise<'done' | 'busy'> =>
  once(event.id, { kind: 'event', event }, { ...occasion, handled: event });

const handleMessage = async ({ message }: QueuedMessage, { record, occasion }: Delivery): Promise<'done' | 'busy'> => {
  if (validateMessage !== undefined && !validateMessage(message)) {
    throw new TypeError(`the message is not as the queue's \`message\` says: ${JSON.stringify(validateMessage.errors?.slice(0, 5))}`);
  }
  const attempt = Number(record.attributes.ApproximateReceiveCount);
  return once(`message ${record.messageId}`, { kind: 'message', id: record.messageId, message, attempt }, occasion);
};

/** A run that is due while the one before it is at work is left out. */
const handleSchedule = async ({ schedule, dueAt }: ScheduledRun, { occasion }: Delivery): Promise<'done' | 'busy'> => {
  const run = `${schedule} ${dueAt}`;
  if (!(await claimRuns(`${consumer} ${schedule}`, run, leaseSeconds))) {
    log.info('a run was left out, since the one before it is still at work', { dueAt });
    return 'done';
  }
  try {
    return await once(run, { kind: 'schedule', dueAt }, occasion);
  } finally {
    await releaseRuns(`${consumer} ${schedule}`, run);
  }
};

const handle = (delivery: Delivery): Promise<'done' | 'busy'> => {
  const message = JSON.parse(delivery.record.body) as Message;
  if ('detail' in message) return handleEvent(message.detail, delivery);
  return message.kind === 'schedule' ? handleSchedule(message, delivery) : handleMessage(message, delivery);
};

/** @returns whether nothing is left to do */
const tryHandle = async (delivery: Delivery): Promise<boolean> => {
  try {
    // Inside of the try block, since a body that is no JSON throws at once.
    return (await handle(delivery)) === 'done';
  } catch (thrown) {
    const attempt = Number(delivery.record.attributes.ApproximateReceiveCount);
    logFailure('the function failed, and will be tried again', thrown, delivery.occasion, {
      messageId: delivery.record.messageId,
      attempt,
    });
    return false;
  }
};

/**
 * Hands the messages of a batch to the function, all at the same time and each by itself: what one of them does to the function is
 * nothing to the others.
 *
 * @returns those that are to come back ("Reporting batch item failures for Lambda functions with an Amazon SQS trigger")
 */
export const runMessages = async ({ Records }: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
  const occasion: Occasion = { requestId: context.awsRequestId, remainingMs: () => context.getRemainingTimeInMillis() };
  const done = await Promise.all(Records.map((record) => tryHandle({ record, occasion })));
  return { batchItemFailures: Records.filter((_, index) => !done[index]).map(({ messageId }) => ({ itemIdentifier: messageId })) };
};

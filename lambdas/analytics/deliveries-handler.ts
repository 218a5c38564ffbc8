import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { type AnalyticsDelivery, analyticsAttempts } from '../../contracts/analytics-deliveries.ts';
import type { ForwardName } from '../../contracts/analytics-options.ts';
import { variables } from '../../contracts/variables.ts';
import { eachRecord } from '../runtime/each-record.ts';
import { requiredVariable } from '../runtime/environment.ts';
import { delayDelivery, queueDeliveries } from './deliveries-queue.ts';
import { forward } from './forward.ts';
import { putIntoStream } from './stream-client.ts';
import { nameOfError, writeLog } from './write-log.ts';

/** Between attempts: 10 s, 20 s, 40 s and so on. */
const firstDelaySeconds = 10;
const maxBackOffSeconds = 3_600;

const backOffSeconds = (attempt: number): number =>
  Math.min(firstDelaySeconds * 2 ** (attempt - 1), maxBackOffSeconds) * (1 + Math.random() / 4);

/** Without it, the message comes back when the queue's own time is over. */
const tryDelay = async (receiptHandle: string, seconds: number): Promise<void> => {
  try {
    await delayDelivery(receiptHandle, seconds);
  } catch (error) {
    writeLog('WARN', 'the time of a retry could not be set', { error: nameOfError(error) });
  }
};

/** What is taken must not come again with the rest: the rest gets a message of its own. */
const putLate = async ({ events }: AnalyticsDelivery): Promise<void> => {
  const left = await putIntoStream(events);
  if (left.length === events.length) throw new Error('the stream takes no events');
  if (left.length > 0) await queueDeliveries([{ to: 'stream', events: left }]);
};

/** What cannot be parsed is in the message of the error. */
const reasonOf = (error: unknown): string =>
  error instanceof Error && !(error instanceof SyntaxError) ? error.message : nameOfError(error);

/** What is refused for good does not keep the rest waiting: it lies among the dead letters at once, and can be sent from there. */
const sendOn = async (to: ForwardName, { events }: AnalyticsDelivery): Promise<void> => {
  const { refused, left, failure } = await forward(to, events);
  if (failure !== undefined) writeLog('WARN', 'some events could not be sent on, and will be tried again', { error: reasonOf(failure) });
  if (refused.length > 0) {
    const letters = refused.map(({ event, status }) => ({ to, events: [event], refusedWith: status }));
    await queueDeliveries(letters, requiredVariable(variables.analyticsDeadLetters));
    writeLog('ERROR', 'a service refuses events for good; they lie among the dead letters', {
      to,
      events: refused.map(({ event, status }) => ({ id: event.id, status })),
    });
  }
  await queueDeliveries(left.map((group) => ({ to, events: group })));
};

const handle = async ({ body, receiptHandle, attributes }: SQSRecord): Promise<boolean> => {
  const attempt = Number(attributes.ApproximateReceiveCount);
  try {
    const delivery = JSON.parse(body) as AnalyticsDelivery;
    await (delivery.to === 'stream' ? putLate(delivery) : sendOn(delivery.to, delivery));
    return true;
  } catch (error) {
    writeLog('ERROR', 'events could not be sent on, and will be tried again', { attempt, error: reasonOf(error) });
  }
  if (attempt < analyticsAttempts) await tryDelay(receiptHandle, backOffSeconds(attempt));
  return false;
};

/**
 * The function behind the queue of analytics: puts into the stream what it did not take at once, and sends events on. What fails
 * `analyticsAttempts` times, and what a service refuses, lies among the dead letters.
 */
export const handler = (event: SQSEvent): Promise<SQSBatchResponse> => eachRecord(event, handle);

import { setTimeout as pause } from 'node:timers/promises';
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { DeleteMessageCommand, type Message, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { destinationOf, redriveSource } from '../contracts/event-destinations.ts';
import { countMessages, type DeadLetters, type Redriven } from './events-queues.ts';
import type { EventsTarget } from './events-target.ts';
import { UserError } from './user-error.ts';

/** Nobody else sees a dead letter for so long while it is sent. */
const holdSeconds = 60;
/** An API that refuses at once has done so by then. */
const firstAnswersMs = 2_000;
const note = 'the API is called again: what it does not take comes back within a day';

/** An event as EventBridge puts it aside. */
interface PutAside {
  readonly time: string;
  readonly detail: unknown;
}

const eventOf = ({ Body = '' }: Message, queue: string): PutAside => {
  const given = JSON.parse(Body) as Partial<PutAside>;
  if (given.detail !== undefined && given.time !== undefined) return given as PutAside;
  throw new UserError(`A dead letter of ${queue} is no event.`, `See what it is with "plinth events show ${queue}".`);
};

/** Back on the bus, where only the rule of the destination takes it; it is deleted when the bus has it. */
const sendAgain = async (target: EventsTarget, message: Message, { name, url: QueueUrl }: DeadLetters): Promise<void> => {
  const { time, detail } = eventOf(message, name);
  const entry = { Source: redriveSource, DetailType: destinationOf(name), Detail: JSON.stringify(detail), Time: new Date(time) };
  const { Entries = [] } = await target.eventBridge.send(new PutEventsCommand({ Entries: [{ ...entry, EventBusName: target.busName }] }));
  const [{ ErrorCode: code, ErrorMessage: reason } = {}] = Entries;
  if (code !== undefined)
    throw new UserError(`The bus did not take a dead letter of ${name}: ${reason ?? code}.`, 'It is still there: try again.');
  await target.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
};

/**
 * Has EventBridge call the API of a destination once more with what was put aside. Its answers come later: nobody tells of them but the
 * dead letters.
 *
 * @throws UserError for what is no event, and for what the bus does not take
 */
export const redriveDestination = async (target: EventsTarget, queue: DeadLetters): Promise<Redriven> => {
  const { name, url: QueueUrl } = queue;
  const count = await countMessages(target, QueueUrl);
  let moved = 0;
  // No more than there were: what the API refuses at once is back while this goes on.
  while (moved < count) {
    const MaxNumberOfMessages = Math.min(10, count - moved);
    const { Messages = [] } = await target.sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages, VisibilityTimeout: holdSeconds, WaitTimeSeconds: 1 }),
    );
    if (Messages.length === 0) break;
    await Promise.all(Messages.map((message) => sendAgain(target, message, queue)));
    moved += Messages.length;
  }
  if (moved > 0) await pause(firstAnswersMs);
  const deadLetters = await countMessages(target, QueueUrl);
  return { name, moved, handled: 0, waiting: Math.max(0, moved - deadLetters), deadLetters, ...(moved > 0 && { note }) };
};

import { countMessages, lookAtMessages } from '../../cli/events-queues.ts';
import { redrive } from '../../cli/events-redrive.ts';
import type { WebhookDelivery } from '../../contracts/webhooks.ts';
import type { QueuedDelivery } from '../../contracts/webhooks-table.ts';
import { readDelivery, replayDelivery, untilGivenUp } from './ledger-deliveries.ts';
import { wholeNoteIn } from './ledger-note.ts';
import type { LedgerRun } from './ledger-run.ts';
import { queuesOf } from './ledger-settle.ts';

/** What has not gone through. */
export interface Leftovers {
  /** By the queue of dead letters. */
  readonly deadLetters: Readonly<Record<string, number>>;
  /** Of the log of webhooks. */
  readonly failed: readonly WebhookDelivery[];
  /** The changes whose payload lies whole in one of both. */
  readonly payloads: ReadonlySet<string>;
}

/** A dead letter of the queue of deliveries names what is in their log. */
const contentOf = async (run: LedgerRun, body: string): Promise<unknown> => {
  const letter = JSON.parse(body) as Partial<QueuedDelivery>;
  const { endpointId, deliveryId: id } = letter;
  return endpointId !== undefined && id !== undefined ? readDelivery(run, { endpointId, id }) : letter;
};

/** Looks at all webhooks that were given up, and at all dead letters. */
export const leftoversOf = async (run: LedgerRun, endpointId: string, faultyOneIn: number): Promise<Leftovers> => {
  const deadLetters: Record<string, number> = {};
  const payloads = new Set<string>();
  const keep = (content: unknown): void => {
    const note = wholeNoteIn(content, faultyOneIn);
    if (note !== undefined) payloads.add(note);
  };
  const failed = await untilGivenUp(run, endpointId);
  for (const delivery of failed) keep(await readDelivery(run, delivery));
  const { target } = run.clients;
  for (const { name, url } of await queuesOf(run)) {
    const count = await countMessages(target, url);
    if (count === 0) continue;
    deadLetters[name] = count;
    for (const body of await lookAtMessages(target, url, count)) keep(await contentOf(run, body));
  }
  return { deadLetters, failed, payloads };
};

/** Moves all dead letters back, and sends the webhooks again that were given up. @returns how many of each */
export const bringBack = async (run: LedgerRun, { deadLetters, failed }: Leftovers): Promise<{ moved: number; replayed: number }> => {
  let moved = 0;
  for (const queue of await queuesOf(run)) {
    if (deadLetters[queue.name] !== undefined) moved += (await redrive(run.clients.target, queue, 0)).moved;
  }
  for (const delivery of failed) await replayDelivery(run, delivery);
  return { moved, replayed: failed.length };
};

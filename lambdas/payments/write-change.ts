import type { PaymentsEvents } from '../../contracts/payments.ts';
import { paymentsKeys, type QueuedEvent, rememberedDays, type ToldItem } from '../../contracts/payments-table.ts';
import type { Outcome } from './apply-event.ts';
import { commit, type Key, type Write } from './payments-store.ts';

/** What is told on the bus. */
export type Told = { readonly [T in keyof PaymentsEvents]: { readonly type: T; readonly data: PaymentsEvents[T] } }[keyof PaymentsEvents];

/** What an event of Stripe has changed. */
export interface Change {
  readonly event: QueuedEvent;
  readonly key: Key;
  /** What is kept from now on. */
  readonly item: { readonly userId: string; readonly revision: number };
  readonly told: readonly Told[];
}

const markPlace = 0;

/**
 * Writes a state, the mark that its event has been handled, and what is told of it: all or none, so that each event has one effect
 * however often and wherever it is handled.
 */
export const writeChange = async ({ event, key, item, told }: Change): Promise<Outcome> => {
  const expiresAt = Math.floor(Date.now() / 1_000) + rememberedDays * 86_400;
  const time = new Date().toISOString();
  const mark: Write = { key: paymentsKeys.event(event.id), item: { type: event.type, expiresAt }, when: null };
  const state: Write = { key, item, when: item.revision === 1 ? null : { attribute: 'revision', equals: item.revision - 1 } };
  const outbox = told.map((one, index): Write => {
    const waiting: ToldItem = { event: { ...one, id: `${event.id}-${index}`, time, actor: item.userId }, expiresAt };
    return { key: paymentsKeys.told(event.id, index), item: waiting };
  });
  const refused = await commit([mark, state, ...outbox]);
  if (refused === undefined || refused.has(markPlace)) return 'done';
  return 'overtaken';
};

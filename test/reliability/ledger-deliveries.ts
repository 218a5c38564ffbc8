import { setTimeout as pause } from 'node:timers/promises';
import type { WebhookDelivery } from '../../contracts/webhooks.ts';
import type { LedgerRun } from './ledger-run.ts';

/** A delivery of the run's endpoint. */
export type DeliveryName = Pick<WebhookDelivery, 'id' | 'endpointId'>;

/** Of a delivery that somebody has under way: longer than its lease. */
const leaseSeconds = 35;

/** Reads a delivery with what it sends. */
export const readDelivery = (run: LedgerRun, { endpointId, id }: DeliveryName): Promise<WebhookDelivery> =>
  run.call('GET', `/webhooks/endpoints/${endpointId}/deliveries/${id}`);

/** Sends a delivery again. */
export const replayDelivery = (run: LedgerRun, { endpointId, id }: DeliveryName): Promise<unknown> =>
  run.call('POST', `/webhooks/endpoints/${endpointId}/deliveries/${id}/replay`);

/** All deliveries of an endpoint that have not succeeded. */
const listOpen = async (run: LedgerRun, endpointId: string): Promise<readonly WebhookDelivery[]> => {
  const open: WebhookDelivery[] = [];
  let cursor: string | undefined;
  do {
    const query = new URLSearchParams({ limit: '100', ...(cursor !== undefined && { cursor }) });
    const path = `/webhooks/endpoints/${endpointId}/deliveries?${query}`;
    const page = await run.call<{ readonly items: readonly WebhookDelivery[]; readonly cursor?: string }>('GET', path);
    open.push(...page.items.filter(({ status }) => status !== 'succeeded'));
    cursor = page.cursor;
  } while (cursor !== undefined);
  return open;
};

/** Lets the time of the next attempts come. */
const passToNextAttempt = async (run: LedgerRun, pending: readonly WebhookDelivery[]): Promise<void> => {
  const times = pending.map(({ nextAttemptAt }) => (nextAttemptAt === undefined ? 0 : Date.parse(nextAttemptAt)));
  await run.pass(Math.max(leaseSeconds, Math.ceil((Math.max(...times) - run.now()) / 1_000) + 1));
};

/**
 * Lets all retries of webhooks pass.
 *
 * @returns the deliveries that were given up
 */
export const untilGivenUp = async (run: LedgerRun, endpointId: string): Promise<readonly WebhookDelivery[]> => {
  let open = await listOpen(run, endpointId);
  for (let round = 1; ; round += 1) {
    const pending = open.filter(({ status }) => status === 'pending');
    run.tell(`${open.length} webhooks have not succeeded, ${pending.length} of them wait`);
    if (pending.length === 0) return open;
    if (round > 100) throw new Error(`${pending.length} webhooks are neither delivered nor given up`);
    const attempts = pending.reduce((sum, { attempts: made }) => sum + made.length, 0);
    await passToNextAttempt(run, pending);
    await pause(run.lookMs);
    const seen: WebhookDelivery[] = [];
    for (const delivery of open) seen.push(delivery.status === 'pending' ? await readDelivery(run, delivery) : delivery);
    open = seen.filter(({ status }) => status !== 'succeeded');
    const made = open.reduce((sum, { status, attempts: all }) => sum + (status === 'pending' ? all.length : 0), 0);
    if (made === attempts) await pause(run.lookMs);
  }
};

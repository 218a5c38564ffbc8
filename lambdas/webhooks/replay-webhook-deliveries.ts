import { webhooks } from '@compiled/webhooks';
import { type WebhookReplay, webhookLimits } from '../../contracts/webhooks.ts';
import { callerKey } from '../runtime/caller-key.ts';
import { keptBack } from '../runtime/kept-back.ts';
import type { Action } from '../runtime/request.ts';
import { validationError } from '../runtime/validate-body.ts';
import { cursors } from './cursors.ts';
import { beginReplay } from './deliveries-store.ts';
import { assertEnabled, found } from './endpoint-view.ts';
import { readEndpoint } from './endpoints-store.ts';
import { leastDeliveryId, readId } from './ids.ts';
import { type ReplayedItem, readFailed } from './log-store.ts';
import { queueDeliveries } from './queues-client.ts';
import { readBody } from './read-body.ts';
import { readOn } from './read-on.ts';

/** What is begun together is queued together: SendMessageBatch takes ten. */
const together = 10;
/** Ten must still be able to begin and be queued, and the answer to be sent. */
const reserveMs = 5_000;

const readSince = (since: string, nowMs: number): number => {
  const sinceMs = Date.parse(since);
  if (sinceMs <= nowMs) return sinceMs;
  throw validationError([{ pointer: '/since', code: 'invalid_value', detail: 'The time is to come. Give one that has passed.' }]);
};

/** @returns whether it is to be queued: what a request that ended midway has begun is, too; what another one begins right now is not */
const begin = async (endpointId: string, item: ReplayedItem, nowMs: number): Promise<boolean> => {
  if (item.status === 'pending') return true;
  const refusal = await beginReplay({ endpointId, item, nowMs, expiresAt: Math.ceil(nowMs / 1_000) + webhooks.logDays * 86_400 });
  return refusal === undefined;
};

/** @returns how many were queued */
const replayTogether = async (endpointId: string, items: readonly ReplayedItem[]): Promise<number> => {
  const nowMs = Date.now();
  const isBegun = await Promise.all(items.map((item) => begin(endpointId, item, nowMs)));
  const begun = items.filter((_, index) => isBegun[index]);
  await queueDeliveries(begun.map(({ sk: deliveryId, attempted }) => ({ endpointId, deliveryId, attempted })));
  return begun.length;
};

/** POST: sends failed deliveries again, the oldest first, as many as one request may. */
export const replayWebhookDeliveries: Action = async (request) => {
  const { caller, routeKey, remainingMs } = request;
  const endpointId = readId(request.path['id']);
  const { since, cursor } = readBody('replayWebhookDeliveries', request);
  const nowMs = Date.now();
  const sinceMs = readSince(since, nowMs);
  const binding = JSON.stringify([routeKey, endpointId, sinceMs, callerKey(caller)]);
  const after = cursor === undefined ? undefined : String(await cursors.open(binding, cursor));
  assertEnabled(found(await readEndpoint(endpointId)));
  const least = leastDeliveryId(sinceMs);
  const read = (limit: number, from: string | undefined) => readFailed({ endpointId, limit, after: from }, least, nowMs);
  const { items, last } = await readOn(read, { wanted: webhookLimits.replays, after, remainingMs });
  const keptMs = keptBack(remainingMs(), reserveMs);
  let replayed = 0;
  let done = 0;
  while (done < items.length && (done === 0 || remainingMs() > keptMs)) {
    const next = items.slice(done, done + together);
    replayed += await replayTogether(endpointId, next);
    done += next.length;
  }
  const position = done < items.length ? items[done - 1]?.sk : last;
  const body: WebhookReplay = { replayed, ...(position !== undefined && { cursor: await cursors.seal(binding, position) }) };
  return { body };
};

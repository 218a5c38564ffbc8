import type { WebhookDelivery, WebhookEndpoint, WebhookReplay } from '../contracts/webhooks.ts';
import { timeOf } from './option-values.ts';
import { UserError } from './user-error.ts';
import { ask, RefusedError, type WebhooksTarget } from './webhooks-target.ts';
import { endpointState } from './webhooks-text.ts';

const assertEnabled = (endpoint: WebhookEndpoint): void => {
  if (endpoint.enabled) return;
  throw new UserError(
    `Nothing is sent to ${endpoint.url}: it is ${endpointState(endpoint)}.`,
    `When it works again, run "plinth webhooks enable ${endpoint.id}" first.`,
  );
};

/** What has failed before the end of a replay does not undo what it has begun. */
const endedMidway = (cause: unknown, replayed: number): unknown => {
  if (replayed === 0 || !(cause instanceof Error)) return cause;
  return new UserError(
    `The replay ended midway: ${cause.message} Before that, ${replayed} deliveries were put on their way.`,
    'Run the command again: it sends the rest, and nothing twice.',
    { cause },
  );
};

/**
 * Sends all that has failed of what happened since a time, as many requests as it takes.
 *
 * @returns how many deliveries are on their way again
 */
export const replayFailed = async (target: WebhooksTarget, endpoint: WebhookEndpoint, text: string): Promise<number> => {
  const since = timeOf(text, '--since').toISOString();
  assertEnabled(endpoint);
  let replayed = 0;
  let cursor: string | undefined;
  do {
    const request = { method: 'POST', path: `/${endpoint.id}/replay`, body: { since, cursor } };
    const answer: WebhookReplay = await ask<WebhookReplay>(target, request).catch((error: unknown) => {
      throw endedMidway(error, replayed);
    });
    replayed += answer.replayed;
    cursor = answer.cursor;
  } while (cursor !== undefined);
  return replayed;
};

/** Sends one delivery again, whatever has come of it. */
export const replayOne = async (target: WebhooksTarget, endpoint: WebhookEndpoint, id: string): Promise<WebhookDelivery> => {
  assertEnabled(endpoint);
  try {
    return await ask<WebhookDelivery>(target, { method: 'POST', path: `/${endpoint.id}/deliveries/${encodeURIComponent(id)}/replay` });
  } catch (cause) {
    if (!(cause instanceof RefusedError) || (cause.code !== 'not_found' && cause.code !== 'invalid_id')) throw cause;
    throw new UserError(
      `The log has no delivery ${id} to ${endpoint.url}.`,
      `List those that there are with "plinth webhooks deliveries ${endpoint.id}"; the log lets go of them after some time (logDays).`,
      { cause },
    );
  }
};

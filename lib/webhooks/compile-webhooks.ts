import { type CompiledWebhooks, passesFilter, typeFilterPattern, type WebhooksOptions } from '../../contracts/webhooks-options.ts';

const checkWhole = (name: string, value: number, least: number, most: number): number => {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new Error(`webhooks.${name} is ${value}: use a whole number from ${least} to ${most}`);
};

/** @param known all event types that there are */
const typesOf = (events: readonly string[], known: readonly string[]): readonly string[] => {
  if (events.length === 0) throw new Error('webhooks.events is empty, so that nothing is sent: name event types, or leave it out for all');
  for (const type of events) {
    if (!typeFilterPattern.test(type) || type.startsWith('webhook.')) {
      throw new Error(`webhooks.events has ${JSON.stringify(type)}: use types as Note.created, Note.* or *, and none of webhook.*`);
    }
    if (type !== '*' && !known.some((one) => passesFilter(one, type))) {
      throw new Error(`webhooks.events has ${JSON.stringify(type)}, which never happens: use types as ${known.slice(0, 5).join(', ')}`);
    }
  }
  return known.filter((type) => events.some((filter) => passesFilter(type, filter)));
};

/**
 * Webhooks as the handlers know them.
 *
 * @param known all event types that there are
 * @throws Error that names the option, shows the value and says what to do
 */
export const compileWebhooks = (
  { events, maxEndpoints, disableAfterDays, logDays }: WebhooksOptions,
  known: readonly string[],
): CompiledWebhooks => ({
  types: typesOf(events ?? ['*'], known),
  // All of them are read with one Query, which gives 1 MB.
  maxEndpoints: checkWhole('maxEndpoints', maxEndpoints ?? 20, 1, 100),
  disableAfterDays: checkWhole('disableAfterDays', disableAfterDays ?? 5, 1, 365),
  // Longer than events come back: a delivery in the log is what keeps an event from being sent twice.
  logDays: checkWhole('logDays', logDays ?? 30, 15, 365),
});

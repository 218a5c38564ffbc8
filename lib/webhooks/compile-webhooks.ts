import { type CompiledWebhooks, typeFilterPattern, type WebhooksOptions } from '../../contracts/webhooks-options.ts';

const checkWhole = (name: string, value: number, least: number, most: number): number => {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new Error(`webhooks.${name} is ${value}: use a whole number from ${least} to ${most}`);
};

const checkEvents = (events: readonly string[]): readonly string[] => {
  if (events.length === 0) throw new Error('webhooks.events is empty, so that nothing is sent: name event types, or leave it out for all');
  for (const type of events) {
    if (!typeFilterPattern.test(type) || type.startsWith('webhook.')) {
      throw new Error(`webhooks.events has ${JSON.stringify(type)}: use types as Note.created, Note.* or *, and none of webhook.*`);
    }
  }
  return events;
};

/**
 * Webhooks as the handlers know them.
 *
 * @throws Error that names the option, shows the value and says what to do
 */
export const compileWebhooks = ({ events, maxEndpoints, disableAfterDays, logDays }: WebhooksOptions): CompiledWebhooks => ({
  events: checkEvents(events ?? ['*']),
  // All of them are read with one Query, which gives 1 MB.
  maxEndpoints: checkWhole('maxEndpoints', maxEndpoints ?? 20, 1, 100),
  disableAfterDays: checkWhole('disableAfterDays', disableAfterDays ?? 5, 1, 365),
  // Longer than events come back: a delivery in the log is what keeps an event from being sent twice.
  logDays: checkWhole('logDays', logDays ?? 30, 15, 365),
});

import type { WebhookDelivery, WebhookEndpoint } from '../contracts/webhooks.ts';

const reasons = { admin: 'by an admin', gone: 'since it answered 410', failing: 'since it failed for too long' } as const;

/** Whether an endpoint gets anything, in words. */
export const endpointState = ({ enabled, disabledReason }: WebhookEndpoint): string => {
  if (enabled) return 'enabled';
  return disabledReason === undefined ? 'disabled' : `disabled ${reasons[disabledReason]}`;
};

const times = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;

/** An endpoint in two lines. */
export const endpointLines = (endpoint: WebhookEndpoint): readonly string[] => {
  const { id, url, description, events, failingSince, failures } = endpoint;
  const facts = [
    endpointState(endpoint),
    `events ${events.join(', ')}`,
    ...(failingSince === undefined ? [] : [`failing since ${failingSince} (${times(failures, 'attempt')})`]),
    ...(description === undefined ? [] : [description]),
  ];
  return [`  ${id}  ${url}`, `    ${facts.join('; ')}`];
};

const attemptsOf = ({ attempts, attemptsLeftOut = 0, status, nextAttemptAt }: WebhookDelivery): string => {
  const { status: answered, error } = attempts.at(-1) ?? {};
  const last = answered ?? error;
  return [
    times(attempts.length + attemptsLeftOut, 'attempt'),
    ...(last === undefined || status === 'succeeded' ? [] : [`the last: ${last}`]),
    ...(nextAttemptAt === undefined ? [] : [`the next: ${nextAttemptAt}`]),
  ].join(', ');
};

/** Deliveries, a line each, in columns. */
export const deliveryLines = (deliveries: readonly WebhookDelivery[]): readonly string[] => {
  const width = Math.max(0, ...deliveries.map(({ type }) => type.length));
  return deliveries.map((delivery) => {
    const { id, createdAt, type, status } = delivery;
    return `  ${id}  ${createdAt}  ${type.padEnd(width)}  ${status.padEnd('succeeded'.length)}  ${attemptsOf(delivery)}`;
  });
};

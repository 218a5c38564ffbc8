import { analytics } from '@compiled/analytics';
import { type AnalyticsReceipt, analyticsLimits } from '../../contracts/analytics.ts';
import type { AnalyticsDelivery } from '../../contracts/analytics-deliveries.ts';
import type { ForwardName } from '../../contracts/analytics-options.ts';
import type { AnalyticsRequest } from '../../contracts/analytics-schemas.ts';
import { ApiError } from '../../contracts/errors.ts';
import type { Action, ApiReply, Caller } from '../runtime/request.ts';
import { validationError } from '../runtime/validate-body.ts';
import { checkEvents } from './check-events.ts';
import { readConsentOf } from './consents-store.ts';
import { queueDeliveries } from './deliveries-queue.ts';
import { readBody } from './read-body.ts';
import { putIntoStream } from './stream-client.ts';

type Input = AnalyticsRequest<'recordEvents'>;

const forwardNames = Object.keys(analytics.forward) as readonly ForwardName[];

const assertSmall = (rawBody: string): void => {
  const bytes = Buffer.byteLength(rawBody);
  if (bytes <= analyticsLimits.requestBytes) return;
  const detail = `The events have ${bytes} bytes, and ${analyticsLimits.requestBytes} are allowed. Send them in several requests.`;
  throw new ApiError('body_too_large', detail);
};

const assertNamed = ({ consent, anonymousId }: Input, caller: Caller): void => {
  const missing = (pointer: string, detail: string) => validationError([{ pointer, code: 'required', detail }]);
  if (analytics.consent === 'required' && consent === undefined)
    throw missing('/consent', 'Say whether there is consent: true, or false and nothing is taken.');
  if (caller.kind === 'guest' && anonymousId === undefined)
    throw missing('/anonymousId', 'Without an access token, name the device or the visit.');
};

const isWilling = async ({ consent }: Input, caller: Caller): Promise<boolean> => {
  if (consent === false) return false;
  return caller.kind !== 'user' || (await readConsentOf(caller.id)) !== false;
};

const reply = (accepted: number): ApiReply => ({ body: { accepted } satisfies AnalyticsReceipt });

/** POST: takes events, all or none. Who waits for nothing but Firehose and a queue is not kept waiting by a service outside. */
export const recordEvents: Action = async (request) => {
  const { caller, rawBody } = request;
  if (caller.kind === 'guest' && !analytics.guests)
    throw new ApiError(
      'unauthenticated',
      'Log in first: events of guests are not taken. Send an access token in the Authorization header.',
    );
  assertSmall(rawBody);
  const body = readBody('recordEvents', request);
  assertNamed(body, caller);
  const events = checkEvents(body, caller);
  if (!(await isWilling(body, caller))) return reply(0);
  const late = await putIntoStream(events);
  const deliveries: readonly AnalyticsDelivery[] = [
    ...(late.length > 0 ? [{ to: 'stream' as const, events: late }] : []),
    ...forwardNames.map((to) => ({ to, events })),
  ];
  await queueDeliveries(deliveries);
  return reply(events.length);
};

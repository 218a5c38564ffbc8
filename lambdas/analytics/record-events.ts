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
import { splitSubject } from './subject.ts';

type Input = AnalyticsRequest<'recordEvents'>;

const forwardNames = Object.keys(analytics.forward) as readonly ForwardName[];

const assertSmall = (text: string, most: number): void => {
  const bytes = Buffer.byteLength(text);
  if (bytes <= most) return;
  const detail = `The events have ${bytes} bytes, and ${most} are allowed. Send them in several requests.`;
  throw new ApiError('body_too_large', detail);
};

/** Of whom events are, and who sends them. */
interface Source {
  readonly caller: Caller;
  readonly userId: string | undefined;
}

const assertNamed = ({ consent, anonymousId }: Input, { caller, userId }: Source): void => {
  const missing = (pointer: string, detail: string) => validationError([{ pointer, code: 'required', detail }]);
  const hasSaid = caller.kind === 'system' && userId !== undefined;
  if (analytics.consent === 'required' && consent === undefined && !hasSaid)
    throw missing('/consent', 'Say whether there is consent: true, or false and nothing is taken.');
  if (userId !== undefined || anonymousId !== undefined) return;
  if (caller.kind === 'guest') throw missing('/anonymousId', 'Without an access token, name the device or the visit.');
  throw missing('/userId', 'Name the user whom the events are about, or by anonymousId the device or the visit.');
};

/** A no of the user always counts. The system, whom nobody tells of consent, goes by what the user has said. */
const isWilling = async ({ consent }: Input, { userId }: Source): Promise<boolean> => {
  if (consent === false) return false;
  if (userId === undefined) return true;
  const said = await readConsentOf(userId);
  return said ?? (consent === true || analytics.consent === 'assumed');
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
  assertSmall(rawBody, analyticsLimits.requestBytes);
  const { fields, userId } = splitSubject(caller, request.body);
  const body = readBody('recordEvents', fields);
  const source = { caller, userId };
  assertNamed(body, source);
  const events = checkEvents(body, userId);
  assertSmall(JSON.stringify(events), analyticsLimits.storedBytes);
  if (!(await isWilling(body, source))) return reply(0);
  const late = await putIntoStream(events);
  const deliveries: readonly AnalyticsDelivery[] = [
    ...(late.length > 0 ? [{ to: 'stream' as const, events: late }] : []),
    ...forwardNames.map((to) => ({ to, events })),
  ];
  await queueDeliveries(deliveries);
  return reply(events.length);
};

import { analytics, eventValidators } from '@compiled/analytics';
import type { AnalyticsEvent } from '../../contracts/analytics.ts';
import type { AnalyticsRequest } from '../../contracts/analytics-schemas.ts';
import { ApiError, type FieldError } from '../../contracts/errors.ts';
import { validateBody, validationError } from '../runtime/validate-body.ts';
import { redact } from './redact.ts';

type Input = AnalyticsRequest<'recordEvents'>;
type InputEvent = Input['events'][number];

const pii: ReadonlySet<string> = new Set(analytics.pii);

const faultsOf = ({ type, properties }: InputEvent, index: number): readonly FieldError[] => {
  const validator = Object.hasOwn(eventValidators, type) ? eventValidators[type] : undefined;
  if (validator === undefined) {
    const detail = `There is no such type. There are ${Object.keys(eventValidators).join(', ')}.`;
    return [{ pointer: `/events/${index}/type`, code: 'invalid_value', detail }];
  }
  try {
    validateBody(validator, properties);
    return [];
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return (error.errors ?? []).map((each) => ({ ...each, pointer: `/events/${index}/properties${each.pointer}` }));
  }
};

/** An app's clock may be ahead; an event of tomorrow would be looked for in vain. */
const timeOf = (at: string | undefined, nowMs: number): string =>
  new Date(at === undefined ? nowMs : Math.min(Date.parse(at), nowMs)).toISOString();

/**
 * The events of a request as they are stored, with who they are of and without personal data.
 *
 * @throws ApiError `validation_failed` with the faults of all events; none is taken then
 */
export const checkEvents = ({ events, anonymousId }: Input, userId: string | undefined): readonly AnalyticsEvent[] => {
  const filled = events.map((event) => ({ ...event, properties: { ...event.properties } }));
  const faults = filled.flatMap(faultsOf);
  if (faults.length > 0) throw validationError(faults);
  const nowMs = Date.now();
  return filled.map(({ id, type, at, properties }) => ({
    id: id ?? crypto.randomUUID(),
    type,
    at: timeOf(at, nowMs),
    receivedAt: new Date(nowMs).toISOString(),
    ...(userId !== undefined && { userId }),
    ...(anonymousId !== undefined && { anonymousId }),
    properties: redact(properties, pii),
  }));
};

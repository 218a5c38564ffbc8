import { eventValidators } from '@compiled/own-events';
import { ApiError, type FieldError } from '../../contracts/errors.ts';
import { type BackendEvent, eventLimits } from '../../contracts/events.ts';
import { eventBytes, putEvents, type Unsent } from './event-bus-client.ts';
import { newId } from './new-id.ts';
import { validateBody, validationError } from './validate-body.ts';

/** An event of the definition's own, as a function gives it. */
export interface OwnEvent {
  readonly type: string;
  readonly data: unknown;
  /** @default a new one */
  readonly id?: string;
}

/** So many events are under way at once: some fifty requests, as many connections as the SDK opens. */
const eventsAtOnce = 500;

/** Whose doing an event is. */
export interface EventOrigin {
  /** The event that is handled. */
  readonly handled?: Pick<BackendEvent, 'id' | 'depth'>;
  /** The `sub` of the user for whom it is done. */
  readonly actor?: string;
}

/**
 * Makes an event whose data fits the schema of its type.
 *
 * @throws ApiError `validation_failed` for data that does not fit, `forbidden` for a type that the function may not send
 * @throws Error beyond the depth at which events that lead to events end
 */
export const ownEvent = ({ type, data, id }: OwnEvent, { handled, actor }: EventOrigin): BackendEvent => {
  const validator = Object.hasOwn(eventValidators, type) ? eventValidators[type] : undefined;
  if (validator === undefined) {
    throw new ApiError('forbidden', `The function may not send ${type}: name it in use.events(…) of its access.`);
  }
  const copy: unknown = structuredClone(data);
  validateBody(validator, copy);
  const depth = handled === undefined ? 0 : handled.depth + 1;
  if (depth > eventLimits.maxDepth) {
    throw new Error(`events have led to events ${eventLimits.maxDepth} times: does the handling of ${type} lead to itself?`);
  }
  const nowMs = Date.now();
  return {
    id: id ?? newId(nowMs),
    type,
    time: new Date(nowMs).toISOString(),
    depth,
    ...(handled !== undefined && { cause: handled.id }),
    ...(actor !== undefined && { actor }),
    data: copy,
  };
};

/** The events of a list, each checked before any is sent. A fault says in which it is. */
const ownEvents = (events: readonly OwnEvent[], origin: EventOrigin): readonly BackendEvent[] =>
  events.map((event, index) => {
    try {
      return ownEvent(event, origin);
    } catch (error) {
      if (events.length === 1 || !(error instanceof ApiError) || error.errors === undefined) throw error;
      throw validationError(error.errors.map((fault) => ({ ...fault, pointer: `/${index}/data${fault.pointer}` })));
    }
  });

const assertFit = (events: readonly BackendEvent[]): void => {
  const large = events.find((event) => eventBytes(event) > eventLimits.entryBytes);
  if (large !== undefined) throw new ApiError('body_too_large', `${large.type} is too large for an event.`);
};

const faultOf = (events: readonly BackendEvent[], { event, code }: Unsent): FieldError => ({
  pointer: `/${events.indexOf(event)}`,
  code: 'unavailable',
  detail: `The bus did not take it (${code}).`,
});

/**
 * Sends events of the definition's own, up to ten in a request. None is sent before all are checked.
 *
 * @throws ApiError `validation_failed`, `forbidden`, `body_too_large`; `unavailable` where the bus does not take some after several
 * tries: `errors` tells which, and the others are on it
 */
export const sendOwnEvents = async (own: readonly OwnEvent[], origin: EventOrigin = {}): Promise<void> => {
  const events = ownEvents(own, origin);
  assertFit(events);
  const unsent: Unsent[] = [];
  for (let sent = 0; sent < events.length; sent += eventsAtOnce) {
    unsent.push(...(await putEvents(events.slice(sent, sent + eventsAtOnce))));
  }
  const [first] = unsent;
  if (first === undefined) return;
  const more = events.length > 1 ? ` ${events.length - unsent.length} of ${events.length} events are on it.` : '';
  throw new ApiError('unavailable', `${first.event.type} was not taken by the bus (${first.code}).${more}`, {
    errors: unsent.map((one) => faultOf(events, one)),
  });
};

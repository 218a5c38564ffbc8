import { eventValidators } from '@compiled/own-events';
import { ApiError } from '../../contracts/errors.ts';
import { type BackendEvent, eventLimits } from '../../contracts/events.ts';
import { putEvents } from './event-bus-client.ts';
import { newId } from './new-id.ts';
import { validateBody } from './validate-body.ts';

/** An event of the definition's own, as a function gives it. */
export interface OwnEvent {
  readonly type: string;
  readonly data: unknown;
}

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
export const ownEvent = ({ type, data }: OwnEvent, { handled, actor }: EventOrigin): BackendEvent => {
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
    id: newId(nowMs),
    type,
    time: new Date(nowMs).toISOString(),
    depth,
    ...(handled !== undefined && { cause: handled.id }),
    ...(actor !== undefined && { actor }),
    data: copy,
  };
};

/**
 * Sends events of the definition's own.
 *
 * @throws ApiError `validation_failed`, `forbidden`, `unavailable` where the bus does not take them
 */
export const sendOwnEvents = async (events: readonly OwnEvent[], origin: EventOrigin = {}): Promise<void> => {
  const [unsent] = await putEvents(events.map((event) => ownEvent(event, origin)));
  if (unsent === undefined) return;
  const fault = unsent.code === 'EntryTooLarge' ? 'is too large for an event' : `was not taken by the bus (${unsent.code})`;
  throw new ApiError(unsent.isFinal ? 'body_too_large' : 'unavailable', `${unsent.event.type} ${fault}.`);
};

import { definition } from '@compiled/function';
import { type EventOrigin, type OwnEvent, sendOwnEvents } from '../runtime/own-events.ts';
import { validationError } from '../runtime/validate-body.ts';
import { type RunIds, uuidOf } from './run-ids.ts';

/** An event that a function tells, and what makes telling it again the same event. */
interface PublishedEvent extends OwnEvent {
  readonly key?: string;
}

const keyOf = ({ key }: PublishedEvent): string | undefined => {
  if (key === undefined || (typeof key === 'string' && key !== '')) return key;
  throw validationError([{ pointer: '/key', code: 'invalid_value', detail: 'Expected a text that is not empty.' }]);
};

/** Telling of events, in whose doing they are. */
export const createEvents = (origin: EventOrigin, ids: RunIds) => {
  const send = async (events: readonly PublishedEvent[]): Promise<void> => {
    const named = events.map(({ type, data, ...rest }) => {
      const key = keyOf(rest as PublishedEvent);
      return { type, data, id: key === undefined ? ids.take(type, data) : uuidOf(definition.name, type, key) };
    });
    try {
      await sendOwnEvents(named, origin);
    } catch (error) {
      ids.giveBack(named.map(({ id }) => id));
      throw error;
    }
  };
  return {
    publish: (type: string, data: unknown, { key }: { readonly key?: string } = {}): Promise<void> =>
      send([{ type, data, ...(key !== undefined && { key }) }]),
    publishAll: (events: readonly PublishedEvent[]): Promise<void> => send(events),
  };
};

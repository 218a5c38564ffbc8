import { type EventOrigin, sendOwnEvents } from '../runtime/own-events.ts';

/** Telling of events, in whose doing they are. */
export const createEvents = (origin: EventOrigin) => ({
  publish: (type: string, data: unknown): Promise<void> => sendOwnEvents([{ type, data }], origin),
});

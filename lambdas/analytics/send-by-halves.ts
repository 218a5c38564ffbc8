import type { AnalyticsEvent } from '../../contracts/analytics.ts';

type Events = readonly AnalyticsEvent[];

/** Answers that would be the same the next time: something about the events, or how many there are. */
const refusals: ReadonlySet<number> = new Set([400, 413, 422]);
/** Of one run. To find one event among a hundred takes fifteen. */
const maxRequests = 40;
/** No request begins later in a run, so that the last one can end within the function's time. */
const lastBeginMs = 35_000;

/** Events in groups of so many. */
export const chunksOf = (events: Events, size: number): readonly Events[] =>
  Array.from({ length: Math.ceil(events.length / size) }, (_, index) => events.slice(index * size, (index + 1) * size));

/** An event that a service does not take, whenever it is sent. */
export interface RefusedEvent {
  readonly event: AnalyticsEvent;
  /** Of the answer. */
  readonly status: number;
}

/** What came of events. */
export interface Sent {
  readonly refused: readonly RefusedEvent[];
  /** What is still to be sent. Each group goes its own way, so that what was found out about it is not lost. */
  readonly left: readonly Events[];
  /** Why there was an end to it, where that is not how much was done. */
  readonly failure?: unknown;
}

/** Sends events, and gives the status of the answer. */
export type Send = (events: Events) => Promise<number>;

/** What of a group comes next, and what is refused. */
const sendGroup = async (to: string, group: Events, send: Send): Promise<Sent> => {
  const status = await send(group);
  if (status >= 200 && status < 300) return { refused: [], left: [] };
  if (!refusals.has(status)) throw new Error(`${to} answered ${status}`);
  if (group.length === 1) return { refused: group.map((event) => ({ event, status })), left: [] };
  return { refused: [], left: chunksOf(group, Math.ceil(group.length / 2)) };
};

/**
 * Sends groups of events, and the halves of a group that is refused, until each event is taken, refused alone, or the run has done
 * enough.
 *
 * @param to the service's name, for the error
 * @throws Error where the very first request fails otherwise: all is as it was
 */
export const sendByHalves = async (to: string, groups: readonly Events[], send: Send): Promise<Sent> => {
  const endMs = performance.now() + lastBeginMs;
  const refused: RefusedEvent[] = [];
  let left = groups;
  for (let requests = 0; requests < maxRequests && performance.now() < endMs; requests += 1) {
    const [group, ...others] = left;
    if (group === undefined) break;
    try {
      const sent = await sendGroup(to, group, send);
      refused.push(...sent.refused);
      left = [...sent.left, ...others];
    } catch (failure) {
      if (requests === 0) throw failure;
      return { refused, left, failure };
    }
  }
  return { refused, left };
};

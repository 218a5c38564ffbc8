import type { AnalyticsClient, RecordOptions, TrackedEvent } from '../../client/analytics.ts';
import type { RunIds } from './run-ids.ts';

type Events = readonly TrackedEvent<unknown>[];

/** Analytics whose events have ids of the run, so that a run which is tried again counts nothing twice. */
export const withIds = (analytics: Pick<AnalyticsClient, 'record'>, ids: RunIds) => ({
  record: async (events: Events, options: RecordOptions = {}) => {
    const { signal: _, ...about } = options;
    const named = events.map((event) => ({ ...event, id: event.id ?? ids.take('analytics', event.type, event.properties, about) }));
    try {
      return await analytics.record(named, options);
    } catch (error) {
      ids.giveBack(named.map(({ id }) => id));
      throw error;
    }
  },
});

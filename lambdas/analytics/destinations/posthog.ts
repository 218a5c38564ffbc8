import type { Destination } from '../destination.ts';

/** PostHog, `batch`: `uuid` keeps what is sent twice from counting twice. */
export const posthog = (origin: string): Destination => ({
  origin,
  secret: ['apiKey'],
  request: (events, { apiKey }) => ({
    path: '/batch/',
    body: {
      api_key: apiKey,
      batch: events.map(({ id, type, at, userId, anonymousId, properties }) => ({
        event: type,
        uuid: id,
        timestamp: at,
        distinct_id: userId ?? anonymousId,
        // Who is not known gets no profile.
        properties: { ...properties, $process_person_profile: userId !== undefined },
      })),
    },
  }),
});

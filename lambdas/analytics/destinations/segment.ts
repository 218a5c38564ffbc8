import type { Destination } from '../destination.ts';

/** Segment, HTTP Tracking API, `batch`: `messageId` keeps what is sent twice from counting twice. */
export const segment: Destination = {
  origin: 'https://api.segment.io',
  secret: ['writeKey'],
  request: (events, { writeKey }) => ({
    path: '/v1/batch',
    headers: { authorization: `Basic ${Buffer.from(`${writeKey}:`).toString('base64')}` },
    body: {
      batch: events.map(({ id, type, at, userId, anonymousId, properties }) => ({
        type: 'track',
        event: type,
        messageId: id,
        timestamp: at,
        userId,
        anonymousId,
        properties,
      })),
    },
  }),
};

import type { AnalyticsEvent } from '../../../contracts/analytics.ts';
import type { Destination } from '../destination.ts';

// Bounds: "Measurement Protocol", "Limitations".
const maxParams = 25;
const nameLength = 40;
const valueLength = 100;

/** Letters, digits and `_`. */
const nameOf = (text: string): string => text.replace(/[^A-Za-z0-9_]/g, '_').slice(0, nameLength);

const paramOf = (value: unknown): string | number | undefined => {
  if (typeof value === 'string') return value.slice(0, valueLength);
  if (typeof value === 'boolean') return value ? 1 : 0;
  return typeof value === 'number' ? value : undefined;
};

/** Google Analytics has no lists or objects in parameters: those are left out. */
const paramsOf = (properties: AnalyticsEvent['properties']): Readonly<Record<string, string | number>> =>
  Object.fromEntries(
    Object.entries(properties)
      .flatMap(([name, value]) => {
        const known = paramOf(value);
        return known === undefined ? [] : [[nameOf(name), known] as const];
      })
      .slice(0, maxParams),
  );

/** Google Analytics 4, Measurement Protocol. It knows no ids: an event that is sent twice counts twice. */
export const ga4: Destination = {
  origin: 'https://www.google-analytics.com',
  secret: ['measurementId', 'apiSecret'],
  eventsOfRequest: 25,
  request: (events, { measurementId = '', apiSecret = '' }) => {
    const [{ userId, anonymousId } = {}] = events;
    const query = new URLSearchParams({ measurement_id: measurementId, api_secret: apiSecret });
    return {
      path: `/mp/collect?${query}`,
      body: {
        client_id: anonymousId ?? userId,
        user_id: userId,
        events: events.map(({ type, at, properties }) => ({
          name: nameOf(type),
          timestamp_micros: Date.parse(at) * 1_000,
          params: paramsOf(properties),
        })),
      },
    };
  },
};

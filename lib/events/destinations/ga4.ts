import type { BodyTemplate, DestinationOptions, EventPlace } from '../../../contracts/event-destinations.ts';

/** Events as Google Analytics 4 takes them. */
export interface Ga4Options extends Pick<DestinationOptions, 'types' | 'when' | 'ratePerSecond' | 'secretRevision'> {
  /** The secret holds JSON `{ "key" }`: the API secret of the Measurement Protocol. */
  readonly secretName: string;
  /** `G-…`, as every page of the app tells it. */
  readonly measurementId: string;
  /** What all these events are called there, as `purchase`: Google takes no dots, and EventBridge rewrites no names. */
  readonly name: string;
  /** Who it happened to: `from('data.userId')` of a payment, `from('data.new.owner')` of a record. */
  readonly userId: EventPlace;
  /** What is told of it: texts of 100 characters and numbers, 25 at most. @default nothing */
  readonly params?: Readonly<Record<string, BodyTemplate>>;
}

/** "Measurement Protocol", "Limitations". */
const eventName = /^[A-Za-z][A-Za-z0-9_]{0,39}$/;
const maxParams = 25;

/**
 * Sends events to Google Analytics 4 by the Measurement Protocol. It knows no ids, so that an event that comes twice counts twice, and
 * it answers with 204 to what it does not take.
 *
 * @throws Error for a name or parameters that Google does not take
 */
export const ga4 = ({ secretName, measurementId, name, userId, params = {}, ...rest }: Ga4Options): DestinationOptions => {
  if (!eventName.test(name)) throw new Error(`ga4 has the name ${JSON.stringify(name)}: use at most 40 letters, digits and _, as purchase`);
  if (Object.keys(params).length > maxParams) throw new Error(`ga4 has ${Object.keys(params).length} params: use at most ${maxParams}`);
  return {
    ...rest,
    url: 'https://www.google-analytics.com/mp/collect',
    authorization: { kind: 'query', name: 'api_secret', secretName },
    query: { measurement_id: measurementId },
    body: { client_id: userId, user_id: userId, events: [{ name, params }] },
  };
};

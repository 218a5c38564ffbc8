import { type BodyTemplate, type DestinationOptions, type EventPlace, from } from '../../../contracts/event-destinations.ts';

/** Events as PostHog takes them. */
export interface PosthogOptions extends Pick<DestinationOptions, 'types' | 'when' | 'ratePerSecond' | 'secretRevision'> {
  /** The secret holds JSON `{ "key" }`: the API key of a project. */
  readonly secretName: string;
  /** `https://eu.i.posthog.com`, `https://us.i.posthog.com` or your own. */
  readonly host: string;
  /** Who it happened to: `from('data.userId')` of a payment, `from('data.new.owner')` of a record. */
  readonly userId: EventPlace;
  /** What is told of it. @default nothing but its type, time and id */
  readonly properties?: Readonly<Record<string, BodyTemplate>>;
}

/** Sends events to PostHog. Its `uuid` takes not every id, so that an event that comes twice counts twice; `eventId` tells them apart. */
export const posthog = ({ secretName, host, userId, properties = {}, ...rest }: PosthogOptions): DestinationOptions => ({
  ...rest,
  url: `${host}/i/v0/e/`,
  authorization: { kind: 'body', name: 'api_key', secretName },
  body: { event: from('type'), timestamp: from('time'), distinct_id: userId, properties: { eventId: from('id'), ...properties } },
});

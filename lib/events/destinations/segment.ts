import { type BodyTemplate, type DestinationOptions, type EventPlace, from } from '../../../contracts/event-destinations.ts';

/** Events as Segment takes them. */
export interface SegmentOptions extends Pick<DestinationOptions, 'types' | 'when' | 'ratePerSecond' | 'secretRevision'> {
  /** The secret holds JSON `{ "key" }`: the write key of an HTTP source. */
  readonly secretName: string;
  /** Who it happened to: `from('data.userId')` of a payment, `from('data.new.owner')` of a record. */
  readonly userId: EventPlace;
  /** What is told of it. @default nothing but its type and time */
  readonly properties?: Readonly<Record<string, BodyTemplate>>;
}

/** Sends events to Segment as `track`. An event that comes twice counts once, by its `messageId`. */
export const segment = ({ secretName, userId, properties = {}, ...rest }: SegmentOptions): DestinationOptions => ({
  ...rest,
  url: 'https://api.segment.io/v1/track',
  authorization: { kind: 'body', name: 'writeKey', secretName },
  body: { event: from('type'), messageId: from('id'), timestamp: from('time'), userId, properties },
});

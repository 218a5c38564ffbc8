import type { AnyFilter } from './filter.ts';

/** Where a value is in an event: `data.new.total` of a record, `data.userId` of a payment. */
export type EventPath = 'id' | 'type' | 'time' | 'depth' | 'cause' | 'actor' | 'data' | `data.${string}`;

/** A value that is taken from each event. */
export interface EventPlace {
  readonly kind: 'from';
  readonly path: EventPath;
}

/** Takes a value from the event, for what a {@link DestinationOptions} sends: `{ total: from('data.new.total') }`. */
export const from = (path: EventPath): EventPlace => ({ kind: 'from', path });

/** JSON in which {@link from} stands for values of the event. */
export type BodyTemplate =
  | EventPlace
  | string
  | number
  | boolean
  | null
  | readonly BodyTemplate[]
  | { readonly [name: string]: BodyTemplate };

/** A secret of Secrets Manager that holds JSON, by its name. It is not made here, and must be there before a deployment. */
interface InSecret {
  readonly secretName: string;
}

/** How a service knows who calls: each kind with what its secret holds. A value has 512 characters at most (EventBridge, "Connections"). */
export type DestinationAuthorization =
  /** `authorization: Bearer …`. The secret holds `{ "token" }`. */
  | (InSecret & { readonly kind: 'bearer' })
  /** A header of another name, `x-api-key`. The secret holds `{ "key" }`. `prefix` stands before the key. */
  | (InSecret & { readonly kind: 'header'; readonly name: string; readonly prefix?: string })
  /** A parameter of the URL. The secret holds `{ "key" }`. The key is sent as the header `x-api-key`, too: EventBridge asks for one. */
  | (InSecret & { readonly kind: 'query'; readonly name: string })
  /** A member of the body. The secret holds `{ "key" }`. The key is sent as the header `x-api-key`, too: EventBridge asks for one. */
  | (InSecret & { readonly kind: 'body'; readonly name: string })
  /** HTTP Basic. The secret holds `{ "username", "password" }`, neither of them empty. */
  | (InSecret & { readonly kind: 'basic' })
  /** OAuth 2 client credentials. The secret holds `{ "clientId", "clientSecret" }`. */
  | (InSecret & {
      readonly kind: 'oauth';
      /** Where tokens are got by POST. */
      readonly tokenUrl: string;
      /** @default none is asked for */
      readonly scope?: string;
      /** More that goes into the body of the request for a token, as `audience`. @default nothing */
      readonly parameters?: Readonly<Record<string, string>>;
    });

/** An API that EventBridge calls with events of the bus, without code. */
export interface DestinationOptions {
  /** `https://api.example.com/orders/{data.id}`; `{…}` takes an id, the version, type or time of the event. */
  readonly url: string;
  /** @default 'POST' */
  readonly method?: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** The events that are sent: `Order.created`, `Order.*` for all of a noun, `*` for all. */
  readonly types: readonly string[];
  /** Must hold on the new record, on the old one of a delete, and on the data of other events. @default everything is sent */
  readonly when?: AnyFilter;
  readonly authorization: DestinationAuthorization;
  /**
   * What is sent, so that nothing leaves that is not named: JSON with values of the event ({@link from}), or `'event'` for all of it.
   * Of what an event does not have, an empty text is sent. Together with headers and parameters it has 64 KB at most (EventBridge,
   * "Connection parameters").
   */
  readonly body: 'event' | EventPlace | { readonly [name: string]: BodyTemplate };
  /** {@link from} takes an id, the version, type or time of the event. @default none but those of EventBridge */
  readonly headers?: Readonly<Record<string, string | EventPlace>>;
  /** Parameters of the URL. @default none */
  readonly query?: Readonly<Record<string, string | EventPlace>>;
  /** How many calls a second there are at most; the others wait. @default 300, the most there may be ("Amazon EventBridge quotas") */
  readonly ratePerSecond?: number;
  /** Raise it after the secret has changed: a deployment reads a secret anew only where something else has changed. @default 1 */
  readonly secretRevision?: number;
}

/** APIs by their names: a letter, then letters, digits and `-`. */
export type EventDestinations = Readonly<Record<string, DestinationOptions>>;

const queuePrefix = 'destinations.';

/** By what name `plinth events` knows the dead letters of a destination. */
export const destinationQueue = (name: string): string => `${queuePrefix}${name}`;

/** The destination whose dead letters are known by a name. */
export const destinationOf = (queue: string): string | undefined =>
  queue.startsWith(queuePrefix) ? queue.slice(queuePrefix.length) : undefined;

/** The EventBridge `Source` of events that are sent once more to one destination, whose name is their `DetailType`: nobody else gets them. */
export const redriveSource = 'plinth.redrive';

/** Bounds of destinations. */
export const destinationLimits = {
  ratePerSecond: 300,
  /** "EventBridge requests to an API destination endpoint must have a maximum client execution timeout of 5 seconds." */
  timeoutSeconds: 5,
  /** "You can define up to 100 variables" ("Amazon EventBridge input transformation"). */
  places: 100,
  /** InputTemplate of an InputTransformer ("PutTargets"). */
  bodyTemplateLength: 8_192,
} as const;

import type { z } from 'zod';
import type { EmailFeedback } from './email.ts';
import type { EventDestinations } from './event-destinations.ts';
import type { FileEntry } from './files.ts';
import type { WebhookDisabled, WebhookFailed } from './webhooks.ts';

/**
 * What happened, as it is told on the bus: EventBridge `Source` is {@link eventSource}, `DetailType` is `type`, `Detail` is this as JSON.
 * Delivered at least once and in any order: consumers go by `id`, and by `version` of records.
 */
export interface BackendEvent<T extends string = string, D = unknown> {
  /** The same at each delivery and each replay of the same happening. */
  readonly id: string;
  /** `Note.created`, `user.confirmed`, `file.ready`, `payment.succeeded`, or a type of the definition's own. */
  readonly type: T;
  /** When it happened: ISO 8601, UTC, milliseconds. */
  readonly time: string;
  /** How many events led here, one by the handling of the other. 0: a person or a program from outside. */
  readonly depth: number;
  /** The id of the event whose handling did this. */
  readonly cause?: string;
  /** The `sub` of the user who did it, where that is known: not of later changes and deletes of records and files, which do not keep it. */
  readonly actor?: string;
  readonly data: D;
}

/** The EventBridge `Source` of every event of a backend. */
export const eventSource = 'plinth';

/** What is told of a change of a record. */
export interface RecordChange<R = Readonly<Record<string, unknown>>> {
  readonly model: string;
  readonly id: string;
  readonly version: number;
  /** The record after the change; absent for a delete. */
  readonly new?: R;
  /** The record before the change; absent for a creation. */
  readonly old?: R;
  /** Set where the images are too large for an event and left out: read the record by its id. Such an event passes every `when`. */
  readonly truncated?: true;
}

/** What is told of a user. Addresses and names are not: read the account where they are needed. */
export interface UserChange {
  readonly userId: string;
}

/** What every model has events of: `Note.created`. */
export const recordEvents = ['created', 'updated', 'deleted'] as const;

/** Event types of the features, without those of models. */
export interface FeatureEvents {
  readonly 'user.confirmed': UserChange;
  readonly 'user.signedIn': UserChange;
  readonly 'user.deleted': UserChange;
  readonly 'file.ready': FileEntry;
  readonly 'file.refused': FileEntry;
  readonly 'file.deleted': FileEntry;
  readonly 'webhook.failed': WebhookFailed;
  readonly 'webhook.disabled': WebhookDisabled;
  readonly 'email.bounced': EmailFeedback;
  readonly 'email.complained': EmailFeedback;
}

/**
 * The hidden attribute of a record that says whose handling wrote it: a {@link StoredCause}. A write that is not made by the handling
 * of an event leaves it as it is: the publisher goes by `write`, and takes a cause that the record had before for no cause.
 */
export const causeAttribute = '_cause';

/** What functions write into {@link causeAttribute}. */
export interface StoredCause {
  /** The depth of the event that is handled. That of the change is one more. */
  readonly depth: number;
  /** The id of the event that is handled. */
  readonly id: string;
  /** A random value, another for each write. */
  readonly write: string;
}

/** An item that is published as it is, by its attribute `event`: stored with what it tells of in one transaction, so that neither is without the other. */
export interface OutboxItem {
  readonly event: Pick<BackendEvent, 'type' | 'data'> & Partial<BackendEvent>;
  /** The `data` as JSON, in the place of that of `event`: for what others sent, since DynamoDB does not keep all that JSON can say. */
  readonly dataJson?: string;
}

/** What the queue of the relay holds: what could not be published at once, or only later may be. */
export type RelayMessage =
  | { readonly kind: 'event'; readonly event: BackendEvent; readonly fault?: RelayFault }
  /** A record of a stream that no event could be made of, as DynamoDB told it. */
  | { readonly kind: 'record'; readonly record: unknown; readonly fault: RelayFault }
  /** An account that is about to be deleted. It is published when Cognito no longer knows the user. */
  | {
      readonly kind: 'deletion';
      readonly userId: string;
      readonly username: string;
      /** The `sub` of who deletes it. */
      readonly actor: string;
      readonly time: string;
    };

/** Why an event was put aside. A redrive publishes it all the same. */
export interface RelayFault {
  readonly code: 'too_deep' | 'refused' | 'unreadable';
  readonly detail: string;
}

/** The table of handled events. */
export const handledTable = {
  /** `<consumer>#<event id>`. */
  partitionKey: 'pk',
  /** Seconds since the epoch. */
  timeToLive: 'expiresAt',
} as const;

/** How a subscription hands events to a function: tries, after which an event is put aside. */
export const eventAttempts = 5;

/** Bounds of events. */
export const eventLimits = {
  /** An entry of PutEvents, and all entries of a request (EventBridge, "PutEvents": Source, DetailType, Detail and Time together). */
  entryBytes: 262_144,
  /** Events that lead to events end here: the next one goes to the dead-letter queue (recursion guard). */
  maxDepth: 8,
  /** How long the ids of handled events are remembered, in days: longer than EventBridge and SQS retry, and than a DLQ keeps. */
  rememberedDays: 15,
} as const;

/** The names of {@link FeatureEvents}, by feature. */
export const userEvents = ['user.confirmed', 'user.signedIn', 'user.deleted'] as const satisfies readonly (keyof FeatureEvents)[];
export const fileEvents = ['file.ready', 'file.refused', 'file.deleted'] as const satisfies readonly (keyof FeatureEvents)[];

/** Events of the definition's own by type, each with the schema of its data: `{ 'order.shipped': z.object({ orderId: z.string() }) }`. */
export type OwnEvents = Readonly<Record<string, z.ZodType>>;

/** Events: what there is beside the changes of records, users and files. */
export interface EventsOptions {
  /** `<noun>.<past participle>`, not of a model, `user`, `file` or another feature. @default none */
  readonly types?: OwnEvents;
  /** How long the bus keeps what was sent on it, for replays, in days. @default 30 in production, else 1 */
  readonly archiveDays?: number;
  /** APIs that EventBridge calls with events, without code. @default none */
  readonly destinations?: EventDestinations;
}

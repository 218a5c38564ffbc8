import type { z } from 'zod';
import type { FileEntry } from './files.ts';

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
  /** The `sub` of the user who did it, where one did. */
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
  /** Set where both images together are too large for an event: read the record by its id. */
  readonly truncated?: true;
}

/** What is told of a user. Addresses and names are not: read the account where they are needed. */
export interface UserChange {
  readonly userId: string;
}

/** Event types of the features, without those of models. */
export interface FeatureEvents {
  readonly 'user.confirmed': UserChange;
  readonly 'user.signedIn': UserChange;
  readonly 'user.deleted': UserChange;
  readonly 'file.ready': FileEntry;
  readonly 'file.refused': FileEntry;
  readonly 'file.deleted': FileEntry;
}

/** Bounds of events. */
export const eventLimits = {
  /** An entry of PutEvents (EventBridge, "PutEvents": Source, DetailType, Detail and Time together). */
  entryBytes: 262_144,
  /** Events that lead to events end here: the next one goes to the dead-letter queue (recursion guard). */
  maxDepth: 8,
  /** How long the ids of handled events are remembered, in days: longer than EventBridge and SQS retry, and than a DLQ keeps. */
  rememberedDays: 15,
} as const;

/** Events of the definition's own by type, each with the schema of its data: `{ 'order.shipped': z.object({ orderId: z.string() }) }`. */
export type OwnEvents = Readonly<Record<string, z.ZodType>>;

/** Events: what there is beside the changes of records, users and files. */
export interface EventsOptions {
  /** `<noun>.<past participle>`, not of a model, `user`, `file` or another feature. @default none */
  readonly types?: OwnEvents;
  /** How long the bus keeps what was sent on it, for replays, in days. @default 30 in production, else 1 */
  readonly archiveDays?: number;
}

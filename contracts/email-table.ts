import type { EmailRecipient, EmailStatus, SuppressionReason } from './email.ts';
import type { OutboxItem } from './events.ts';

/**
 * The table of e-mail. Writers are lambdas/email; the construct makes it. One Query gives a message with all that came of it.
 *
 * | pk                | sk         | what                                                                        |
 * |-------------------|------------|-----------------------------------------------------------------------------|
 * | `M#<message>`     | `M`        | a message: to whom, by whom, when. Its texts are on the queue only          |
 * | `M#<message>`     | `R#<nn>`   | what came of it at the recipient with this place in `to`                    |
 * | `S#<hash>`        | `S`        | an address that nothing is sent to                                          |
 * | `C#<hash>#<hour>` | `C`        | how many e-mails an address was sent in an hour                             |
 * | `O#<id>`          | `O`        | an event of e-mail, on its way to the bus                                   |
 * | `I#<sub>#<key>`   | `I`        | an `Idempotency-Key`, and the message that was made with it                 |
 *
 * `hash` is SHA-256 of the address in lower case.
 */
export const emailTable = { partitionKey: 'pk', sortKey: 'sk', timeToLive: 'expiresAt', outboxPrefix: 'O#' } as const;

export interface EmailItem {
  readonly template?: string;
  readonly sender: string;
  readonly createdAt: string;
  readonly to: readonly EmailRecipient[];
  readonly expiresAt: number;
}

/** What came of a message at a recipient. Nothing is stored of one that still waits for its first attempt. */
export interface DeliveryItem {
  /** Absent while it is sent. */
  readonly status?: EmailStatus;
  readonly reason?: string;
  readonly at: string;
  /** The address of a user at the time. */
  readonly address?: string;
  /** It is among the e-mails of the address's hour. */
  readonly counted?: true;
  /** Names the run that sends it. */
  readonly lease?: string;
  /** Until when, in milliseconds since the epoch. */
  readonly leaseUntilMs?: number;
  readonly expiresAt: number;
}

export interface SuppressionItem {
  readonly address: string;
  readonly reason: SuppressionReason;
  readonly at: string;
}

/** An event of e-mail. */
export interface EmailOutboxItem extends OutboxItem {
  readonly expiresAt: number;
}

/** An attachment on the queue: its bytes, or where they are in the bucket of files. */
export type QueuedAttachment =
  | { readonly filename: string; readonly type?: string; readonly contentBase64: string }
  | { readonly filename: string; readonly type: string; readonly key: string; readonly sizeBytes: number };

/** A message with its template filled in, so that what was accepted is what is sent. */
export interface EmailContent {
  readonly to: readonly EmailRecipient[];
  readonly subject: string;
  readonly text?: string;
  readonly html?: string;
  readonly unsubscribeUrl?: string;
  readonly attachments?: readonly QueuedAttachment[];
}

/** A message on the queue: all that is needed to send it. */
export interface QueuedEmail {
  readonly messageId: string;
  readonly content: EmailContent;
  /** When the log lets go of it, in seconds since the epoch. */
  readonly expiresAt: number;
}

/** The keys of items. */
export const emailKeys = {
  message: (id: string) => ({ pk: `M#${id}`, sk: 'M' }),
  delivery: (id: string, recipient: number) => ({ pk: `M#${id}`, sk: `R#${String(recipient).padStart(2, '0')}` }),
  suppression: (addressHash: string) => ({ pk: `S#${addressHash}`, sk: 'S' }),
  count: (addressHash: string, hour: number) => ({ pk: `C#${addressHash}#${hour}`, sk: 'C' }),
  outbox: (id: string) => ({ pk: `${emailTable.outboxPrefix}${id}`, sk: 'O' }),
  claim: (id: string) => ({ pk: id, sk: 'I' }),
} as const;

/** The names of the tags that SES gives back with bounces and complaints ("EmailTags": letters, digits, `-` and `_`). */
export const emailTags = { message: 'plinth-message', recipient: 'plinth-recipient' } as const;

/** How often SQS hands out a message before it is put aside (`maxReceiveCount`): over half a day, with waits of up to an hour. */
export const emailQueueAttempts = 20;

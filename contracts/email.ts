import { defineRoutes } from './route.ts';

const ofBody = ['validation_failed', 'unknown_field'] as const;

/** The routes of e-mail, for members of the admin group and for functions with `use.email`. */
export const emailRoutes = defineRoutes({
  sendEmail: {
    method: 'POST',
    path: '/email/messages',
    access: 'admins',
    summary: 'Sends an e-mail to users or addresses; each gets one of its own',
    status: 202,
    body: 'required',
    errors: [
      ...ofBody,
      'invalid_reference',
      'recipient_suppressed',
      'invalid_idempotency_key',
      'idempotency_mismatch',
      'in_progress',
      'payload_too_large',
    ],
  },
  readEmail: {
    method: 'GET',
    path: '/email/messages/{id}',
    access: 'admins',
    summary: 'Reads what came of an e-mail at each of its recipients',
    status: 200,
    errors: ['not_found', 'invalid_id'],
  },
  readSuppression: {
    method: 'GET',
    path: '/email/suppressions/{address}',
    access: 'admins',
    summary: 'Tells why nothing is sent to an address',
    status: 200,
    errors: ['not_found', 'validation_failed'],
  },
  deleteSuppression: {
    method: 'DELETE',
    path: '/email/suppressions/{address}',
    access: 'admins',
    summary: 'Sends to an address again',
    status: 204,
    errors: ['not_found', 'validation_failed'],
  },
});

/** A key of {@link emailRoutes}. */
export type EmailRoute = keyof typeof emailRoutes;

/** Bounds of e-mail. */
export const emailLimits = {
  /** Recipients of one message; each is sent an e-mail of its own. As many as SES takes ("Service quotas", recipients per message). */
  recipients: 50,
  /** Characters of an address (RFC 5321, section 4.5.3.1.3: a path has 256 with its brackets). */
  addressLength: 254,
  /** Characters of a subject (RFC 5322, section 2.1.1: a line has 998). */
  subjectLength: 998,
  attachments: 10,
  filenameLength: 255,
  /** Characters of `unsubscribeUrl`: SES takes 870 of a header ("MessageHeader", Value), and the URL stands in angle brackets. */
  unsubscribeUrlLength: 868,
  /** Bytes of a message as JSON with its attachments in base64: what a message of SQS takes (1 MiB), less what we add. */
  messageBytes: 1_000_000,
  /** Bytes of an e-mail as it is sent, with its attachments in base64 ("Service quotas in Amazon SES": 40 MB; so Resend). */
  encodedBytes: 40_000_000,
} as const;

/**
 * One address, as it is put into the header: no name, no comment, nothing that could begin another header or recipient (RFC 5322,
 * `dot-atom`; a domain with a dot, so that nothing is sent to hosts by their short names). Domains of other letters are written in
 * ASCII, `xn--…`.
 */
export const addressPattern =
  /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+(?:[A-Za-z]{2,63}|[Xx][Nn]--[A-Za-z0-9-]{0,57}[A-Za-z0-9])$/;

/** Who gets a message: a user, at the address that the account has confirmed; or an address. */
export type EmailRecipient = { readonly userId: string } | { readonly address: string };

/** What is sent along: bytes, or a file of the backend. */
export type EmailAttachment =
  | {
      readonly filename: string;
      /** A media type. @default 'application/octet-stream' */
      readonly type?: string;
      readonly contentBase64: string;
    }
  | {
      /** A file of a folder that the definition's `attachFrom` names. Its bytes are those of now. */
      readonly file: { readonly folder: string; readonly id: string };
      /** @default the name of the file */
      readonly filename?: string;
    };

/**
 * - `queued`: is to be sent. - `sent`: the mail server has taken it. - `bounced`, `complained`: and what came of it then.
 * - `suppressed`: the address has bounced or complained before. - `rate_limited`: the recipient has had the most of an hour.
 * - `no_address`: there is no such user, or its address is not confirmed. - `failed`: given up.
 */
export type EmailStatus = 'queued' | 'sent' | 'bounced' | 'complained' | 'suppressed' | 'rate_limited' | 'no_address' | 'failed';

/** What came of a message at one recipient. */
export interface EmailDelivery {
  readonly to: EmailRecipient;
  readonly status: EmailStatus;
  /** Why, where it was not sent. */
  readonly reason?: string;
  readonly at: string;
}

/** A message as the log keeps it. Its texts and attachments are not kept. */
export interface SentEmail {
  /** UUIDv7. */
  readonly id: string;
  readonly template?: string;
  /** The `sub` of who sent it, or `system`. */
  readonly sender: string;
  readonly createdAt: string;
  /** In the order of `to`. */
  readonly deliveries: readonly EmailDelivery[];
}

/** Why nothing is sent to an address. */
export interface EmailSuppression {
  readonly address: string;
  readonly reason: SuppressionReason;
  readonly at: string;
}

/** The address does not exist, or who reads it does not want our e-mails. */
export type SuppressionReason = 'bounced' | 'complained';

/** The data of `email.bounced` and `email.complained`. Addresses are not told: read the message where they are needed. */
export interface EmailFeedback {
  /** Of the e-mail. Absent for one that was not sent through `sendEmail`. */
  readonly messageId?: string;
  /** Where it was sent to a user. */
  readonly userId?: string;
  /** The place in `to` of the message. */
  readonly recipient?: number;
  /** Whether nothing is sent to the address any more. */
  readonly suppressed: boolean;
  /** The mail server's word for it, as `Permanent General` or `abuse`. */
  readonly reason: string;
}

/** The types of the events of e-mail. */
export const emailEvents = ['email.bounced', 'email.complained'] as const;

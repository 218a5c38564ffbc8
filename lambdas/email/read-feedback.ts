import type { SuppressionReason } from '../../contracts/email.ts';
import { emailTags } from '../../contracts/email-table.ts';

/** What SES tells by a configuration set ("Contents of event data that Amazon SES publishes to Amazon SNS"), as far as we look at it. */
interface SesEvent {
  readonly eventType?: string;
  readonly mail?: { readonly messageId?: string; readonly tags?: Readonly<Record<string, readonly string[]>> };
  readonly bounce?: {
    readonly bounceType?: string;
    readonly bounceSubType?: string;
    readonly feedbackId?: string;
    readonly timestamp?: string;
    readonly bouncedRecipients?: readonly { readonly emailAddress?: string }[];
  };
  readonly complaint?: {
    readonly complaintFeedbackType?: string;
    readonly feedbackId?: string;
    readonly timestamp?: string;
    readonly complainedRecipients?: readonly { readonly emailAddress?: string }[];
  };
}

/** A bounce or a complaint. */
export interface SesFeedback {
  readonly kind: SuppressionReason;
  readonly feedbackId: string;
  readonly at: string;
  readonly reason: string;
  /** Nothing is sent to the addresses any more. A full mailbox and the like pass. */
  readonly suppresses: boolean;
  readonly addresses: readonly string[];
  readonly messageId?: string;
  readonly recipient?: number;
}

const addressesOf = (recipients: readonly { readonly emailAddress?: string }[] = []): readonly string[] =>
  recipients.flatMap(({ emailAddress }) => {
    if (emailAddress === undefined) return [];
    // Mail servers may give it as `Name <address>`.
    return [/<([^<>]+)>\s*$/.exec(emailAddress)?.[1] ?? emailAddress];
  });

const sentBy = ({ mail }: SesEvent): Pick<SesFeedback, 'messageId' | 'recipient'> => {
  const messageId = mail?.tags?.[emailTags.message]?.[0];
  const recipient = mail?.tags?.[emailTags.recipient]?.[0];
  return messageId === undefined || recipient === undefined ? {} : { messageId, recipient: Number(recipient) };
};

/** Reads an event of SES. @returns undefined for what is neither a bounce nor a complaint */
export const readFeedback = (text: string): SesFeedback | undefined => {
  const event = JSON.parse(text) as SesEvent;
  const { eventType, bounce, complaint, mail } = event;
  const at = new Date().toISOString();
  if (eventType === 'Bounce' && bounce !== undefined) {
    const { bounceType = '', bounceSubType = '', feedbackId, timestamp, bouncedRecipients } = bounce;
    return {
      kind: 'bounced',
      feedbackId: feedbackId ?? mail?.messageId ?? '',
      at: timestamp ?? at,
      reason: `${bounceType} ${bounceSubType}`.trim(),
      suppresses: bounceType === 'Permanent',
      addresses: addressesOf(bouncedRecipients),
      ...sentBy(event),
    };
  }
  if (eventType !== 'Complaint' || complaint === undefined) return undefined;
  const { complaintFeedbackType, feedbackId, timestamp, complainedRecipients } = complaint;
  return {
    kind: 'complained',
    feedbackId: feedbackId ?? mail?.messageId ?? '',
    at: timestamp ?? at,
    reason: complaintFeedbackType ?? 'complaint',
    // "not-spam" is what a reader says who takes an e-mail out of the folder of spam.
    suppresses: complaintFeedbackType !== 'not-spam',
    addresses: addressesOf(complainedRecipients),
    ...sentBy(event),
  };
};

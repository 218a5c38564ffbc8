import { randomUUID } from 'node:crypto';
import { email } from '@compiled/email';
import { sendMail } from '@compiled/email-transport';
import type { EmailRecipient } from '../../contracts/email.ts';
import { type DeliveryItem, emailTags, type QueuedEmail } from '../../contracts/email-table.ts';
import { claimDelivery, countEmail, giveBack, type Result, type Sending, settle } from './deliveries-store.ts';
import { encodedBytesOf } from './email-size.ts';
import { loadAttachments } from './load-attachments.ts';
import { type MailAttachment, MailRefusedError } from './mail.ts';
import { readSuppressionOf } from './suppressions-store.ts';
import { addressOfUser } from './users-client.ts';
import { nameOfError, writeLog } from './write-log.ts';

/** How a message of the queue may be done. */
export interface DeliveryBudget {
  /** Whether so much time is left, and that of what is around. */
  readonly hasTime: (ms: number) => boolean;
  /** Longer than the run can last. */
  readonly leaseMs: number;
  /** The queue will not hand it out again: what fails is recorded as failed. */
  readonly isLastAttempt: boolean;
}

/** Recipients that are sent to at a time; of a large message one, since each has the whole of it in memory. */
const parallel = 5;
const largeBytes = 2_000_000;
/** A mail server answers within this time, and takes at least so much in a millisecond: SES slows down what has more than 10 MB. */
const answerMs = 10_000;
const bytesPerMs = 1_000;

const addressOf = (to: EmailRecipient): Promise<string | undefined> =>
  'userId' in to ? addressOfUser(to.userId) : Promise.resolve(to.address);

const skipped = async (address: string): Promise<Result | undefined> => {
  const suppression = await readSuppressionOf(address);
  return suppression && { status: 'suppressed', reason: suppression.reason };
};

interface Job {
  readonly queued: QueuedEmail;
  readonly sending: Sending;
  readonly to: EmailRecipient;
  /** Reads them once for all recipients. */
  readonly attachments: () => Promise<readonly MailAttachment[]>;
  readonly timeoutMs: number;
}

const hand = async (job: Job, address: string): Promise<Result> => {
  const {
    queued: { messageId, content },
    sending: { recipient },
    timeoutMs,
  } = job;
  const { subject, text, html, unsubscribeUrl } = content;
  try {
    await sendMail({
      id: `${messageId}-${recipient}`,
      from: email.from,
      to: address,
      ...(email.replyTo !== undefined && { replyTo: email.replyTo }),
      subject,
      ...(text !== undefined && { text }),
      ...(html !== undefined && { html }),
      ...(unsubscribeUrl !== undefined && { unsubscribeUrl }),
      attachments: await job.attachments(),
      timeoutMs,
      tags: { [emailTags.message]: messageId, [emailTags.recipient]: String(recipient) },
    });
    return { status: 'sent' };
  } catch (error) {
    if (!(error instanceof MailRefusedError)) throw error;
    writeLog('WARN', 'an e-mail was refused, and is not tried again', { messageId, recipient, reason: error.reason });
    return { status: 'failed', reason: error.reason };
  }
};

/** What comes of a claimed recipient. `note` hears when the e-mail has been counted. */
const attempt = async (job: Job, before: DeliveryItem | undefined, note: () => void): Promise<Result> => {
  const address = await addressOf(job.to);
  if (address === undefined) return { status: 'no_address' };
  const skip = await skipped(address);
  if (skip !== undefined) return skip;
  if (before?.counted !== true && !(await countEmail(address, email.maxPerUserPerHour))) return { status: 'rate_limited' };
  note();
  return { ...(await hand(job, address)), ...('userId' in job.to && { address }) };
};

/** @returns whether nothing is left to do */
const deliverTo = async (job: Job, { isLastAttempt }: DeliveryBudget): Promise<boolean> => {
  const { sending } = job;
  const claim = await claimDelivery(sending);
  if (claim.kind !== 'claimed') return claim.kind === 'done';
  let counted = claim.before?.counted === true;
  try {
    const result = await attempt(job, claim.before, () => {
      counted = true;
    });
    await settle(sending, result);
    return true;
  } catch (error) {
    writeLog('WARN', 'an e-mail could not be sent', {
      messageId: sending.messageId,
      recipient: sending.recipient,
      error: nameOfError(error),
    });
    // Without it, the lease ends by itself.
    await (isLastAttempt ? settle(sending, { status: 'failed', reason: nameOfError(error) }) : giveBack(sending, counted)).catch(
      () => undefined,
    );
    return false;
  }
};

/**
 * Sends a message to each recipient that nothing has come of yet, once: a claim keeps other runs away.
 *
 * @returns how many are left to do
 */
export const deliver = async (queued: QueuedEmail, budget: DeliveryBudget): Promise<number> => {
  const { messageId, content, expiresAt } = queued;
  const lease = randomUUID();
  const bytes = encodedBytesOf(content);
  const timeoutMs = answerMs + Math.ceil(bytes / bytesPerMs);
  let loading: Promise<readonly MailAttachment[]> | undefined;
  const attachments = () => {
    loading ??= loadAttachments(content.attachments);
    return loading;
  };
  const waiting = content.to.map((to, recipient): Job => {
    const sending = { messageId, recipient, lease, leaseMs: budget.leaseMs, expiresAt };
    return { queued, sending, to, attachments, timeoutMs };
  });
  let left = waiting.length;
  const work = async (): Promise<void> => {
    for (let job = waiting.shift(); job !== undefined && budget.hasTime(timeoutMs); job = waiting.shift()) {
      if (await deliverTo(job, budget)) left -= 1;
    }
  };
  await Promise.all(Array.from({ length: bytes > largeBytes ? 1 : parallel }, work));
  return left;
};

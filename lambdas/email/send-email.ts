import { email } from '@compiled/email';
import type { EmailContent, EmailItem } from '../../contracts/email-table.ts';
import { ApiError } from '../../contracts/errors.ts';
import { callerKey } from '../runtime/caller-key.ts';
import { assertSameRequest, inProgress, type KeyClaim, keyClaimOf } from '../runtime/idempotency-key.ts';
import { newId } from '../runtime/new-id.ts';
import type { Action, ApiReply, Caller } from '../runtime/request.ts';
import { checkEmail } from './check-email.ts';
import { queueEmail } from './email-queue.ts';
import { deleteMessage, putMessage, readClaim, readMessage, type StoredClaim, type StoredMessage } from './email-store.ts';
import { messageView } from './message-view.ts';
import { readBody } from './read-body.ts';
import { readSuppressionOf } from './suppressions-store.ts';

/** Whom the log names: the system by itself is `system`. */
const senderOf = (caller: Caller): string => (caller.kind === 'system' ? caller.actor : undefined) ?? callerKey(caller) ?? '';

/** Of several recipients the others get it, and the log tells of the one. */
const suppressionOf = async ({ to }: EmailContent): Promise<ApiError | undefined> => {
  const [only] = to;
  if (to.length > 1 || only === undefined || !('address' in only)) return undefined;
  const suppression = await readSuppressionOf(only.address);
  if (suppression === undefined) return undefined;
  const word = suppression.reason === 'bounced' ? 'does not take e-mails: one has bounced' : 'has complained about an e-mail';
  return new ApiError(
    'recipient_suppressed',
    `The address ${word} (${suppression.at}). Use another address; if it is mended, DELETE /email/suppressions/{address} opens it again.`,
  );
};

const handOn = async (messageId: string, message: EmailContent, expiresAt: number): Promise<void> => {
  try {
    await queueEmail({ messageId, content: message, expiresAt });
  } catch (cause) {
    throw new ApiError('unavailable', 'The message could not be handed on, and was not sent. Try again, with the same Idempotency-Key.', {
      retryAfterSeconds: 2,
      cause,
    });
  }
};

const accepted = (id: string, stored: StoredMessage): ApiReply => ({
  body: messageView(id, stored),
  headers: { location: `/email/messages/${id}` },
});

const replayed = (id: string, stored: StoredMessage): ApiReply => {
  const reply = accepted(id, stored);
  return { ...reply, headers: { ...reply.headers, 'idempotency-replayed': 'true' } };
};

/** The same request again: what its first run may have left undone is done. Whoever sends looks at the log first, so that twice changes nothing. */
const repeat = async (claim: KeyClaim, { requestHash, messageId }: StoredClaim, message: EmailContent): Promise<ApiReply> => {
  assertSameRequest(claim, requestHash);
  const stored = await readMessage(messageId);
  if (stored === undefined) throw new ApiError('in_progress', 'A request with this Idempotency-Key is in progress. Try again in a moment.');
  if (stored.deliveries.size === 0) await handOn(messageId, message, stored.item.expiresAt);
  return replayed(messageId, stored);
};

const send = async (id: string, item: EmailItem, message: EmailContent, claim: KeyClaim | undefined): Promise<ApiReply> => {
  const earlier = await putMessage(id, item, claim);
  if (claim !== undefined && earlier !== undefined) return repeat(claim, earlier, message);
  try {
    await handOn(id, message, item.expiresAt);
  } catch (error) {
    // Without a key nobody can finish what was not handed on, so that it does not stay in the log.
    if (claim === undefined) await deleteMessage(id).catch(() => undefined);
    throw error;
  }
  return accepted(id, { item, deliveries: new Map() });
};

/** The address may have bounced since the request came for the first time. */
const repeatSuppressed = async (claim: KeyClaim | undefined, message: EmailContent, refusal: ApiError): Promise<ApiReply> => {
  const stored = claim && (await readClaim(claim.id));
  if (claim === undefined || stored === undefined || stored.expiresAt < claim.nowSeconds) throw refusal;
  return repeat(claim, stored, message);
};

/** A file may have gone since the request came for the first time, and was then sent along. */
const repeatGone = async (claim: KeyClaim | undefined, refusal: Error): Promise<ApiReply> => {
  if (claim === undefined || !(refusal instanceof ApiError) || refusal.code !== 'invalid_reference') throw refusal;
  const claimed = await readClaim(claim.id);
  if (claimed === undefined || claimed.expiresAt < claim.nowSeconds) throw refusal;
  assertSameRequest(claim, claimed.requestHash);
  const stored = await readMessage(claimed.messageId);
  if (stored === undefined || stored.deliveries.size === 0) throw refusal;
  return replayed(claimed.messageId, stored);
};

/** POST: accepts a message. It is answered when it is on the queue, so that no mail server keeps the caller waiting. */
export const sendEmail: Action = async (request) => {
  const nowMs = Date.now();
  const input = readBody('sendEmail', request);
  const claim = keyClaimOf(request, nowMs);
  const message = await checkEmail(input, request).catch((refusal: unknown) => refusal as Error);
  if (message instanceof Error) return repeatGone(claim, message);
  const refusal = await suppressionOf(message);
  if (refusal !== undefined) return repeatSuppressed(claim, message, refusal);
  const item: EmailItem = {
    ...(input.template && { template: input.template.name }),
    sender: senderOf(request.caller),
    createdAt: new Date(nowMs).toISOString(),
    to: message.to,
    expiresAt: Math.ceil(nowMs / 1_000) + email.logDays * 86_400,
  };
  try {
    return await send(newId(nowMs), item, message, claim);
  } catch (error) {
    throw inProgress(claim, error);
  }
};

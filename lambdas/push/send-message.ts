import { push } from '@compiled/push';
import { ApiError, type FieldError } from '../../contracts/errors.ts';
import type { PushMessage } from '../../contracts/push.ts';
import { type MessageItem, pushKeys } from '../../contracts/push-table.ts';
import { variables } from '../../contracts/variables.ts';
import { callerKey } from '../runtime/caller-key.ts';
import { requiredVariable } from '../runtime/environment.ts';
import { assertSameRequest, inProgress, type KeyClaim, keptSeconds, keyClaimOf } from '../runtime/idempotency-key.ts';
import { newId } from '../runtime/new-id.ts';
import type { Action, ApiReply, Caller } from '../runtime/request.ts';
import { validationError } from '../runtime/validate-body.ts';
import { assertMaySend, checkMessage, timeFault } from './check-message.ts';
import { messageView } from './message-view.ts';
import { assertPayloads } from './payload/assert-payloads.ts';
import { commit, readItem, type Write } from './push-store.ts';
import { queueMessage } from './queues-client.ts';
import { readBody } from './read-body.ts';
import { scheduleMessage } from './schedules-store.ts';

const messagesQueue = requiredVariable(variables.pushMessagesQueue);
const noCounts = { sent: 0, held: 0, muted: 0, disabled: 0, gone: 0, failed: 0 };

/** What is remembered of an `Idempotency-Key`. */
interface StoredClaim {
  readonly requestHash: string;
  readonly messageId: string;
  readonly expiresAt: number;
}

type LoggedMessage = MessageItem & { readonly expiresAt: number };

/** Whom the log names: the system by itself is `system`. */
const senderOf = (caller: Caller): string => (caller.kind === 'system' ? caller.actor : undefined) ?? callerKey(caller) ?? '';

const toItem = (message: PushMessage, sender: string, nowMs: number): LoggedMessage => ({
  status: message.sendAt === undefined ? 'queued' : 'scheduled',
  sender,
  message,
  createdAt: new Date(nowMs).toISOString(),
  counts: noCounts,
  expiresAt: Math.ceil((message.sendAt === undefined ? nowMs : Date.parse(message.sendAt)) / 1_000) + push.logDays * 86_400,
});

const claimWrite = ({ id, requestHash, nowSeconds }: KeyClaim, messageId: string): Write => ({
  kind: 'put',
  key: pushKeys.claim(id),
  item: { requestHash, messageId, expiresAt: nowSeconds + keptSeconds },
  when: { exists: false, orExpiredAt: nowSeconds },
});

/** EventBridge Scheduler refuses times that have passed, and needs a moment itself. */
const leastDelayMs = 2_000;

/** Hands a message of the log on. To do it twice changes nothing: whoever sends looks at the log first. */
const handOn = async (id: string, { status, message }: MessageItem): Promise<void> => {
  if (status !== 'queued' && status !== 'scheduled') return;
  const atMs = Date.parse(message.sendAt ?? '');
  try {
    if (status === 'scheduled' && atMs - Date.now() > leastDelayMs) await scheduleMessage(id, atMs);
    else await queueMessage(messagesQueue, { messageId: id });
  } catch (cause) {
    throw new ApiError('unavailable', 'The message could not be handed on, and was not sent. Try again, with the same Idempotency-Key.', {
      retryAfterSeconds: 2,
      cause,
    });
  }
};

const accepted = (id: string, item: MessageItem): ApiReply => ({
  body: messageView(id, item),
  headers: { location: `/push/messages/${id}` },
});

/** The same request again: what its first run may have left undone is done, unless somebody sends the message already. */
const repeat = async (claim: KeyClaim, { requestHash, messageId }: StoredClaim): Promise<ApiReply> => {
  assertSameRequest(claim, requestHash);
  const item = await readItem<MessageItem>(pushKeys.message(messageId));
  if (item === undefined) throw new ApiError('in_progress', 'A request with this Idempotency-Key is in progress. Try again in a moment.');
  await handOn(messageId, item);
  const reply = accepted(messageId, item);
  return { ...reply, headers: { ...reply.headers, 'idempotency-replayed': 'true' } };
};

/** A time that has passed may have been ahead when the request came for the first time. */
const repeatLate = async (claim: KeyClaim | undefined, fault: FieldError): Promise<ApiReply> => {
  const stored = claim && (await readItem<StoredClaim>(pushKeys.claim(claim.id)));
  if (claim === undefined || stored === undefined || stored.expiresAt < claim.nowSeconds) throw validationError([fault]);
  return repeat(claim, stored);
};

/** Without a key nobody can finish what was not handed on, so that it does not stay in the log. */
const withdraw = async (id: string): Promise<void> => {
  await commit([{ kind: 'delete', key: pushKeys.message(id) }]).catch(() => undefined);
};

const send = async (id: string, item: LoggedMessage, claim: KeyClaim | undefined): Promise<ApiReply> => {
  const write: Write = { kind: 'put', key: pushKeys.message(id), item };
  const refused = await commit(claim === undefined ? [write] : [write, claimWrite(claim, id)]);
  const earlier = refused?.get(1) as StoredClaim | undefined;
  if (claim !== undefined && earlier !== undefined) return repeat(claim, earlier);
  try {
    await handOn(id, item);
  } catch (error) {
    if (claim === undefined) await withdraw(id);
    throw error;
  }
  return accepted(id, item);
};

/**
 * POST: accepts a message. It is in the log before it is handed on, and is answered when it has been, so that nothing accepted is
 * lost.
 */
export const sendMessage: Action = async (request) => {
  const nowMs = Date.now();
  const input = readBody('sendMessage', request);
  assertMaySend(input, request.caller);
  const message = checkMessage(input);
  const claim = keyClaimOf(request, nowMs);
  const fault = timeFault(message, nowMs);
  if (fault !== undefined) return repeatLate(claim, fault);
  const id = newId(nowMs);
  assertPayloads({ id, message }, push);
  try {
    return await send(id, toItem(message, senderOf(request.caller), nowMs), claim);
  } catch (error) {
    throw inProgress(claim, error);
  }
};

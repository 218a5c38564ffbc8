import { everyone, inShard, type MessageItem } from '../../contracts/push-table.ts';
import type { Target } from './deliveries-store.ts';
import { quietUntil } from './quiet-hours.ts';

/** What is to be done for a device, before anything is. */
export type Plan =
  | { readonly kind: 'send' }
  /** Nothing, and nothing is recorded: the message is not for it. */
  | { readonly kind: 'skip' }
  | { readonly kind: 'hold'; readonly untilMs: number }
  | { readonly kind: 'end'; readonly status: 'muted' | 'disabled' | 'gone'; readonly reason?: string };

/** A day, as in payloads. */
const defaultTtlSeconds = 86_400;

const topicOf = ({ to }: MessageItem['message']): string | undefined => {
  if ('topic' in to) return to.topic;
  return 'all' in to ? everyone : undefined;
};

const expiresMs = ({ message, createdAt }: MessageItem): number =>
  Date.parse(message.sendAt ?? createdAt) + (message.ttlSeconds ?? defaultTtlSeconds) * 1_000;

const planForUser = (item: MessageItem, { user }: Target, isReleased: boolean, nowMs: number): Plan => {
  const { category, urgent } = item.message;
  if (urgent === true) return { kind: 'send' };
  if (category !== undefined && user.muted?.includes(category)) return { kind: 'end', status: 'muted', reason: 'category' };
  if (isReleased || user.quietHours === undefined) return { kind: 'send' };
  const untilMs = quietUntil(user.quietHours, nowMs);
  if (untilMs === undefined) return { kind: 'send' };
  return untilMs > expiresMs(item) ? { kind: 'end', status: 'muted', reason: 'expires in quiet hours' } : { kind: 'hold', untilMs };
};

/** Decides about one device, by what its owner wants. */
export const planDelivery = (item: MessageItem, target: Target, isReleased: boolean, nowMs: number): Plan => {
  const { device, user } = target;
  // Of a deleted account, whose devices are being forgotten.
  if (device === undefined || user.forgotten === true)
    return isReleased ? { kind: 'end', status: 'gone', reason: 'removed' } : { kind: 'skip' };
  const topic = topicOf(item.message);
  // Entries of topics may be old, and what SNS serves must not get it twice.
  if (!isReleased && topic !== undefined && device.subscriptions[topic] !== inShard) return { kind: 'skip' };
  if (!device.enabled) return { kind: 'end', status: 'disabled' };
  return planForUser(item, target, isReleased, nowMs);
};

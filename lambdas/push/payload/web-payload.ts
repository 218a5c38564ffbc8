import { createHash } from 'node:crypto';
import { mergePatch } from '../../runtime/merge-patch.ts';
import type { MessageTraits } from './message-traits.ts';

/** What a browser's service worker gets, and what the push service is told about it (RFC 8030, section 5). */
export interface WebPayload {
  readonly payload: string;
  readonly ttlSeconds: number;
  readonly urgency: 'normal' | 'high';
  readonly topic: string;
}

/** RFC 8030, section 5.4: at most 32 characters of base64url. */
const topicPattern = /^[\w-]{1,32}$/;

const topicOf = ({ id, message }: MessageTraits): string => {
  const key = message.collapseKey ?? id.replaceAll('-', '');
  return topicPattern.test(key) ? key : createHash('sha256').update(key).digest('base64url').slice(0, 32);
};

export const webPayload = (traits: MessageTraits): WebPayload => {
  const { message, texts, isShown, priority, tag, ttlSeconds } = traits;
  const payload = {
    ...texts,
    ...(message.data !== undefined && { data: message.data }),
    ...(message.image !== undefined && { image: message.image }),
    ...(message.url !== undefined && { url: message.url }),
    ...(message.badge !== undefined && { badge: message.badge }),
    ...(message.category !== undefined && { category: message.category }),
    ...(isShown && { tag }),
  };
  return {
    payload: JSON.stringify(mergePatch(payload, message.overrides?.web ?? {})),
    ttlSeconds,
    urgency: priority,
    topic: topicOf(traits),
  };
};

import type { PushMessage } from '../../../contracts/push.ts';
import type { MessageTexts } from './message-texts.ts';

/** What all payloads of a message have in common. */
export interface MessageTraits {
  readonly id: string;
  readonly message: PushMessage;
  readonly texts: MessageTexts;
  /** A person sees something of it: it is not data only. */
  readonly isShown: boolean;
  readonly priority: 'normal' | 'high';
  readonly ttlSeconds: number;
  /**
   * Under which a newer notification takes the place of an older one: without a key of the message its id, so that one that arrives
   * twice shows once.
   */
  readonly tag: string;
}

/** How long push services try when the message doesn't say, in seconds. */
const defaultTtlSeconds = 86_400;

export const messageTraits = (id: string, message: PushMessage, texts: MessageTexts): MessageTraits => {
  const isShown = texts.title !== undefined || texts.body !== undefined;
  return {
    id,
    message,
    texts,
    isShown,
    priority: message.priority ?? (isShown ? 'high' : 'normal'),
    ttlSeconds: message.ttlSeconds ?? defaultTtlSeconds,
    tag: message.collapseKey ?? id,
  };
};

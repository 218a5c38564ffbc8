import { mergePatch } from '../../runtime/merge-patch.ts';
import type { MessageTraits } from './message-traits.ts';

/** What FCM gets. */
export interface FcmPayload {
  /** The message of FCM HTTP v1 in the form that SNS hands on: https://docs.aws.amazon.com/sns/latest/dg/sns-fcm-v1-payloads.html */
  readonly payload: string;
}

/** "REST Resource: projects.messages" of FCM: `AndroidNotification`. A channel that the app lacks falls back to its default one. */
const androidNotification = ({ message, tag }: MessageTraits) => ({
  tag,
  ...(message.sound !== undefined && { sound: message.sound }),
  ...(message.badge !== undefined && { notification_count: message.badge }),
  ...(message.category !== undefined && { channel_id: message.category }),
});

export const fcmPayload = (traits: MessageTraits): FcmPayload => {
  const { message, texts, isShown, priority, ttlSeconds } = traits;
  const data = { ...message.data, ...(message.url !== undefined && { url: message.url }) };
  const payload = {
    ...(isShown && { notification: { ...texts, ...(message.image !== undefined && { image: message.image }) } }),
    ...(Object.keys(data).length > 0 && { data }),
    android: {
      priority,
      ttl: `${ttlSeconds}s`,
      ...(message.collapseKey !== undefined && { collapse_key: message.collapseKey }),
      ...(isShown && { notification: androidNotification(traits) }),
    },
  };
  return { payload: JSON.stringify({ fcmV1Message: { message: mergePatch(payload, message.overrides?.fcm ?? {}) } }) };
};

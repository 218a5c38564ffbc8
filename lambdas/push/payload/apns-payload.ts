import type { CompiledPush } from '../../../contracts/compiled.ts';
import { mergePatch } from '../../runtime/merge-patch.ts';
import type { MessageTraits } from './message-traits.ts';

/** What APNs gets: the payload as JSON, and its headers as SNS takes them. */
export interface ApnsPayload {
  readonly payload: string;
  /** Message attributes of SNS by name, for both environments of APNs. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** Apple, "Generating a remote notification". */
const aps = ({ message, texts, isShown }: MessageTraits, isBackground: boolean) => ({
  ...(isShown && { alert: texts }),
  ...(message.badge !== undefined && { badge: message.badge }),
  ...(message.sound !== undefined && { sound: message.sound }),
  ...(message.category !== undefined && { category: message.category, 'thread-id': message.category }),
  ...(message.image !== undefined && { 'mutable-content': 1 }),
  ...(isBackground && { 'content-available': 1 }),
});

export const apnsPayload = (traits: MessageTraits, { bundleId }: CompiledPush): ApnsPayload => {
  const { message, priority, tag, ttlSeconds } = traits;
  // A badge or a sound alone is an alert to Apple, though nobody reads anything.
  const isBackground = !traits.isShown && message.badge === undefined && message.sound === undefined;
  const payload = {
    ...message.data,
    ...(message.url !== undefined && { url: message.url }),
    ...(message.image !== undefined && { image: message.image }),
    aps: aps(traits, isBackground),
  };
  return {
    payload: JSON.stringify(mergePatch(payload, message.overrides?.apns ?? {})),
    attributes: {
      'AWS.SNS.MOBILE.APNS.PUSH_TYPE': isBackground ? 'background' : 'alert',
      // APNs refuses background pushes of priority 10.
      'AWS.SNS.MOBILE.APNS.PRIORITY': priority === 'high' && !isBackground ? '10' : '5',
      'AWS.SNS.MOBILE.APNS.COLLAPSE_ID': tag,
      'AWS.SNS.MOBILE.APNS.TTL': String(ttlSeconds),
      'AWS.SNS.MOBILE.APNS_SANDBOX.TTL': String(ttlSeconds),
      ...(bundleId !== undefined && { 'AWS.SNS.MOBILE.APNS.TOPIC': bundleId }),
    },
  };
};

import type { CompiledPush } from '../../../contracts/compiled.ts';
import { ApiError } from '../../../contracts/errors.ts';
import type { PushMessage } from '../../../contracts/push.ts';
import { type ApnsPayload, apnsPayload } from './apns-payload.ts';
import { type FcmPayload, fcmPayload } from './fcm-payload.ts';
import { messageTexts } from './message-texts.ts';
import { messageTraits } from './message-traits.ts';
import { type WebPayload, webPayload } from './web-payload.ts';

/** A message in the form of each platform that the definition has. */
export interface Payloads {
  /** Of both environments of APNs. */
  readonly apns?: ApnsPayload;
  readonly fcm?: FcmPayload;
  readonly web?: WebPayload;
}

/** A message of the log. */
export interface IdentifiedMessage {
  readonly id: string;
  readonly message: PushMessage;
}

/**
 * Makes the payloads of a message in one language of the definition.
 *
 * @throws ApiError `validation_failed` for a template that is not there, and for values that it lacks
 */
export const buildPayloads = ({ id, message }: IdentifiedMessage, locale: string, push: CompiledPush): Payloads => {
  const traits = messageTraits(id, message, messageTexts(message, locale, push));
  const { platforms } = push;
  return {
    ...((platforms.includes('apns') || platforms.includes('apns-sandbox')) && { apns: apnsPayload(traits, push) }),
    ...(platforms.includes('fcm') && { fcm: fcmPayload(traits) }),
    ...(platforms.includes('web') && { web: webPayload(traits) }),
  };
};

/** The payloads of a message that has been accepted before; undefined when the definition has changed so that they cannot be made. */
export const tryToBuild = (message: IdentifiedMessage, locale: string, push: CompiledPush): Payloads | undefined => {
  try {
    return buildPayloads(message, locale, push);
  } catch (error) {
    if (error instanceof ApiError) return undefined;
    throw error;
  }
};

import { push } from '@compiled/push';
import { ApiError, type FieldError } from '../../contracts/errors.ts';
import { type PushMessage, pushLimits } from '../../contracts/push.ts';
import type { PushRequest } from '../../contracts/push-schemas.ts';
import type { Caller } from '../runtime/request.ts';
import { validationError } from '../runtime/validate-body.ts';
import { isAdmin, mayUse, topicOf } from './topic-access.ts';

type Input = PushRequest<'sendMessage'>;

const fault = (pointer: string, code: string, detail: string): FieldError => ({ pointer, code, detail });

/**
 * Refuses audiences that are not one of a kind.
 *
 * @throws ApiError `validation_failed`
 */
const assertAudience = ({ to }: Input): void => {
  if (Object.keys(to).length === 1) return;
  throw validationError([fault('/to', 'invalid_value', 'Name one audience: users, devices, topic, or all.')]);
};

/**
 * Admins may send to anyone; others to topics whose rules let them.
 *
 * @throws ApiError `forbidden`, `invalid_topic`, `unknown_topic`, `validation_failed`
 */
export const assertMaySend = (input: Input, caller: Caller): void => {
  assertAudience(input);
  const { topic } = input.to;
  if (topic === undefined) {
    if (!isAdmin(caller)) throw new ApiError('forbidden', 'Only members of the admin group may send to users, to devices or to all.');
    return;
  }
  const isAllowed = mayUse(topicOf(topic), 'send', caller);
  if (!isAllowed) throw new ApiError('forbidden', 'The caller may not send to this topic: its rules do not allow it.');
  if (input.urgent === true && !isAdmin(caller)) throw new ApiError('forbidden', 'Only members of the admin group may send urgently.');
};

/** "message-data" of FCM: "reserved words (such as from, notification, or any word starting with google or gcm)". */
const reservedForFcm = /^(?:from|notification|message_type|collapse_key)$|^(?:google|gcm)/;
const isReserved = (name: string): boolean =>
  (push.platforms.includes('fcm') && reservedForFcm.test(name)) ||
  // Apple's own member of the payload.
  (push.bundleId !== undefined && name === 'aps');

const contentFaults = (input: Input): readonly FieldError[] => {
  const { title, body, template, data, badge } = input;
  const isEmpty = [title, body, template, data, badge].every((part) => part === undefined);
  return [
    ...(isEmpty ? [fault('', 'required', 'Send a title, a body, a template, data or a badge: the message has nothing in it.')] : []),
    ...(template !== undefined && (title !== undefined || body !== undefined)
      ? [fault('/template', 'invalid_value', 'A template has title and body of its own. Leave out the others, or the template.')]
      : []),
    ...Object.keys(data ?? {})
      .filter(isReserved)
      .map((name) => fault('/data', 'invalid_value', `Push services keep the name ${name} for themselves. Use another.`)),
  ];
};

const categoryFaults = ({ category }: Input): readonly FieldError[] => {
  if (category === undefined || push.categories.includes(category)) return [];
  const known = push.categories.length === 0 ? 'There are none.' : `There are ${push.categories.join(', ')}.`;
  return [fault('/category', 'invalid_value', `There is no such category. ${known}`)];
};

/** What is wrong with the time that a message is to be sent at. */
export const timeFault = ({ sendAt }: Pick<PushMessage, 'sendAt'>, nowMs: number): FieldError | undefined => {
  if (sendAt === undefined) return undefined;
  const seconds = (Date.parse(sendAt) - nowMs) / 1_000;
  if (seconds <= 0) return fault('/sendAt', 'invalid_value', 'The time has passed. Leave it out to send now.');
  return seconds > pushLimits.maxDelaySeconds ? fault('/sendAt', 'too_large', 'At most 366 days ahead are possible.') : undefined;
};

/** APNs: "apns-collapse-id … must not exceed 64 bytes". */
const maxCollapseKeyBytes = 64;
const collapseFaults = ({ collapseKey = '' }: Input): readonly FieldError[] =>
  Buffer.byteLength(collapseKey) > maxCollapseKeyBytes
    ? [fault('/collapseKey', 'too_long', `At most ${maxCollapseKeyBytes} bytes in UTF-8 are allowed.`)]
    : [];

/**
 * The message of a request, checked as far as no platform has a say.
 *
 * @throws ApiError `validation_failed`
 */
export const checkMessage = (input: Input): PushMessage => {
  const faults = [...contentFaults(input), ...categoryFaults(input), ...collapseFaults(input)];
  if (faults.length > 0) throw validationError(faults);
  // The schema and assertAudience have seen to the rest.
  return input as PushMessage;
};

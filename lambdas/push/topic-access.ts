import { push } from '@compiled/push';
import { ApiError } from '../../contracts/errors.ts';
import { pushLimits } from '../../contracts/push.ts';
import type { TopicOperation } from '../../contracts/push-options.ts';
import { variables } from '../../contracts/variables.ts';
import { authorize } from '../runtime/authorize.ts';
import type { Caller } from '../runtime/request.ts';

const adminGroup = process.env[variables.adminGroup] ?? 'admins';

export const isAdmin = (caller: Caller): boolean =>
  caller.kind === 'system' || (caller.kind === 'user' && caller.groups.includes(adminGroup));

/** Whether the rules of a topic let the caller hear it, or send to it. */
export const mayUse = (topic: string, operation: TopicOperation, caller: Caller): boolean =>
  isAdmin(caller) || authorize<TopicOperation>(push.topics[topic] ?? [], operation, caller) === 'allowed';

/**
 * The topic that a request names.
 *
 * @throws ApiError `invalid_topic` for what can be no topic, `unknown_topic`
 */
export const topicOf = (name: string | undefined): string => {
  if (name === undefined || !pushLimits.topicName.test(name)) {
    throw new ApiError('invalid_topic', 'A topic has 1 to 64 letters, digits, - and _.');
  }
  if (Object.hasOwn(push.topics, name)) return name;
  throw new ApiError('unknown_topic', 'There is no such topic. GET /push/topics lists those that the caller may subscribe.');
};

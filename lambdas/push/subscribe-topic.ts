import { ApiError } from '../../contracts/errors.ts';
import type { UserAction } from '../runtime/request.ts';
import { changePreferences } from './settle.ts';
import { mayUse, topicOf } from './topic-access.ts';

/** PUT: all devices of the caller hear the topic from now on, those that are registered later too. */
export const subscribeTopic: UserAction = async ({ caller, path }) => {
  const topic = topicOf(path['topic']);
  if (!mayUse(topic, 'subscribe', caller)) {
    throw new ApiError('forbidden', 'The caller may not subscribe this topic. GET /push/topics lists those that are open.');
  }
  await changePreferences(caller.id, (now) => {
    const { topics = [] } = now;
    return topics.includes(topic) ? now : { ...now, topics: [...topics, topic].sort() };
  });
  return {};
};

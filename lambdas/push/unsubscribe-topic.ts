import type { UserAction } from '../runtime/request.ts';
import { changePreferences } from './settle.ts';
import { topicOf } from './topic-access.ts';

/** DELETE: ends a subscription. Nobody needs a right to hear no more. */
export const unsubscribeTopic: UserAction = async ({ caller, path }) => {
  const topic = topicOf(path['topic']);
  await changePreferences(caller.id, (now) => {
    const { topics = [] } = now;
    return topics.includes(topic) ? { ...now, topics: topics.filter((name) => name !== topic) } : now;
  });
  return {};
};

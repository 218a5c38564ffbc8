import { push } from '@compiled/push';
import type { PushReply } from '../../contracts/push-schemas.ts';
import { pushKeys, type UserItem } from '../../contracts/push-table.ts';
import type { UserAction } from '../runtime/request.ts';
import { readItem } from './push-store.ts';
import { mayUse } from './topic-access.ts';

/** GET: the topics that the caller may subscribe, and those that are subscribed although the right has gone. */
export const listTopics: UserAction = async ({ caller }) => {
  const { topics = [] } = (await readItem<UserItem>(pushKeys.user(caller.id))) ?? {};
  const items = Object.keys(push.topics)
    .map((topic) => ({ topic, subscribed: topics.includes(topic) }))
    .filter(({ topic, subscribed }) => subscribed || mayUse(topic, 'subscribe', caller));
  const body: PushReply<'listTopics'> = { items };
  return { body };
};

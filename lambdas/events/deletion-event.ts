import type { BackendEvent, RelayMessage, UserChange } from '../../contracts/events.ts';
import { isThere } from './accounts-client.ts';

/** The event of an account that was to be deleted; undefined if it was not. An account is deleted once, so the event's id is its own. */
export const deletionEvent = async ({
  userId,
  username,
  actor,
  time,
}: Extract<RelayMessage, { kind: 'deletion' }>): Promise<BackendEvent<'user.deleted', UserChange> | undefined> => {
  if (await isThere(username)) return undefined;
  return { id: `user.deleted:${userId}`, type: 'user.deleted', time, depth: 0, actor, data: { userId } };
};

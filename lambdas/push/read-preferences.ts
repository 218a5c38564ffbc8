import { pushKeys, type UserItem } from '../../contracts/push-table.ts';
import type { UserAction } from '../runtime/request.ts';
import { preferencesView } from './preferences-view.ts';
import { readItem } from './push-store.ts';

/** GET: what the caller wants to be sent, and when. */
export const readPreferences: UserAction = async ({ caller }) => ({
  body: preferencesView((await readItem<UserItem>(pushKeys.user(caller.id))) ?? {}),
});

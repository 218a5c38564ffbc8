import type { PushReply } from '../../contracts/push-schemas.ts';
import type { UserItem } from '../../contracts/push-table.ts';

/** What is shown of what a user wants. */
export const preferencesView = ({ quietHours, muted = [], topics = [] }: UserItem): PushReply<'readPreferences'> => ({
  ...(quietHours !== undefined && { quietHours }),
  muted: [...muted],
  topics: [...topics],
});

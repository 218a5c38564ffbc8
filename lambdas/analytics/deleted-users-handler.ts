import { deletedUsersHandler } from '../runtime/deleted-users.ts';
import { deleteConsent } from './consents-store.ts';

/** The function behind the queue of deleted users: what they have said about analytics is forgotten. */
export const handler = deletedUsersHandler(async ({ userId }) => {
  await deleteConsent(userId);
  return undefined;
});

import { analytics } from '@compiled/analytics';
import { deletedUsersHandler } from '../runtime/deleted-users.ts';
import { deleteConsent } from './consents-store.ts';

/**
 * The function behind the queue of deleted users: what they have said about analytics is forgotten. Where consent is assumed, a no holds
 * for ever: a function could still record something about them.
 */
export const handler = deletedUsersHandler(async ({ userId }) => {
  await deleteConsent(userId, analytics.consent === 'assumed');
  return undefined;
});

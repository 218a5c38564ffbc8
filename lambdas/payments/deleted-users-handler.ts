import { paymentsTable, type SubscriptionItem } from '../../contracts/payments-table.ts';
import { deletedUsersHandler, type Forgetting } from '../runtime/deleted-users.ts';
import { forgetCustomer } from './customers.ts';
import { hasEnded } from './has-ended.ts';
import { type Position, readPage } from './payments-store.ts';
import { cancelSubscription } from './stripe-requests.ts';

const pageSize = 100;

/** Stripe tells of the ends by itself, and they are stored then. */
const forget = async ({ userId, remainingMs }: Forgetting): Promise<undefined> => {
  // First, so that a checkout which is paid from now on finds out.
  await forgetCustomer(userId);
  const list = { index: paymentsTable.byUser, partition: userId, prefix: 'S#' } as const;
  let after: Position | undefined;
  do {
    const page = await readPage<SubscriptionItem & Position>(list, { limit: pageSize, after });
    for (const item of page.items) if (!hasEnded(item)) await cancelSubscription(item.id, { remainingMs });
    after = page.last;
  } while (after !== undefined);
};

/** The function behind the queue of deleted users: their subscriptions end. */
export const handler = deletedUsersHandler(forget);

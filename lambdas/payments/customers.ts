import { ApiError } from '../../contracts/errors.ts';
import { paymentsKeys } from '../../contracts/payments-table.ts';
import { commit, deleteItem, readItem } from './payments-store.ts';
import { createCustomer, type Deadline } from './stripe-requests.ts';

interface CustomerItem {
  readonly customer: string;
}

/** The customer that a user is; undefined for one who never began a checkout. */
export const findCustomer = async (userId: string): Promise<string | undefined> =>
  (await readItem<CustomerItem>(paymentsKeys.customer(userId)))?.customer;

/** Whom a customer is the customer of. */
interface UserItem {
  readonly userId: string;
  /** The account is deleted. */
  readonly forgotten?: true;
}

/** The user that a customer is; undefined for customers of others who use the same account of Stripe. */
export const findUser = (customer: string): Promise<UserItem | undefined> => readItem<UserItem>(paymentsKeys.user(customer));

/**
 * Takes the customer from a user whose account is deleted. Whose the customer was stays: payments may still come, or be paid back.
 */
export const forgetCustomer = async (userId: string): Promise<void> => {
  const customer = await findCustomer(userId);
  if (customer === undefined) return;
  await commit([{ key: paymentsKeys.user(customer), item: { userId, forgotten: true } satisfies UserItem }]);
  await deleteItem(paymentsKeys.customer(userId));
};

/**
 * Makes the customer of a user. Of several that try at the same time all get one: Stripe makes one for one key, and the link is
 * written once.
 *
 * @param lost the customer that the user was, and that Stripe does not know any more
 */
const linkCustomer = async (userId: string, lost: string | undefined, deadline: Deadline): Promise<string> => {
  const customer = await createCustomer(userId, `customer-${userId}${lost === undefined ? '' : `-${lost}`}`, deadline);
  const refused = await commit([
    {
      key: paymentsKeys.customer(userId),
      item: { customer },
      when: lost === undefined ? null : { attribute: 'customer', equals: lost },
    },
    { key: paymentsKeys.user(customer), item: { userId } },
  ]);
  return refused === undefined ? customer : String(refused.get(0)?.['customer']);
};

/**
 * Does something with the customer of a user, and once more with a new customer if Stripe does not know the first one any more.
 *
 * @param use gives undefined for a customer that Stripe does not know
 * @throws ApiError of Stripe and of the table
 */
export const withCustomer = async <T>(
  userId: string,
  deadline: Deadline,
  use: (customer: string) => Promise<T | undefined>,
): Promise<T> => {
  const customer = (await findCustomer(userId)) ?? (await linkCustomer(userId, undefined, deadline));
  const done = (await use(customer)) ?? (await use(await linkCustomer(userId, customer, deadline)));
  if (done === undefined)
    throw new ApiError('bad_upstream', 'The payment provider does not know the customer that it has just made. Try again later.');
  return done;
};

import { payments } from '@compiled/payments';
import { ApiError } from '../../contracts/errors.ts';
import type { PaymentsReply } from '../../contracts/payments-schemas.ts';
import type { UserAction } from '../runtime/request.ts';
import { findCustomer } from './customers.ts';
import { readBody } from './read-body.ts';
import { returnUrl } from './return-url.ts';
import { openPortal } from './stripe-requests.ts';

/** POST: opens the billing portal of the caller. */
export const createPortal: UserAction = async (request) => {
  const { returnPath } = readBody('createPortal', request);
  const customer = await findCustomer(request.caller.id);
  const fields = { customer: customer ?? '', return_url: returnUrl(payments.returnUrl, returnPath) };
  const page = customer === undefined ? undefined : await openPortal(fields, `portal-${request.requestId}`, request);
  if (page === undefined) throw new ApiError('not_found', 'The caller has bought nothing yet, so that there is nothing to manage.');
  const body: PaymentsReply<'createPortal'> = { url: page.url };
  return { body };
};

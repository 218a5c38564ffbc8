import { addressPattern, type EmailSuppression, emailLimits } from '../../contracts/email.ts';
import { ApiError } from '../../contracts/errors.ts';
import type { Action } from '../runtime/request.ts';
import { validationError } from '../runtime/validate-body.ts';
import { readSuppressionOf, removeSuppression } from './suppressions-store.ts';

const addressOf = (address = ''): string => {
  if (address.length <= emailLimits.addressLength && addressPattern.test(address)) return address;
  throw validationError([{ pointer: '/address', code: 'invalid_format', detail: 'Expected an e-mail address, percent-encoded.' }]);
};

const noSuppression = (): ApiError => new ApiError('not_found', 'Nothing keeps e-mails from this address.');

/** GET: why nothing is sent to an address. */
export const readSuppression: Action = async ({ path }) => {
  const found = await readSuppressionOf(addressOf(path['address']));
  if (found === undefined) throw noSuppression();
  const { address, reason, at } = found;
  return { body: { address, reason, at } satisfies EmailSuppression };
};

/** DELETE: sends to an address again. */
export const deleteSuppression: Action = async ({ path }) => {
  if (!(await removeSuppression(addressOf(path['address'])))) throw noSuppression();
  return {};
};

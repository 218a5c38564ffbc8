import { emailPattern } from '../../contracts/auth.ts';
import { validationError } from '../runtime/validate-body.ts';

/**
 * Brings an address to the one form under which it is known, so that one mailbox has one account.
 *
 * @throws ApiError `validation_failed` when the result is no address: NFKC can turn a look-alike into an `@` or a space
 */
export const canonicalEmail = (text: string, pointer = '/email'): string => {
  const email = text.normalize('NFKC').trim().toLowerCase().replace(/\.$/, '');
  if (email.length > 254 || !emailPattern.test(email)) {
    throw validationError([{ pointer, code: 'invalid_format', detail: 'Expected an e-mail address.' }]);
  }
  return email;
};

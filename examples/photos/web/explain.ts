import { type ErrorCode, FileRefusedError, NetworkError, PlinthError, PushUnavailableError } from '../../../client/client.ts';

const byCode: Readonly<Partial<Record<ErrorCode, string>>> = {
  invalid_credentials: 'The e-mail address or the password is wrong.',
  invalid_password: 'This password is too simple. Use at least 12 characters, with digits among them.',
  invalid_code: 'The code is wrong or too old. Ask for a new one by creating the account again.',
  already_exists: 'There is an account with this e-mail address already. Log in instead.',
  user_not_confirmed: 'The e-mail address is not confirmed yet. Enter the code from the e-mail.',
  too_many_attempts: 'Too many tries. Wait a few minutes.',
  rate_limited: 'Too many requests. Wait a moment.',
  type_not_allowed: 'Only pictures can be added here.',
  file_too_large: 'This picture is too large. Up to 25 MB can be added.',
  quota_exceeded: 'Your storage is full. Delete photos that you no longer need.',
  not_found: 'This photo is gone already.',
  unauthenticated: 'You were logged out. Log in again.',
};

/** An error in words for whoever looks at the page. */
export const explain = (error: unknown): string => {
  if (error instanceof FileRefusedError) {
    return error.reason === 'type_mismatch'
      ? 'This is no picture, whatever its name says.'
      : 'The picture was damaged on its way. Try again.';
  }
  if (error instanceof PushUnavailableError) return error.message;
  if (error instanceof NetworkError) return 'There is no connection. Check the network and try again.';
  if (error instanceof PlinthError) return byCode[error.code] ?? error.detail;
  return 'Something went wrong. Reload the page and try again.';
};

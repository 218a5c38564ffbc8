import { ApiError, type ErrorCode } from '../../contracts/errors.ts';

/** What each refusal of this feature says: one text a code, so that nothing tells two reasons apart. */
const details = {
  invalid_code: 'The code is wrong, used up or too old. Ask for a new one and try again.',
  invalid_credentials: 'The address or the password is wrong, or the account may not log in.',
  invalid_session: 'The session is wrong or has ended. Log in again.',
  unauthenticated: 'The access token is no longer good. Log in or refresh to get a new one.',
  user_not_confirmed:
    'The address is not confirmed yet. Send the code of the mail to /auth/confirm, or ask /auth/resend-code for a new one.',
  password_reset_required: 'The password must be set anew. Ask /auth/forgot-password for a code.',
  registration_refused: 'This account may not be registered.',
  reauth_required: 'Send the current password as `password`, too.',
  mfa_not_enrolled: 'No enrolment has begun. Begin with POST /auth/mfa.',
  not_found: 'There is no such account.',
  already_exists: 'There is an account with this address already.',
  invalid_cursor: 'The cursor is not of this list and search. Begin again without one.',
} as const satisfies Partial<Record<ErrorCode, string>>;

/** The refusal with this code. */
export const refusal = (code: keyof typeof details, cause?: unknown): ApiError => new ApiError(code, details[code], { cause });

/** The refusal of a caller who has tried too often. */
export const tooManyAttempts = (retryAfterSeconds: number, cause?: unknown): ApiError =>
  new ApiError('too_many_attempts', 'There were too many attempts. Wait as long as Retry-After says.', { retryAfterSeconds, cause });

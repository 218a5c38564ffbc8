import { auth } from '@compiled/auth';
import { maxPasswordLength } from '../../contracts/auth.ts';
import { ApiError, type FieldError } from '../../contracts/errors.ts';

interface Rule {
  readonly code: string;
  readonly detail: string;
  isBroken(password: string, email: string | undefined): boolean;
}

const { password: policy } = auth;

/** What Cognito counts as a symbol (developer guide, "Adding user pool password requirements"). */
const symbol = /[\^$*.[\]{}()?"!@#%&/\\,><':;|_~`=+-]/;

const rules: readonly Rule[] = [
  {
    code: 'too_short',
    detail: `At least ${policy.minLength} characters are needed.`,
    isBroken: (password) => [...password].length < policy.minLength,
  },
  {
    code: 'too_long',
    detail: `At most ${maxPasswordLength} characters are allowed.`,
    isBroken: (password) => password.length > maxPasswordLength,
  },
  {
    code: 'digit_missing',
    detail: 'A digit is needed.',
    isBroken: (password) => policy.requireDigits && !/[0-9]/.test(password),
  },
  {
    code: 'lowercase_missing',
    detail: 'A letter from a to z is needed.',
    isBroken: (password) => policy.requireLowercase && !/[a-z]/.test(password),
  },
  {
    code: 'uppercase_missing',
    detail: 'A letter from A to Z is needed.',
    isBroken: (password) => policy.requireUppercase && !/[A-Z]/.test(password),
  },
  {
    code: 'symbol_missing',
    detail: 'A symbol such as ! or ? is needed.',
    isBroken: (password) => policy.requireSymbols && !symbol.test(password),
  },
  { code: 'only_spaces', detail: 'More than spaces is needed.', isBroken: (password) => password !== '' && password.trim() === '' },
  {
    // Cognito refuses it, too (SignUp, Password: the pattern of the member).
    code: 'outer_space',
    detail: 'No space is allowed at the beginning or the end.',
    isBroken: (password) => password.trim() !== '' && password.trim() !== password,
  },
  { code: 'control_character', detail: 'No control characters are allowed.', isBroken: (password) => /\p{Cc}/u.test(password) },
  {
    code: 'same_as_email',
    detail: 'The password must not be the address.',
    isBroken: (password, email) => email !== undefined && password.normalize('NFKC').toLowerCase() === email,
  },
];

/** The refusal of a password, with one entry for each broken rule. */
export const invalidPassword = (errors: readonly FieldError[]): ApiError =>
  new ApiError('invalid_password', errors.map((error) => error.detail).join(' '), { errors });

/**
 * Checks a password that is to be set against the policy of the definition.
 *
 * @param pointer where the request holds it
 * @throws ApiError `invalid_password` with one entry for each broken rule, never with the password
 */
export const checkPassword = (password: string, { email, pointer }: { email?: string; pointer: string }): void => {
  const errors = rules.filter((rule) => rule.isBroken(password, email)).map(({ code, detail }): FieldError => ({ pointer, code, detail }));
  if (errors.length > 0) throw invalidPassword(errors);
};

import { defineRoutes } from './route.ts';

/** Accounts: how people register and log in, and which groups there are. */
export interface AuthOptions {
  /** Groups that rules may name, beside the admin group. @default [] */
  readonly groups?: readonly string[];
  /** The group whose members may use `/admin/*`. @default 'admins' */
  readonly adminGroup?: string;
  /** The password policy. @default at least 8 characters with a digit and a letter in lower case */
  readonly password?: {
    /** 6 to 99 (Cognito, PasswordPolicyType). @default 8 */
    readonly minLength?: number;
    /** @default true */
    readonly requireDigits?: boolean;
    /** @default true */
    readonly requireLowercase?: boolean;
    /** @default false */
    readonly requireUppercase?: boolean;
    /** @default false */
    readonly requireSymbols?: boolean;
  };
  /** How long an access token is good for, in minutes: 5 to 1440. A sign-out, a disabled account or a lost group takes at most so long to show. @default 15 */
  readonly accessTokenMinutes?: number;
  /** How long a person stays logged in without using the app, in days: 1 to 3650. @default 30 */
  readonly refreshTokenDays?: number;
  /** Whether people may register by themselves. @default true */
  readonly selfRegistration?: boolean;
}

/** The scope that Cognito asks for in operations on the own account (Cognito, GetUser). A login of this API gives it. */
const selfServiceScope = 'aws.cognito.signin.user.admin';

/** The routes of registering, logging in and the own account. */
export const accountRoutes = defineRoutes({
  register: {
    method: 'POST',
    path: '/auth/register',
    access: 'anyone',
    summary: 'Opens an account; a code is sent to the address',
    status: 202,
    body: 'required',
    errors: ['invalid_password', 'registration_refused', 'hook_failed', 'too_many_attempts'],
  },
  confirm: {
    method: 'POST',
    path: '/auth/confirm',
    access: 'anyone',
    summary: 'Confirms the address with the code',
    status: 204,
    body: 'required',
    errors: ['invalid_code', 'too_many_attempts'],
  },
  resendCode: {
    method: 'POST',
    path: '/auth/resend-code',
    access: 'anyone',
    summary: 'Sends the confirmation code again',
    status: 202,
    body: 'required',
    errors: ['too_many_attempts'],
  },
  login: {
    method: 'POST',
    path: '/auth/login',
    access: 'anyone',
    summary: 'Gives tokens for an address and a password, or a challenge',
    status: 200,
    body: 'required',
    errors: ['invalid_credentials', 'user_not_confirmed', 'password_reset_required', 'too_many_attempts'],
  },
  answerChallenge: {
    method: 'POST',
    path: '/auth/challenge',
    access: 'anyone',
    summary: 'Answers a login challenge: an authenticator code, or a new password',
    status: 200,
    body: 'required',
    errors: ['invalid_code', 'invalid_session', 'invalid_password', 'too_many_attempts'],
  },
  recover: {
    method: 'POST',
    path: '/auth/recover',
    access: 'anyone',
    summary: 'Logs in with a recovery code in place of the authenticator, and disables it',
    status: 200,
    body: 'required',
    errors: ['invalid_credentials', 'too_many_attempts'],
  },
  refresh: {
    method: 'POST',
    path: '/auth/refresh',
    access: 'anyone',
    summary: 'Gives new tokens for a refresh token, which is used up',
    status: 200,
    body: 'required',
    errors: ['invalid_session'],
  },
  logout: {
    method: 'POST',
    path: '/auth/logout',
    access: 'anyone',
    summary: 'Revokes a refresh token and the tokens made from it',
    status: 204,
    body: 'required',
    errors: [],
  },
  forgotPassword: {
    method: 'POST',
    path: '/auth/forgot-password',
    access: 'anyone',
    summary: 'Sends a reset code, if there is such an account',
    status: 202,
    body: 'required',
    errors: ['too_many_attempts'],
  },
  resetPassword: {
    method: 'POST',
    path: '/auth/reset-password',
    access: 'anyone',
    summary: 'Sets a new password with the reset code',
    status: 204,
    body: 'required',
    errors: ['invalid_code', 'invalid_password', 'too_many_attempts'],
  },
  changePassword: {
    method: 'POST',
    path: '/auth/change-password',
    access: 'signedIn',
    scope: selfServiceScope,
    summary: 'Changes the password and ends all sessions; gives new tokens, or a challenge, as a login does',
    status: 200,
    body: 'required',
    errors: ['invalid_credentials', 'invalid_password', 'too_many_attempts'],
  },
  readMe: {
    method: 'GET',
    path: '/auth/me',
    access: 'signedIn',
    scope: selfServiceScope,
    summary: 'Reads the own account',
    status: 200,
    errors: [],
  },
  updateMe: {
    method: 'PATCH',
    path: '/auth/me',
    access: 'signedIn',
    scope: selfServiceScope,
    summary: 'Changes the own account; a new address must be verified before it counts',
    status: 200,
    body: 'required',
    errors: ['reauth_required', 'invalid_credentials', 'too_many_attempts'],
  },
  verifyEmail: {
    method: 'POST',
    path: '/auth/me/verify-email',
    access: 'signedIn',
    scope: selfServiceScope,
    summary: 'Verifies the new address with the code',
    status: 204,
    body: 'required',
    errors: ['invalid_code', 'too_many_attempts'],
  },
  deleteMe: {
    method: 'DELETE',
    path: '/auth/me',
    access: 'signedIn',
    scope: selfServiceScope,
    summary: 'Deletes the own account',
    status: 204,
    body: 'optional',
    errors: ['reauth_required', 'invalid_credentials', 'too_many_attempts'],
  },
  enrolMfa: {
    method: 'POST',
    path: '/auth/mfa',
    access: 'signedIn',
    scope: selfServiceScope,
    summary: 'Begins with an authenticator app: gives its secret',
    status: 200,
    body: 'optional',
    errors: ['reauth_required', 'invalid_credentials', 'too_many_attempts'],
  },
  verifyMfa: {
    method: 'POST',
    path: '/auth/mfa/verify',
    access: 'signedIn',
    scope: selfServiceScope,
    summary: 'Ends the enrolment with a code; gives recovery codes',
    status: 200,
    body: 'required',
    errors: ['invalid_code', 'mfa_not_enrolled', 'too_many_attempts'],
  },
  disableMfa: {
    method: 'DELETE',
    path: '/auth/mfa',
    access: 'signedIn',
    scope: selfServiceScope,
    summary: 'Stops asking for the authenticator',
    status: 204,
    body: 'optional',
    errors: ['reauth_required', 'invalid_credentials', 'too_many_attempts'],
  },
});

/** The routes by which admins look after accounts. */
export const userRoutes = defineRoutes({
  listUsers: {
    method: 'GET',
    path: '/admin/users',
    access: 'admins',
    summary: 'Lists accounts; `search` matches the beginning of the address',
    status: 200,
    errors: ['invalid_cursor'],
  },
  inviteUser: {
    method: 'POST',
    path: '/admin/users',
    access: 'admins',
    summary: 'Creates an account and sends an invitation',
    status: 201,
    body: 'required',
    errors: ['already_exists'],
  },
  readUser: { method: 'GET', path: '/admin/users/{id}', access: 'admins', summary: 'Reads an account', status: 200, errors: ['not_found'] },
  disableUser: {
    method: 'POST',
    path: '/admin/users/{id}/disable',
    access: 'admins',
    summary: 'Refuses the account’s logins and ends its sessions',
    status: 204,
    errors: ['not_found'],
  },
  enableUser: {
    method: 'POST',
    path: '/admin/users/{id}/enable',
    access: 'admins',
    summary: 'Lets the account log in again',
    status: 204,
    errors: ['not_found'],
  },
  setUserGroups: {
    method: 'PUT',
    path: '/admin/users/{id}/groups',
    access: 'admins',
    summary: 'Sets the groups of an account',
    status: 200,
    body: 'required',
    errors: ['not_found'],
  },
  signOutUser: {
    method: 'POST',
    path: '/admin/users/{id}/sign-out',
    access: 'admins',
    summary: 'Ends all sessions of an account',
    status: 204,
    errors: ['not_found'],
  },
  deleteUser: {
    method: 'DELETE',
    path: '/admin/users/{id}',
    access: 'admins',
    summary: 'Deletes an account',
    status: 204,
    errors: ['not_found'],
  },
});

/** The routes of accounts. */
export const authRoutes = { ...accountRoutes, ...userRoutes } as const;

export type AuthRoute = keyof typeof authRoutes;

/** The attributes of the table that counts attempts and holds recovery codes. */
export const attemptsTable = { partitionKey: 'id', timeToLive: 'expiresAt' } as const;

/** How often something may be tried within a window of time, by one address or from one source. */
export interface AttemptLimit {
  /** Part of the counter's key. */
  readonly name: string;
  readonly attempts: number;
  /** The length of the window, and so the longest pause after the last allowed attempt. */
  readonly windowSeconds: number;
  /**
   * When the window begins. `lastAttempt`: each attempt begins it anew, so that the pause always has its full length;
   * `firstAttempt`: steady use by many people from one source is never locked out for long.
   */
  readonly windowFrom: 'firstAttempt' | 'lastAttempt';
  /** What a success does: `forget` all attempts, take back (`refund`) its own, or `keep` it counted. */
  readonly onSuccess: 'forget' | 'refund' | 'keep';
}

/**
 * The limits on guessing and on messages. An attempt is counted before it is looked at, so that parallel attempts don't
 * slip through. A source is an IPv4 address or the /64 network of an IPv6 address.
 *
 * Cognito's own lock-out begins at 5 wrong passwords, too, but with a pause of one second (developer guide, "Lockout
 * behavior for failed sign-in attempts"); it sends at most 5 to 20 codes an hour ("Quotas in Amazon Cognito").
 */
export const authLimits = {
  /** Wrong passwords for one address, wherever a password is asked for. */
  passwordsPerAddress: { name: 'password', attempts: 5, windowSeconds: 900, windowFrom: 'lastAttempt', onSuccess: 'forget' },
  passwordsPerSource: { name: 'password-source', attempts: 100, windowSeconds: 900, windowFrom: 'firstAttempt', onSuccess: 'refund' },
  /** Wrong confirmation, reset and verification codes for one address. */
  codesPerAddress: { name: 'code', attempts: 5, windowSeconds: 3_600, windowFrom: 'lastAttempt', onSuccess: 'forget' },
  codesPerSource: { name: 'code-source', attempts: 50, windowSeconds: 3_600, windowFrom: 'firstAttempt', onSuccess: 'refund' },
  /** Wrong authenticator codes for one account. */
  authenticatorCodes: { name: 'authenticator', attempts: 5, windowSeconds: 900, windowFrom: 'lastAttempt', onSuccess: 'forget' },
  /** Messages with a code to one address. */
  messagesPerAddress: { name: 'message', attempts: 5, windowSeconds: 3_600, windowFrom: 'firstAttempt', onSuccess: 'keep' },
  messagesPerSource: { name: 'message-source', attempts: 60, windowSeconds: 3_600, windowFrom: 'firstAttempt', onSuccess: 'keep' },
} as const satisfies Record<string, AttemptLimit>;

/**
 * Answers that may not tell whether an account exists leave at multiples of so many milliseconds, since Cognito takes
 * longer for an account that exists.
 */
export const answerStepMs = 400;

/** How many recovery codes an enrolment gives. Each is good once. */
export const recoveryCodeCount = 10;

/** The longest password that Cognito takes (SignUp, Password). */
export const maxPasswordLength = 256;

/**
 * An e-mail address in its canonical form: no space around it, NFKC, lower case, no dot at the end. A domain outside
 * ASCII is written in punycode.
 */
export const emailPattern =
  /^[^\s@"(),:;<>[\\\]\p{Cc}]{1,64}@[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+$/u;

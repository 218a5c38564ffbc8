import { z } from 'zod';
import type { AuthRoute } from './auth.ts';

// Only the synth side and types read this file: a Lambda bundle holds what is compiled from it, never Zod.

/** The handlers bring it to its canonical form first and then check it against `emailPattern`. */
const email = z.string().min(3).max(320);
/** A password that is compared. */
const password = z.string().min(1).max(256);
/** A password that is set: its rules are checked by the handlers, which can name the broken ones. */
const newPassword = z.string().max(1_024);
/** Cognito's codes of mails and those of authenticator apps have six digits. */
const code = z.string().regex(/^[0-9]{6}$/);
const session = z.string().min(20).max(4_096);
const refreshToken = z.string().min(20).max(4_096);
const name = z.string().min(1).max(200);
const group = z.string().min(1).max(128);

const tokens = z.object({
  accessToken: z.string(),
  idToken: z.string(),
  refreshToken: z.string(),
  tokenType: z.literal('Bearer'),
  expiresInSeconds: z.int(),
});
const challenge = z.object({ challenge: z.enum(['authenticator_code', 'new_password']), session: z.string() });
const me = z.object({
  id: z.string(),
  email: z.string(),
  emailVerified: z.boolean(),
  /** A new address that waits for its code; only in the answer to the change. */
  pendingEmail: z.string().optional(),
  name: z.string().optional(),
  groups: z.array(z.string()),
  mfaEnabled: z.boolean(),
});
const user = z.object({
  id: z.string(),
  email: z.string(),
  emailVerified: z.boolean(),
  name: z.string().optional(),
  status: z.enum(['unconfirmed', 'confirmed', 'invited', 'reset_required', 'other']),
  enabled: z.boolean(),
  groups: z.array(z.string()).optional(),
  mfaEnabled: z.boolean().optional(),
  createdAt: z.string(),
  updatedAt: z.string(),
});

/** The bodies of requests by route. Objects are strict: an unknown field is refused. */
export const authRequests = {
  register: z.strictObject({ email, password: newPassword, name: name.optional() }),
  confirm: z.strictObject({ email, code }),
  resendCode: z.strictObject({ email }),
  login: z.strictObject({ email, password }),
  answerChallenge: z.union([z.strictObject({ email, session, code }), z.strictObject({ email, session, newPassword })]),
  recover: z.strictObject({ email, password, recoveryCode: z.string().min(8).max(64) }),
  refresh: z.strictObject({ refreshToken }),
  logout: z.strictObject({ refreshToken }),
  forgotPassword: z.strictObject({ email }),
  resetPassword: z.strictObject({ email, code, newPassword }),
  changePassword: z.strictObject({ password, newPassword }),
  updateMe: z.strictObject({ name: name.nullable().optional(), email: email.optional(), password: password.optional() }),
  verifyEmail: z.strictObject({ code }),
  deleteMe: z.strictObject({ password: password.optional() }),
  /** `appName`: what the authenticator app shows. @default the host name of the API */
  enrolMfa: z.strictObject({ password: password.optional(), appName: z.string().min(1).max(64).optional() }),
  verifyMfa: z.strictObject({ code, deviceName: z.string().max(64).optional() }),
  disableMfa: z.strictObject({ password: password.optional() }),
  inviteUser: z.strictObject({ email, name: name.optional(), groups: z.array(group).max(100).optional() }),
  setUserGroups: z.strictObject({ groups: z.array(group).max(100) }),
} as const satisfies Partial<Record<AuthRoute, z.ZodType>>;

/** The bodies of answers by route. A route that is not named answers without a body. */
export const authReplies = {
  login: z.union([tokens, challenge]),
  answerChallenge: z.union([tokens, challenge]),
  recover: tokens,
  refresh: tokens,
  changePassword: z.union([tokens, challenge]),
  readMe: me,
  updateMe: me,
  enrolMfa: z.object({ secret: z.string(), uri: z.string() }),
  verifyMfa: z.object({ recoveryCodes: z.array(z.string()) }),
  listUsers: z.object({ items: z.array(user), cursor: z.string().optional() }),
  inviteUser: user,
  readUser: user,
  setUserGroups: user,
} as const satisfies Partial<Record<AuthRoute, z.ZodType>>;

export type AuthRequest<K extends keyof typeof authRequests> = z.infer<(typeof authRequests)[K]>;
export type AuthReply<K extends keyof typeof authReplies> = z.infer<(typeof authReplies)[K]>;
export type Tokens = z.infer<typeof tokens>;
export type Challenge = z.infer<typeof challenge>;
export type Me = z.infer<typeof me>;
export type User = z.infer<typeof user>;

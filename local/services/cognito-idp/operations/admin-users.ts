import { checkAttributes } from '../attribute-schema.ts';
import { attributeList, authorizedPool, type Call, epochSeconds, type Operation, srpUsername, userOf } from '../call.ts';
import { failures } from '../failures.ts';
import { checkPasswordPolicy } from '../passwords.ts';
import type { UserPool } from '../user-pool.ts';
import type { User } from '../users-store.ts';
import { mfaSettings } from './mfa.ts';
import { runPostConfirmation } from './sign-up.ts';
import { applyAttributes, checkMutable } from './write-attributes.ts';

/** A user in the form of `ListUsers` and `AdminCreateUser`. */
export function userType(user: User): object {
  return {
    Username: user.username,
    Attributes: attributeList(user.attributes),
    UserCreateDate: epochSeconds(user.createdAt),
    UserLastModifiedDate: epochSeconds(user.modifiedAt),
    Enabled: user.enabled,
    UserStatus: user.status,
  };
}

export const adminGetUser: Operation = (call) => {
  const user = userOf(call, authorizedPool(call));
  return {
    Username: user.username,
    UserAttributes: attributeList(user.attributes),
    UserCreateDate: epochSeconds(user.createdAt),
    UserLastModifiedDate: epochSeconds(user.modifiedAt),
    Enabled: user.enabled,
    UserStatus: user.status,
    ...mfaSettings(user),
  };
};

export const adminDeleteUser: Operation = (call) => {
  call.runtime.users.delete(userOf(call, authorizedPool(call)));
  return {};
};

/** A disabled user's tokens are revoked, as on AWS. */
export const adminDisableUser: Operation = (call) => {
  const { database, users, sessions } = call.runtime;
  const user = userOf(call, authorizedPool(call));
  database.transaction(() => {
    users.update(user, { enabled: false });
    sessions.revokeAll(user);
  });
  return {};
};

export const adminEnableUser: Operation = (call) => {
  call.runtime.users.update(userOf(call, authorizedPool(call)), { enabled: true });
  return {};
};

/** Sessions go on after a new password, as on AWS: an app that wants them ended calls `AdminUserGlobalSignOut`. */
export const adminSetUserPassword: Operation = async (call) => {
  const { runtime, input } = call;
  const pool = authorizedPool(call);
  const user = userOf(call, pool);
  const password = input.string('Password', 256);
  checkPasswordPolicy(pool.passwordPolicy, password);
  const stored = await runtime.passwords.make(pool, password, srpUsername(runtime, pool, user.username));
  if (input.boolean('Permanent')) {
    runtime.users.setPassword(user, stored, 'CONFIRMED');
  } else {
    runtime.users.setPassword(user, stored, 'FORCE_CHANGE_PASSWORD', temporaryUntil(call, pool));
  }
  return {};
};

/** When a temporary password of now ends. */
export function temporaryUntil(call: Call, pool: UserPool): number {
  return call.runtime.clock.now() + pool.passwordPolicy.temporaryPasswordValidityDays * 86_400_000;
}

export const adminConfirmSignUp: Operation = async (call) => {
  const { runtime, input } = call;
  const pool = authorizedPool(call);
  const user = userOf(call, pool);
  if (user.status !== 'UNCONFIRMED') {
    throw failures.notAuthorized(`User cannot be confirmed. Current status is ${user.status}`);
  }
  const confirmed = runtime.users.update(user, { status: 'CONFIRMED' });
  const clientMetadata = input.stringMap('ClientMetadata');
  await runPostConfirmation(runtime, {
    pool,
    user: confirmed,
    source: 'PostConfirmation_ConfirmSignUp',
    clientId: undefined,
    clientMetadata,
  });
  return {};
};

export const adminUpdateUserAttributes: Operation = async (call) => {
  const pool = authorizedPool(call);
  const user = userOf(call, pool);
  const given = call.input.attributes('UserAttributes') ?? {};
  if ('sub' in given) {
    throw failures.invalidParameter('Cannot modify the non-mutable attribute sub');
  }
  checkAttributes(pool.schema, given);
  checkMutable(pool, given);
  await applyAttributes(call, { pool, user, given, clientId: undefined });
  return {};
};

export const adminUserGlobalSignOut: Operation = (call) => {
  call.runtime.sessions.revokeAll(userOf(call, authorizedPool(call)));
  return {};
};

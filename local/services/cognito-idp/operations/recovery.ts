import { SIGN_IN_RULE } from '../attempts.ts';
import { authorizedPool, checkSecretHash, clientOf, type Operation, srpUsername, userOf } from '../call.ts';
import { deliverCode, recoveryTarget, simulatedDelivery } from '../code-delivery.ts';
import { failures } from '../failures.ts';
import { checkPasswordPolicy } from '../passwords.ts';
import type { UserPool } from '../user-pool.ts';
import type { User } from '../users-store.ts';
import { runPostConfirmation } from './sign-up.ts';

/** @throws AwsError `NotAuthorizedException` for users who must use their temporary password first. */
function checkMayRecover(pool: UserPool, user: User): void {
  if (user.status === 'FORCE_CHANGE_PASSWORD') {
    throw failures.notAuthorized('User password cannot be reset in the current state.');
  }
  if (pool.recoveryMechanisms[0] === 'admin_only') {
    throw failures.notAuthorized('Contact administrator to reset password.');
  }
}

export const forgotPassword: Operation = async (call) => {
  const { runtime, input } = call;
  const { pool, client } = clientOf(call);
  const name = input.string('Username', 128);
  checkSecretHash(client, name, input.optionalString('SecretHash'));
  const user = runtime.users.find(pool, name);
  if (user === undefined && !client.hidesUsers) {
    throw failures.userNotFound('Username/client id combination not found.');
  }
  runtime.codes.countMessage({ poolId: pool.id, name: user?.username ?? name.trim().toLowerCase() }, 'reset');
  const to = user && recoveryTarget(pool, user);
  // With hidden users AWS simulates a delivery for unknown, disabled and unverified users alike.
  if (client.hidesUsers && (user === undefined || !user.enabled || to === undefined)) {
    return { CodeDeliveryDetails: simulatedDelivery(name) };
  }
  if (user === undefined || !user.enabled) {
    throw failures.userDisabled();
  }
  checkMayRecover(pool, user);
  if (to === undefined) {
    throw failures.invalidParameter('Cannot reset password for the user as there is no registered/verified email or phone_number');
  }
  const clientMetadata = input.stringMap('ClientMetadata');
  const delivery = {
    pool,
    user,
    purpose: 'reset',
    to,
    source: 'CustomMessage_ForgotPassword',
    clientId: client.id,
    clientMetadata,
  } as const;
  return { CodeDeliveryDetails: await deliverCode(runtime, delivery) };
};

/** Sessions go on after a reset, as on AWS: an app that wants them ended calls `AdminUserGlobalSignOut`. */
export const confirmForgotPassword: Operation = async (call) => {
  const { runtime, input } = call;
  const { pool, client } = clientOf(call);
  const name = input.string('Username', 128);
  checkSecretHash(client, name, input.optionalString('SecretHash'));
  const code = input.string('ConfirmationCode', 2_048);
  const password = input.string('Password', 256);
  const user = runtime.users.find(pool, name);
  if (user === undefined && !client.hidesUsers) {
    throw failures.userNotFound('Username/client id combination not found.');
  }
  checkPasswordPolicy(pool.passwordPolicy, password);
  const exists = user?.enabled ?? false;
  const owner = { poolId: pool.id, name: user?.username ?? name.trim().toLowerCase(), exists };
  runtime.codes.check(owner, 'reset', code);
  // Used up before the slow hash, so that parallel requests with one code set one password.
  if (user === undefined || !runtime.codes.consume(owner, 'reset')) {
    throw failures.expiredCode();
  }
  const stored = await runtime.passwords.make(pool, password, srpUsername(runtime, pool, user.username));
  runtime.users.setPassword(user, stored, 'CONFIRMED');
  runtime.attempts.clear(owner, SIGN_IN_RULE);
  const confirmed = { ...user, status: 'CONFIRMED' } as const;
  const clientMetadata = input.stringMap('ClientMetadata');
  await runPostConfirmation(runtime, {
    pool,
    user: confirmed,
    source: 'PostConfirmation_ConfirmForgotPassword',
    clientId: client.id,
    clientMetadata,
  });
  return {};
};

export const adminResetUserPassword: Operation = async (call) => {
  const { runtime } = call;
  const pool = authorizedPool(call);
  const user = userOf(call, pool);
  if (!user.enabled) {
    throw failures.userDisabled();
  }
  if (user.status === 'FORCE_CHANGE_PASSWORD' || user.status === 'UNCONFIRMED') {
    throw failures.notAuthorized('User password cannot be reset in the current state.');
  }
  const to = recoveryTarget(pool, user);
  if (to === undefined) {
    throw failures.invalidParameter('Cannot reset password for the user as there is no registered/verified email or phone_number');
  }
  runtime.codes.countMessage({ poolId: pool.id, name: user.username }, 'reset');
  const updated = runtime.users.update(user, { status: 'RESET_REQUIRED' });
  const clientMetadata = call.input.stringMap('ClientMetadata');
  await deliverCode(runtime, {
    pool,
    user: updated,
    purpose: 'reset',
    to,
    source: 'CustomMessage_ForgotPassword',
    clientId: undefined,
    clientMetadata,
  });
  return {};
};

import { AwsError } from '../../service.ts';
import { authorizedPool, type Call, holderOf, type Operation, userOf } from '../call.ts';
import type { Challenge } from '../challenges.ts';
import { failures } from '../failures.ts';
import type { Runtime } from '../runtime.ts';
import { makeTotpSecret } from '../totp.ts';
import type { UserPool } from '../user-pool.ts';
import type { User } from '../users-store.ts';
import { checkTotp } from './totp-check.ts';

/** Who sets up an authenticator app: a signed-in user, or one in the middle of an `MFA_SETUP` challenge. */
interface Enrolment {
  readonly user: User;
  readonly pool: UserPool;
  readonly setup: { readonly session: string; readonly challenge: Challenge } | undefined;
}

function poolOf(runtime: Runtime, user: User): UserPool {
  const pool = runtime.pools.get(user.poolId);
  if (pool === undefined) {
    throw failures.resourceNotFound(`User pool ${user.poolId} does not exist.`);
  }
  return pool;
}

async function enrolmentOf(call: Call): Promise<Enrolment> {
  const { runtime, input } = call;
  const session = input.optionalString('Session');
  if (session === undefined) {
    const { user } = await holderOf(call);
    return { user, pool: poolOf(runtime, user), setup: undefined };
  }
  const challenge = runtime.challenges.peek(session);
  const user = typeof challenge === 'string' ? undefined : runtime.users.byUsername(challenge.poolId, challenge.username);
  if (typeof challenge === 'string' || challenge.name !== 'MFA_SETUP' || user === undefined) {
    throw failures.invalidSession();
  }
  return { user, pool: poolOf(runtime, user), setup: { session, challenge } };
}

/** Replaces the session of a set-up under way by its next one. */
function nextSession(runtime: Runtime, setup: Enrolment['setup'], state: Readonly<Record<string, string>>): { Session?: string } {
  if (setup === undefined) {
    return {};
  }
  if (!runtime.challenges.close(setup.session)) {
    throw failures.invalidSession();
  }
  const lifetime = runtime.clients.get(setup.challenge.clientId)?.authSessionSeconds ?? 180;
  return { Session: runtime.challenges.open({ ...setup.challenge, state }, lifetime) };
}

export const associateSoftwareToken: Operation = async (call) => {
  const { runtime } = call;
  const { user, pool, setup } = await enrolmentOf(call);
  if (pool.mfa === 'OFF') {
    throw new AwsError('SoftwareTokenMFANotFoundException', 'Software Token MFA is not enabled by the userPool.');
  }
  const SecretCode = makeTotpSecret();
  runtime.users.update(user, { totp_pending: SecretCode });
  return { SecretCode, ...nextSession(runtime, setup, {}) };
};

export const verifySoftwareToken: Operation = async (call) => {
  const { runtime, input } = call;
  const code = input.string('UserCode', 6);
  const { user, setup } = await enrolmentOf(call);
  if (user.totpPending === undefined) {
    throw failures.invalidParameter('Software Token MFA has not been associated by the user');
  }
  try {
    checkTotp(runtime, user, user.totpPending, code);
  } catch (error) {
    if (error instanceof AwsError && error.code === 'CodeMismatchException') {
      throw new AwsError('EnableSoftwareTokenMFAException', 'Code mismatch and fail enable Software Token MFA', { cause: error });
    }
    throw error;
  }
  const enabled = setup === undefined ? {} : { mfa_enabled: true, mfa_preferred: true };
  runtime.users.update(user, { totp_secret: user.totpPending, totp_pending: null, ...enabled });
  return { Status: 'SUCCESS', ...nextSession(runtime, setup, { verified: 'true' }) };
};

function setPreference(call: Call, pool: UserPool, user: User): object {
  const { runtime, input } = call;
  for (const unsupported of ['SMSMfaSettings', 'EmailMfaSettings', 'WebAuthnMfaSettings']) {
    if (input.structure(unsupported)?.boolean('Enabled')) {
      throw failures.invalidParameter(
        `User does not have delivery config set to turn on ${unsupported.replace('MfaSettings', '_MFA').toUpperCase()}`,
      );
    }
  }
  const settings = input.structure('SoftwareTokenMfaSettings');
  if (settings === undefined) {
    return {};
  }
  const enabled = settings.boolean('Enabled');
  if (enabled && user.totpSecret === undefined) {
    throw failures.invalidParameter('User has not verified software token mfa');
  }
  if (settings.boolean('PreferredMfa') && !enabled) {
    throw failures.invalidParameter('Invalid MFA preference: a preferred factor must be enabled');
  }
  if (!enabled && pool.mfa === 'ON' && user.mfaEnabled) {
    throw failures.invalidParameter('MFA is required for the user pool and cannot be turned off for the user');
  }
  runtime.users.update(user, { mfa_enabled: enabled, mfa_preferred: enabled && settings.boolean('PreferredMfa') });
  return {};
}

export const setUserMfaPreference: Operation = async (call) => {
  const { user } = await holderOf(call);
  return setPreference(call, poolOf(call.runtime, user), user);
};

export const adminSetUserMfaPreference: Operation = (call) => {
  const pool = authorizedPool(call);
  return setPreference(call, pool, userOf(call, pool));
};

/** The factors of a user, as `GetUser` and `AdminGetUser` list them. */
export function mfaSettings(user: User): { UserMFASettingList?: string[]; PreferredMfaSetting?: string } {
  return {
    ...(user.mfaEnabled ? { UserMFASettingList: ['SOFTWARE_TOKEN_MFA'] } : {}),
    ...(user.mfaPreferred ? { PreferredMfaSetting: 'SOFTWARE_TOKEN_MFA' } : {}),
  };
}

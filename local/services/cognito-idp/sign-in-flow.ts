import type { ChallengeName } from './challenges.ts';
import { failures } from './failures.ts';
import type { Runtime } from './runtime.ts';
import type { IssuedTokens } from './tokens.ts';
import { triggerAttributes } from './triggers.ts';
import type { UserPool } from './user-pool.ts';
import type { UserPoolClient } from './user-pool-client.ts';
import type { User } from './users-store.ts';

/** A sign-in under way. */
export interface SignIn {
  readonly runtime: Runtime;
  readonly pool: UserPool;
  readonly client: UserPoolClient;
  readonly user: User;
  /** Reaches triggers only where AWS passes it on: from `RespondToAuthChallenge`, not from `InitiateAuth`. */
  readonly clientMetadata?: Readonly<Record<string, string>>;
}

/** What `InitiateAuth` and `RespondToAuthChallenge` answer: tokens, or the next challenge. */
export type SignInReply =
  | { readonly AuthenticationResult: IssuedTokens & { readonly RefreshToken?: string }; readonly ChallengeParameters: object }
  | ChallengeReply;

interface ChallengeReply {
  readonly ChallengeName: ChallengeName;
  readonly ChallengeParameters: Readonly<Record<string, string>>;
  readonly Session?: string;
  readonly AvailableChallenges?: readonly string[];
}

/** Opens a challenge session for the sign-in and words the reply. */
export function challenge(
  signIn: SignIn,
  name: ChallengeName,
  details: { parameters?: Readonly<Record<string, string>>; state?: Readonly<Record<string, string>> } = {},
): ChallengeReply & { readonly Session: string } {
  const { runtime, client, user } = signIn;
  const opened = { name, poolId: user.poolId, clientId: client.id, username: user.username, state: details.state ?? {} };
  return {
    ChallengeName: name,
    ChallengeParameters: details.parameters ?? {},
    Session: runtime.challenges.open(opened, client.authSessionSeconds),
  };
}

/** Refuses users who may not sign in whatever they know. Ask only after the password was right. */
export function checkMaySignIn(user: User): void {
  if (!user.enabled) {
    throw failures.userDisabled();
  }
  if (user.status === 'UNCONFIRMED') {
    throw failures.userNotConfirmed();
  }
  if (user.status === 'RESET_REQUIRED') {
    throw failures.passwordResetRequired();
  }
}

/** Goes on after the first factor: a new password, a second factor, or tokens. */
export function continueSignIn(signIn: SignIn): SignInReply | Promise<SignInReply> {
  checkMaySignIn(signIn.user);
  return signIn.user.status === 'FORCE_CHANGE_PASSWORD' ? askForNewPassword(signIn) : askForSecondFactor(signIn);
}

function askForNewPassword(signIn: SignIn): SignInReply {
  const { runtime, pool, user } = signIn;
  if (user.temporaryUntil !== undefined && user.temporaryUntil <= runtime.clock.now()) {
    throw failures.notAuthorized('Temporary password has expired and must be reset by an administrator.');
  }
  const missing = [...pool.schema.values()].filter(
    (attribute) => attribute.required && attribute.name !== 'sub' && !user.attributes[attribute.name],
  );
  const { sub: _, ...userAttributes } = user.attributes;
  return challenge(signIn, 'NEW_PASSWORD_REQUIRED', {
    parameters: {
      USER_ID_FOR_SRP: user.username,
      requiredAttributes: JSON.stringify(missing.map((attribute) => `userAttributes.${attribute.name}`)),
      userAttributes: JSON.stringify(userAttributes),
    },
  });
}

/** Asks for the second factor that the pool and the user have set, or completes the sign-in. */
export function askForSecondFactor(signIn: SignIn, source?: string): SignInReply | Promise<SignInReply> {
  const { pool, user } = signIn;
  if (pool.mfa !== 'OFF' && user.mfaEnabled && user.totpSecret !== undefined) {
    return challenge(signIn, 'SOFTWARE_TOKEN_MFA', { parameters: { USER_ID_FOR_SRP: user.username, FRIENDLY_DEVICE_NAME: 'TOTP device' } });
  }
  if (pool.mfa === 'ON') {
    const parameters = { USER_ID_FOR_SRP: user.username, MFAS_CAN_SETUP: JSON.stringify(['SOFTWARE_TOKEN_MFA']) };
    return challenge(signIn, 'MFA_SETUP', { parameters });
  }
  return completeSignIn(signIn, source);
}

/** Runs the last triggers, opens a session and issues its tokens. */
export async function completeSignIn(signIn: SignIn, source = 'TokenGeneration_Authentication'): Promise<SignInReply> {
  const { runtime, pool, client } = signIn;
  await runtime.triggers.run(pool, {
    trigger: 'PostAuthentication',
    source: 'PostAuthentication_Authentication',
    username: signIn.user.username,
    clientId: client.id,
    request: { userAttributes: triggerAttributes(signIn.user), newDeviceUsed: false, clientMetadata: signIn.clientMetadata ?? {} },
  });
  const subject = { pool, client, user: signIn.user, source, ...metadataOf(signIn) };
  const overrides = await runtime.tokens.customize(subject);
  // The user may have been disabled or deleted while the triggers ran.
  const user = runtime.users.byUsername(pool.id, signIn.user.username);
  if (user === undefined) {
    throw failures.wrongCredentials();
  }
  checkMaySignIn(user);
  const session = runtime.sessions.open(user, client);
  const RefreshToken = runtime.sessions.issueRefreshToken(session);
  const tokens = await runtime.tokens.issue({ ...subject, user }, session, overrides);
  return { AuthenticationResult: { ...tokens, RefreshToken }, ChallengeParameters: {} };
}

function metadataOf(signIn: SignIn): Pick<SignIn, 'clientMetadata'> {
  return signIn.clientMetadata === undefined ? {} : { clientMetadata: signIn.clientMetadata };
}

import type { Call, PoolClient } from '../call.ts';
import { failures } from '../failures.ts';
import { continueSignIn, type SignInReply } from '../sign-in-flow.ts';
import { triggerAttributes } from '../triggers.ts';
import type { User } from '../users-store.ts';

/** One attempt to sign in, before anything is known about the user. */
export interface Attempt extends PoolClient {
  readonly call: Call;
  readonly parameters: Readonly<Record<string, string>>;
  readonly name: string;
  readonly user: User | undefined;
}

export function parameter(parameters: Readonly<Record<string, string>>, name: string): string {
  const value = parameters[name];
  if (!value) {
    throw failures.missingParameter(name);
  }
  return value;
}

/** Whom failures count against. */
export function subjectOf(attempt: Attempt): { poolId: string; name: string } {
  return { poolId: attempt.pool.id, name: attempt.user?.username ?? attempt.name.trim().toLowerCase() };
}

/** What to say when there is no such user. */
export function refusalFor(attempt: Attempt): Error {
  return attempt.user === undefined && !attempt.client.hidesUsers ? failures.userNotFound() : failures.wrongCredentials();
}

/** Lets the app refuse an attempt before any credential is looked at. */
export async function runPreAuthentication(attempt: Attempt): Promise<void> {
  const { call, pool, client, user, name } = attempt;
  await call.runtime.triggers.run(pool, {
    trigger: 'PreAuthentication',
    source: 'PreAuthentication_Authentication',
    username: user?.username ?? name,
    clientId: client.id,
    request: {
      userAttributes: user === undefined ? {} : triggerAttributes(user),
      validationData: call.input.stringMap('ClientMetadata'),
      ...(user === undefined ? { userNotFound: true } : {}),
    },
  });
}

/** Checks a password that came in plain, with the same work for users that do not exist. */
export async function signInByPassword(attempt: Attempt): Promise<SignInReply> {
  const { call, pool, client, user } = attempt;
  const password = parameter(attempt.parameters, 'PASSWORD');
  await runPreAuthentication(attempt);
  const right = await call.runtime.passwords.verify(subjectOf(attempt), user?.password, password);
  if (!right || user === undefined) {
    throw refusalFor(attempt);
  }
  return continueSignIn({ runtime: call.runtime, pool, client, user });
}

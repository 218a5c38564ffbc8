import { randomUUID } from 'node:crypto';
import { authorizedPool, type Call, checkSecretHash, clientOf, type Operation, type PoolClient } from '../call.ts';
import { failures } from '../failures.ts';
import type { SignInReply } from '../sign-in-flow.ts';
import { type Attempt, parameter, refusalFor, signInByPassword } from './attempt.ts';
import { startEmailOtp } from './email-otp.ts';
import { refreshByAuthFlow } from './refresh-tokens.ts';
import { startSrpSignIn } from './srp-sign-in.ts';

/** `USER_AUTH`: the user's preferred first factor, or a choice of those that the pool allows. */
function startChoice(attempt: Attempt): SignInReply | Promise<SignInReply> {
  const { call, pool, client, user, parameters } = attempt;
  const preferred = parameters['PREFERRED_CHALLENGE'];
  if (preferred === 'PASSWORD') {
    return signInByPassword(attempt);
  }
  if (preferred === 'PASSWORD_SRP') {
    return startSrpSignIn(attempt);
  }
  if (preferred === 'EMAIL_OTP' && pool.firstAuthFactors.includes('EMAIL_OTP')) {
    return startEmailOtp(attempt);
  }
  if (user === undefined && !client.hidesUsers) {
    throw refusalFor(attempt);
  }
  const offered = pool.firstAuthFactors.flatMap((factor) => FACTORS[factor] ?? []);
  // A name that belongs to nobody gets the choice too; no answer to it leads further.
  const opened = {
    name: 'SELECT_CHALLENGE',
    poolId: pool.id,
    clientId: client.id,
    username: user?.username ?? randomUUID(),
    state: {},
  } as const;
  const Session = call.runtime.challenges.open(opened, client.authSessionSeconds);
  return { ChallengeName: 'SELECT_CHALLENGE', ChallengeParameters: {}, Session, AvailableChallenges: offered };
}

/** The challenges behind the values of `AllowedFirstAuthFactors` that run locally. */
const FACTORS: Readonly<Record<string, readonly string[]>> = { PASSWORD: ['PASSWORD', 'PASSWORD_SRP'], EMAIL_OTP: ['EMAIL_OTP'] };

interface Flow {
  /** Values of `ExplicitAuthFlows` that permit it. */
  readonly permits: readonly string[];
  readonly caller: 'client' | 'administrator' | 'both';
  start(attempt: Attempt): SignInReply | Promise<SignInReply>;
}

const PASSWORD_FLOW: Flow = { permits: ['ALLOW_USER_PASSWORD_AUTH', 'USER_PASSWORD_AUTH'], caller: 'both', start: signInByPassword };
const ADMIN_FLOW: Flow = {
  permits: ['ALLOW_ADMIN_USER_PASSWORD_AUTH', 'ADMIN_NO_SRP_AUTH'],
  caller: 'administrator',
  start: signInByPassword,
};

const FLOWS: Readonly<Record<string, Flow>> = {
  USER_PASSWORD_AUTH: PASSWORD_FLOW,
  ADMIN_USER_PASSWORD_AUTH: ADMIN_FLOW,
  ADMIN_NO_SRP_AUTH: ADMIN_FLOW,
  USER_SRP_AUTH: { permits: ['ALLOW_USER_SRP_AUTH'], caller: 'both', start: startSrpSignIn },
  USER_AUTH: { permits: ['ALLOW_USER_AUTH'], caller: 'both', start: startChoice },
};

function startSignIn(call: Call, { pool, client }: PoolClient, caller: 'client' | 'administrator'): object | Promise<object> {
  const name = call.input.string('AuthFlow', 64);
  const parameters = call.input.stringMap('AuthParameters');
  if (name === 'REFRESH_TOKEN_AUTH' || name === 'REFRESH_TOKEN') {
    return refreshByAuthFlow(call, { pool, client }, parameters);
  }
  const flow = Object.hasOwn(FLOWS, name) ? FLOWS[name] : undefined;
  if (flow === undefined || (flow.caller !== 'both' && flow.caller !== caller)) {
    throw failures.invalidParameter('Initiate Auth method not supported.');
  }
  if (!flow.permits.some((permit) => client.authFlows.includes(permit))) {
    throw failures.invalidParameter(
      caller === 'administrator' ? 'Auth flow not enabled for this client' : `${name} flow not enabled for this client`,
    );
  }
  const username = parameter(parameters, 'USERNAME');
  checkSecretHash(client, username, parameters['SECRET_HASH']);
  return flow.start({ call, pool, client, parameters, name: username, user: call.runtime.users.find(pool, username) });
}

export const initiateAuth: Operation = (call) => startSignIn(call, clientOf(call), 'client');

export const adminInitiateAuth: Operation = (call) => {
  const pool = authorizedPool(call);
  const { client } = clientOf(call);
  if (client.poolId !== pool.id) {
    throw failures.resourceNotFound(`User pool client ${client.id} does not exist.`);
  }
  return startSignIn(call, { pool, client }, 'administrator');
};

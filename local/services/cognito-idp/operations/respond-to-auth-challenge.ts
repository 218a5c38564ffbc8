import { MFA_RULE } from '../attempts.ts';
import { checkAttributes } from '../attribute-schema.ts';
import { authorizedPool, type Call, checkSecretHash, clientOf, type Operation, type PoolClient, srpUsername } from '../call.ts';
import type { Challenge, ChallengeName } from '../challenges.ts';
import { failures } from '../failures.ts';
import { checkPasswordPolicy } from '../passwords.ts';
import { askForSecondFactor, completeSignIn, continueSignIn, type SignIn, type SignInReply } from '../sign-in-flow.ts';
import { srpSignatureMatches } from '../srp.ts';
import type { User } from '../users-store.ts';
import { type Attempt, parameter, refusalFor, signInByPassword } from './attempt.ts';
import { hashOneTimeCode, startEmailOtp } from './email-otp.ts';
import { startSrpSignIn } from './srp-sign-in.ts';
import { checkTotp } from './totp-check.ts';

/** An answer to an open challenge; `user` is missing when the challenge was made up for a name without one. */
interface Answer extends PoolClient {
  readonly call: Call;
  readonly responses: Readonly<Record<string, string>>;
  readonly session: string;
  readonly challenge: Challenge;
  readonly user: User | undefined;
}

function signInOf(answer: Answer, user: User): SignIn {
  const { call, pool, client } = answer;
  return { runtime: call.runtime, pool, client, user, clientMetadata: call.input.stringMap('ClientMetadata') };
}

/** Ends the session, so that of parallel answers one goes on. */
function closeSession(answer: Answer): void {
  if (!answer.call.runtime.challenges.close(answer.session)) {
    throw failures.invalidSession();
  }
}

function knownUser(answer: Answer): User {
  if (answer.user === undefined) {
    throw failures.wrongCredentials();
  }
  return answer.user;
}

async function answerPasswordVerifier(answer: Answer): Promise<SignInReply> {
  const { call, pool, client, responses, user, challenge } = answer;
  const timestamp = parameter(responses, 'TIMESTAMP');
  const signature = parameter(responses, 'PASSWORD_CLAIM_SIGNATURE');
  closeSession(answer);
  const { publicA = '', publicB = '', privateB = '', subject = '' } = challenge.state;
  const right = await call.runtime.passwords.guard({ poolId: pool.id, name: subject }, async () => {
    const verifier = user?.password?.srpVerifier;
    if (user === undefined || verifier === undefined) {
      return false;
    }
    const step = { publicB, privateB };
    return srpSignatureMatches({
      poolId: pool.id,
      username: user.username,
      publicA,
      step,
      verifier,
      secretBlock: answer.session,
      timestamp,
      signature,
    });
  });
  if (!right || user === undefined) {
    throw refusalFor({ client, user } as Attempt);
  }
  return continueSignIn(signInOf(answer, user));
}

function answerSoftwareToken(answer: Answer): SignInReply | Promise<SignInReply> {
  const user = knownUser(answer);
  const code = parameter(answer.responses, 'SOFTWARE_TOKEN_MFA_CODE');
  checkTotp(answer.call.runtime, user, user.totpSecret, code);
  closeSession(answer);
  return completeSignIn(signInOf(answer, user));
}

function answerEmailOtp(answer: Answer): SignInReply | Promise<SignInReply> {
  const { call, pool, challenge } = answer;
  const { attempts } = call.runtime;
  const subject = { poolId: pool.id, name: challenge.state['subject'] ?? challenge.username };
  const code = parameter(answer.responses, 'EMAIL_OTP_CODE');
  if (attempts.isPaused(subject, MFA_RULE)) {
    throw failures.passwordAttemptsExceeded();
  }
  if (hashOneTimeCode(challenge.username, code) !== challenge.state['code']) {
    attempts.add(subject, MFA_RULE);
    throw failures.codeMismatch('Invalid code received for user');
  }
  closeSession(answer);
  attempts.clear(subject, MFA_RULE);
  return continueSignIn(signInOf(answer, knownUser(answer)));
}

async function answerNewPassword(answer: Answer): Promise<SignInReply> {
  const { call, pool, responses } = answer;
  const { runtime } = call;
  const user = knownUser(answer);
  const password = parameter(responses, 'NEW_PASSWORD');
  checkPasswordPolicy(pool.passwordPolicy, password);
  const given = Object.entries(responses).filter(([name]) => name.startsWith('userAttributes.'));
  const attributes = Object.fromEntries(given.map(([name, value]) => [name.slice('userAttributes.'.length), value]));
  checkNewPasswordAttributes(answer, attributes);
  closeSession(answer);
  const stored = await runtime.passwords.make(pool, password, srpUsername(runtime, pool, user.username));
  const current = runtime.users.byUsername(pool.id, user.username);
  if (current?.status !== 'FORCE_CHANGE_PASSWORD') {
    throw failures.invalidSession();
  }
  runtime.users.setPassword(current, stored, 'CONFIRMED');
  const updated = runtime.users.setAttributes(pool, user.username, attributes);
  return askForSecondFactor(signInOf(answer, updated), 'TokenGeneration_NewPasswordChallenge');
}

function checkNewPasswordAttributes(answer: Answer, attributes: Readonly<Record<string, string>>): void {
  const { client, pool, user } = answer;
  checkAttributes(pool.schema, attributes);
  const isWritable = (name: string): boolean =>
    !name.endsWith('_verified') && name !== 'sub' && (client.writeAttributes?.includes(name) ?? true);
  if (!Object.keys(attributes).every(isWritable)) {
    throw failures.notAuthorized('A client attempted to write unauthorized attribute');
  }
  const missing = [...pool.schema.values()].find((attribute) => {
    return attribute.required && attribute.name !== 'sub' && !(attributes[attribute.name] ?? user?.attributes[attribute.name]);
  });
  if (missing !== undefined) {
    throw failures.invalidParameter(`Invalid attributes given, ${missing.name} is missing`);
  }
}

/** The last step of the set-up: the session came out of `VerifySoftwareToken`. */
function answerMfaSetup(answer: Answer): SignInReply | Promise<SignInReply> {
  if (answer.challenge.state['verified'] !== 'true') {
    throw failures.invalidParameter('User has not verified software token mfa');
  }
  closeSession(answer);
  return completeSignIn(signInOf(answer, knownUser(answer)));
}

function answerSelection(answer: Answer): SignInReply | Promise<SignInReply> {
  const { call, pool, client, responses, user } = answer;
  const attempt: Attempt = { call, pool, client, parameters: responses, name: parameter(responses, 'USERNAME'), user };
  const choice = parameter(responses, 'ANSWER');
  closeSession(answer);
  if (choice === 'PASSWORD') {
    return signInByPassword(attempt);
  }
  if (choice === 'PASSWORD_SRP') {
    return startSrpSignIn(attempt);
  }
  if (choice === 'EMAIL_OTP' && pool.firstAuthFactors.includes('EMAIL_OTP')) {
    return startEmailOtp(attempt);
  }
  throw failures.invalidParameter(`Challenge ${choice} is not available`);
}

const ANSWERS: Readonly<Record<ChallengeName, (answer: Answer) => SignInReply | Promise<SignInReply>>> = {
  PASSWORD_VERIFIER: answerPasswordVerifier,
  SOFTWARE_TOKEN_MFA: answerSoftwareToken,
  NEW_PASSWORD_REQUIRED: answerNewPassword,
  MFA_SETUP: answerMfaSetup,
  EMAIL_OTP: answerEmailOtp,
  SELECT_CHALLENGE: answerSelection,
};

function respond(call: Call, { pool, client }: PoolClient): object | Promise<object> {
  const { input, runtime } = call;
  const name = input.string('ChallengeName', 64);
  const responses = input.stringMap('ChallengeResponses');
  if (!Object.hasOwn(ANSWERS, name)) {
    throw failures.invalidParameter(`Challenge ${name} is not supported`);
  }
  const given = parameter(responses, 'USERNAME');
  checkSecretHash(client, given, responses['SECRET_HASH']);
  const session = name === 'PASSWORD_VERIFIER' ? parameter(responses, 'PASSWORD_CLAIM_SECRET_BLOCK') : input.optionalString('Session');
  if (!session) {
    throw failures.missingParameter('Session');
  }
  const challenge = runtime.challenges.peek(session);
  if (challenge === 'expired') {
    throw failures.invalidSession('Invalid session for the user, session is expired.');
  }
  if (challenge === 'unknown' || challenge.name !== name || challenge.clientId !== client.id || challenge.poolId !== pool.id) {
    throw failures.invalidSession();
  }
  const user = runtime.users.byUsername(pool.id, challenge.username);
  const named = runtime.users.find(pool, given);
  // The session counts, not the name; but a name that is another user's never goes through.
  if (named !== undefined && named.username !== challenge.username) {
    throw failures.invalidSession();
  }
  return ANSWERS[challenge.name]({ call, pool, client, responses, session, challenge, user });
}

export const respondToAuthChallenge: Operation = (call) => respond(call, clientOf(call));

export const adminRespondToAuthChallenge: Operation = (call) => {
  const pool = authorizedPool(call);
  const { client } = clientOf(call);
  if (client.poolId !== pool.id) {
    throw failures.resourceNotFound(`User pool client ${client.id} does not exist.`);
  }
  return respond(call, { pool, client });
};

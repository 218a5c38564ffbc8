import {
  AdminInitiateAuthCommand,
  AdminRespondToAuthChallengeCommand,
  type AdminRespondToAuthChallengeCommandOutput,
  AdminUserGlobalSignOutCommand,
  type AuthenticationResultType,
  ConfirmForgotPasswordCommand,
  ConfirmSignUpCommand,
  ForgotPasswordCommand,
  GetTokensFromRefreshTokenCommand,
  ResendConfirmationCodeCommand,
  RevokeTokenCommand,
  SignUpCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import type { Challenge, Tokens } from '../../contracts/auth-schemas.ts';
import { clientId, inNameOf, inNameOfClient, withSecretHash } from './app-client.ts';
import { invalidPassword } from './check-password.ts';
import { cognito, userPoolId } from './cognito-client.ts';
import { openSession, sealSession } from './login-session.ts';
import { refusal } from './refusals.ts';
import { calling, type Meanings } from './service-failure.ts';

/** What the pool says to a wrong code, to a code for nobody, and to one for an account that needs none: all the same. */
const wrongCode = (cause: Error) => refusal('invalid_code', cause);
const codeMeanings: Meanings = {
  CodeMismatchException: wrongCode,
  ExpiredCodeException: wrongCode,
  UserNotFoundException: wrongCode,
  NotAuthorizedException: wrongCode,
  UserNotConfirmedException: wrongCode,
  AliasExistsException: wrongCode,
  InvalidParameterException: wrongCode,
};

/** A pool of the user's own may have a stricter policy than the definition. */
const passwordMeanings = (pointer: string): Meanings => {
  const refuse = () => invalidPassword([{ pointer, code: 'policy', detail: 'The password breaks the policy of the user pool.' }]);
  return { InvalidPasswordException: refuse, PasswordHistoryPolicyViolationException: refuse };
};

const toTokens = (result: AuthenticationResultType, usedRefreshToken?: string): Tokens => ({
  accessToken: result.AccessToken ?? '',
  idToken: result.IdToken ?? '',
  refreshToken: result.RefreshToken ?? usedRefreshToken ?? '',
  tokenType: 'Bearer',
  expiresInSeconds: result.ExpiresIn ?? 0,
});

const challenges: Readonly<Record<string, Challenge['challenge']>> = {
  SOFTWARE_TOKEN_MFA: 'authenticator_code',
  NEW_PASSWORD_REQUIRED: 'new_password',
};

/** What a login gave. The user name is only known while a challenge is open. */
export type Login = { readonly tokens: Tokens } | { readonly challenge: Challenge; readonly username: string };

const toLogin = (output: AdminRespondToAuthChallengeCommandOutput, knownUsername: string): Login => {
  if (output.AuthenticationResult !== undefined) return { tokens: toTokens(output.AuthenticationResult) };
  const challenge = challenges[output.ChallengeName ?? ''];
  if (challenge === undefined) throw new Error(`the user pool asks for a login step that Plinth does not offer: ${output.ChallengeName}`);
  const username = output.ChallengeParameters?.['USER_ID_FOR_SRP'] ?? knownUsername;
  return { challenge: { challenge, session: sealSession({ username, cognitoSession: output.Session ?? '' }) }, username };
};

/** Opens an account. For an address that has one nothing happens, and nothing is told. */
export const signUp = async (account: { email: string; password: string; name?: string | undefined }): Promise<void> => {
  const { email, password, name } = account;
  const attributes = [{ Name: 'email', Value: email }, ...(name === undefined ? [] : [{ Name: 'name', Value: name }])];
  const command = new SignUpCommand({ ...(await inNameOf(email)), Password: password, UserAttributes: attributes });
  await calling(
    cognito.send(command).catch((error: Error) => {
      if (error.name !== 'UsernameExistsException' && error.name !== 'AliasExistsException') throw error;
    }),
    {
      ...passwordMeanings('/password'),
      NotAuthorizedException: (cause) => refusal('registration_refused', cause),
      UserLambdaValidationException: (cause) => refusal('registration_refused', cause),
    },
  );
};

export const confirmSignUp = async (email: string, code: string): Promise<void> => {
  await calling(cognito.send(new ConfirmSignUpCommand({ ...(await inNameOf(email)), ConfirmationCode: code })), codeMeanings);
};

/** Refusals of a message that depend on the account; whoever asks is not told. */
const untold = new Set([
  'UserNotFoundException',
  'UserNotConfirmedException',
  'NotAuthorizedException',
  'InvalidParameterException',
  'LimitExceededException',
  'CodeDeliveryFailureException',
]);

const askingForMessage = async (call: Promise<unknown>): Promise<void> => {
  await calling(
    call.catch((error: Error) => {
      if (!untold.has(error.name)) throw error;
    }),
  );
};

/** Sends the confirmation code again, if there is an account that waits for it. */
export const resendConfirmationCode = async (email: string): Promise<void> =>
  askingForMessage(cognito.send(new ResendConfirmationCodeCommand(await inNameOf(email))));

/** Sends a reset code, if there is an account that may have one. */
export const sendResetCode = async (email: string): Promise<void> =>
  askingForMessage(cognito.send(new ForgotPasswordCommand(await inNameOf(email))));

export const resetPassword = async (email: string, code: string, newPassword: string): Promise<void> => {
  const command = new ConfirmForgotPasswordCommand({
    ...(await inNameOf(email)),
    ConfirmationCode: code,
    Password: newPassword,
  });
  await calling(cognito.send(command), { ...codeMeanings, ...passwordMeanings('/newPassword') });
};

/**
 * @throws ApiError `invalid_credentials`: nobody has this address, the password is wrong, or the account is disabled
 */
export const logIn = async (email: string, password: string): Promise<Login> => {
  const command = new AdminInitiateAuthCommand({
    UserPoolId: userPoolId,
    ClientId: clientId,
    AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
    AuthParameters: { ...(await withSecretHash(email)), PASSWORD: password },
  });
  const wrong = (cause: Error) => refusal('invalid_credentials', cause);
  const output = await calling(cognito.send(command), {
    NotAuthorizedException: wrong,
    UserNotFoundException: wrong,
    UserLambdaValidationException: wrong,
    InvalidParameterException: wrong,
    UserNotConfirmedException: (cause) => refusal('user_not_confirmed', cause),
    PasswordResetRequiredException: (cause) => refusal('password_reset_required', cause),
  });
  return toLogin(output, email);
};

/** The answer to an open challenge: an authenticator's code, or a new password. */
export type ChallengeAnswer = { readonly code: string } | { readonly newPassword: string };

/** @throws ApiError `invalid_code`, `invalid_password` or `invalid_session` */
export const answerChallenge = async (sealed: string, answer: ChallengeAnswer): Promise<Login> => {
  const { username, cognitoSession } = openSession(sealed);
  const isCode = 'code' in answer;
  const command = new AdminRespondToAuthChallengeCommand({
    UserPoolId: userPoolId,
    ClientId: clientId,
    ChallengeName: isCode ? 'SOFTWARE_TOKEN_MFA' : 'NEW_PASSWORD_REQUIRED',
    Session: cognitoSession,
    ChallengeResponses: {
      ...(await withSecretHash(username)),
      ...(isCode ? { SOFTWARE_TOKEN_MFA_CODE: answer.code } : { NEW_PASSWORD: answer.newPassword }),
    },
  });
  const ended = (cause: Error) => refusal('invalid_session', cause);
  const output = await calling(cognito.send(command), {
    ...passwordMeanings('/newPassword'),
    CodeMismatchException: wrongCode,
    ExpiredCodeException: wrongCode,
    NotAuthorizedException: ended,
    UserNotFoundException: ended,
    UserNotConfirmedException: ended,
    PasswordResetRequiredException: ended,
    InvalidParameterException: ended,
    MFAMethodNotFoundException: ended,
    SoftwareTokenMFANotFoundException: ended,
    UserLambdaValidationException: ended,
  });
  return toLogin(output, username);
};

/** Revokes a refresh token and all tokens of its session. One that is no good any more needs no more than that. */
export const revokeSession = async (refreshToken: string): Promise<void> => {
  const pointless = new Set([
    'UnauthorizedException',
    'NotAuthorizedException',
    'UnsupportedTokenTypeException',
    'InvalidParameterException',
  ]);
  await calling(
    cognito.send(new RevokeTokenCommand({ ...(await inNameOfClient()), Token: refreshToken })).catch((error: Error) => {
      if (!pointless.has(error.name)) throw error;
    }),
  );
};

/** @throws ApiError `invalid_session` */
export const refreshTokens = async (refreshToken: string): Promise<Tokens> => {
  const ended = (cause: Error) => refusal('invalid_session', cause);
  const call = cognito.send(new GetTokensFromRefreshTokenCommand({ ...(await inNameOfClient()), RefreshToken: refreshToken }));
  const output = await calling(
    call.catch(async (error: Error) => {
      // Somebody has a copy of a used token: nobody can tell the thief from the owner, so the session ends for both (RFC 9700, 4.14.2).
      if (error.name === 'RefreshTokenReuseException') await revokeSession(refreshToken);
      throw error;
    }),
    {
      NotAuthorizedException: ended,
      RefreshTokenReuseException: ended,
      UserNotFoundException: ended,
      InvalidParameterException: ended,
      UserLambdaValidationException: ended,
    },
  );
  if (output.AuthenticationResult === undefined) throw new Error('the user pool gave no tokens for a refresh token');
  return toTokens(output.AuthenticationResult, refreshToken);
};

/** Ends all sessions of an account: no refresh token of it is good any more. */
export const endSessions = async (username: string): Promise<void> => {
  await calling(cognito.send(new AdminUserGlobalSignOutCommand({ UserPoolId: userPoolId, Username: username })));
};

import {
  AdminSetUserMFAPreferenceCommand,
  AssociateSoftwareTokenCommand,
  ChangePasswordCommand,
  DeleteUserAttributesCommand,
  DeleteUserCommand,
  GetUserCommand,
  SetUserMFAPreferenceCommand,
  UpdateUserAttributesCommand,
  VerifySoftwareTokenCommand,
  VerifyUserAttributeCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { invalidPassword } from './check-password.ts';
import { cognito, userPoolId } from './cognito-client.ts';
import { refusal } from './refusals.ts';
import { calling, type Meanings } from './service-failure.ts';

/** The token was fine when the runtime checked it, but the session has been ended, or the account disabled or deleted. */
const ended = (cause: Error) => refusal('unauthenticated', cause);
const tokenMeanings: Meanings = {
  NotAuthorizedException: ended,
  UserNotFoundException: ended,
  UserNotConfirmedException: ended,
  PasswordResetRequiredException: ended,
};
const wrongCode = (cause: Error) => refusal('invalid_code', cause);
const breaksPolicy = () =>
  invalidPassword([
    { pointer: '/newPassword', code: 'policy', detail: 'The password breaks the policy of the user pool, or was used before.' },
  ]);

/** The own account, as the pool knows it. */
export interface Account {
  readonly id: string;
  readonly email: string;
  readonly emailVerified: boolean;
  readonly name: string | undefined;
  readonly mfaEnabled: boolean;
}

/** @throws ApiError `unauthenticated` when the session has ended, as in all functions of this file */
export const readAccount = async (accessToken: string): Promise<Account> => {
  const output = await calling(cognito.send(new GetUserCommand({ AccessToken: accessToken })), tokenMeanings);
  const attributes = new Map((output.UserAttributes ?? []).map(({ Name, Value }) => [Name, Value]));
  return {
    id: attributes.get('sub') ?? output.Username ?? '',
    email: attributes.get('email') ?? '',
    emailVerified: attributes.get('email_verified') === 'true',
    name: attributes.get('name'),
    mfaEnabled: output.UserMFASettingList?.includes('SOFTWARE_TOKEN_MFA') ?? false,
  };
};

export const setName = async (accessToken: string, name: string | null): Promise<void> => {
  const command =
    name === null
      ? new DeleteUserAttributesCommand({ AccessToken: accessToken, UserAttributeNames: ['name'] })
      : new UpdateUserAttributesCommand({ AccessToken: accessToken, UserAttributes: [{ Name: 'name', Value: name }] });
  // The two commands are one union that `send` has no overload for.
  const call = command instanceof DeleteUserAttributesCommand ? cognito.send(command) : cognito.send(command);
  await calling<unknown>(call, tokenMeanings);
};

/** Asks for a new address; it takes the place of the old one when its code is given. One that is taken is not told of. */
export const requestEmailChange = async (accessToken: string, email: string): Promise<void> => {
  const command = new UpdateUserAttributesCommand({ AccessToken: accessToken, UserAttributes: [{ Name: 'email', Value: email }] });
  const call = cognito.send(command).catch((error: Error) => {
    if (error.name !== 'AliasExistsException' && error.name !== 'CodeDeliveryFailureException') throw error;
  });
  await calling<unknown>(call, tokenMeanings);
};

/** @throws ApiError `invalid_code` */
export const verifyEmail = async (accessToken: string, code: string): Promise<void> => {
  await calling(cognito.send(new VerifyUserAttributeCommand({ AccessToken: accessToken, AttributeName: 'email', Code: code })), {
    ...tokenMeanings,
    CodeMismatchException: wrongCode,
    ExpiredCodeException: wrongCode,
    AliasExistsException: wrongCode,
    InvalidParameterException: wrongCode,
  });
};

/** @throws ApiError `invalid_password` */
export const changePassword = async (accessToken: string, password: string, newPassword: string): Promise<void> => {
  const command = new ChangePasswordCommand({ AccessToken: accessToken, PreviousPassword: password, ProposedPassword: newPassword });
  await calling(cognito.send(command), {
    ...tokenMeanings,
    InvalidPasswordException: breaksPolicy,
    PasswordHistoryPolicyViolationException: breaksPolicy,
  });
};

export const deleteAccount = async (accessToken: string): Promise<void> => {
  await calling(cognito.send(new DeleteUserCommand({ AccessToken: accessToken })), tokenMeanings);
};

/** Gives the secret of a new authenticator. It counts once it is verified. */
export const beginAuthenticator = async (accessToken: string): Promise<string> => {
  const output = await calling(cognito.send(new AssociateSoftwareTokenCommand({ AccessToken: accessToken })), tokenMeanings);
  if (output.SecretCode === undefined) throw new Error('the user pool gave no secret for an authenticator');
  return output.SecretCode;
};

/** @throws ApiError `invalid_code`, `mfa_not_enrolled` */
export const verifyAuthenticator = async (accessToken: string, code: string, deviceName: string | undefined): Promise<void> => {
  const command = new VerifySoftwareTokenCommand({ AccessToken: accessToken, UserCode: code, FriendlyDeviceName: deviceName });
  const notBegun = (cause: Error) => refusal('mfa_not_enrolled', cause);
  const output = await calling(cognito.send(command), {
    ...tokenMeanings,
    EnableSoftwareTokenMFAException: wrongCode,
    CodeMismatchException: wrongCode,
    ExpiredCodeException: wrongCode,
    InvalidParameterException: notBegun,
    SoftwareTokenMFANotFoundException: notBegun,
  });
  if (output.Status !== 'SUCCESS') throw refusal('invalid_code');
};

/** Has the authenticator asked for at logins, or not. */
export const requireAuthenticator = async (accessToken: string, required: boolean): Promise<void> => {
  const command = new SetUserMFAPreferenceCommand({
    AccessToken: accessToken,
    SoftwareTokenMfaSettings: { Enabled: required, PreferredMfa: required },
  });
  await calling(cognito.send(command), tokenMeanings);
};

/** Stops asking for the authenticator of an account that cannot log in without it. */
export const disableLostAuthenticator = async (username: string): Promise<void> => {
  const command = new AdminSetUserMFAPreferenceCommand({
    UserPoolId: userPoolId,
    Username: username,
    SoftwareTokenMfaSettings: { Enabled: false, PreferredMfa: false },
  });
  await calling(cognito.send(command));
};

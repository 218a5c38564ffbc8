import { AwsError } from '../service.ts';

/** Cognito's refusals, by AWS's names and message texts. Each function makes an error; the caller throws it. */
export const failures = {
  notAuthorized: (message: string) => new AwsError('NotAuthorizedException', message),
  wrongCredentials: () => new AwsError('NotAuthorizedException', 'Incorrect username or password.'),
  passwordAttemptsExceeded: () => new AwsError('NotAuthorizedException', 'Password attempts exceeded'),
  userDisabled: () => new AwsError('NotAuthorizedException', 'User is disabled.'),
  invalidSession: (message = 'Invalid session for the user.') => new AwsError('NotAuthorizedException', message),
  invalidParameter: (message: string) => new AwsError('InvalidParameterException', message),
  missingParameter: (name: string) => new AwsError('InvalidParameterException', `Missing required parameter ${name}`),
  userNotFound: (message = 'User does not exist.') => new AwsError('UserNotFoundException', message),
  userNotConfirmed: () => new AwsError('UserNotConfirmedException', 'User is not confirmed.'),
  passwordResetRequired: () => new AwsError('PasswordResetRequiredException', 'Password reset required for the user'),
  usernameExists: (message = 'User already exists') => new AwsError('UsernameExistsException', message),
  aliasExists: (attribute: string) => new AwsError('AliasExistsException', `An account with the given ${attribute} already exists.`),
  codeMismatch: (message = 'Invalid verification code provided, please try again.') => new AwsError('CodeMismatchException', message),
  expiredCode: (message = 'Invalid code provided, please request a code again.') => new AwsError('ExpiredCodeException', message),
  limitExceeded: () => new AwsError('LimitExceededException', 'Attempt limit exceeded, please try after some time.'),
  tooManyFailedAttempts: () => new AwsError('TooManyFailedAttemptsException', 'Too many failed attempts, please try after some time.'),
  invalidPassword: (rule: string) => new AwsError('InvalidPasswordException', `Password did not conform with policy: ${rule}`),
  resourceNotFound: (message: string) => new AwsError('ResourceNotFoundException', message),
  serialization: (message: string) => new AwsError('SerializationException', message),
};

import {
  AdminGetUserCommand,
  ConfirmSignUpCommand,
  ResendConfirmationCodeCommand,
  SignUpCommand,
  type SignUpCommandInput,
} from '@aws-sdk/client-cognito-identity-provider';
import { type LocalCognito, lastCode, PASSWORD, passwordLogin, refusal, register, startLocalCognito } from './support/local-cognito.ts';

let local: LocalCognito;
beforeAll(async () => {
  local = await startLocalCognito();
});
afterAll(() => local.stop());

function signUp(input: Partial<SignUpCommandInput>) {
  return local.sdk.send(new SignUpCommand({ ClientId: local.clientId, Username: 'new@x.com', Password: PASSWORD, ...input }));
}

function confirm(email: string, code: string) {
  return local.sdk.send(new ConfirmSignUpCommand({ ClientId: local.clientId, Username: email, ConfirmationCode: code }));
}

describe('SignUp', () => {
  const refused: [string, Partial<SignUpCommandInput>, string][] = [
    [
      'AU10: refuses a password of 7 characters',
      { Password: 'Short1a' },
      'InvalidPasswordException: Password did not conform with policy: Password not long enough',
    ],
    ['AU10: refuses one of 257 characters', { Password: `Aa1${'x'.repeat(254)}` }, 'InvalidParameterException: 1 validation error'],
    [
      'AU10: refuses one without a digit',
      { Password: 'NoDigitsHere' },
      'InvalidPasswordException: Password did not conform with policy: Password must have numeric characters',
    ],
    [
      'AU10: refuses one without upper case',
      { Password: 'lower1case' },
      'InvalidPasswordException: Password did not conform with policy: Password must have uppercase characters',
    ],
    ['AU10: refuses spaces alone', { Password: ' '.repeat(12) }, 'InvalidPasswordException'],
    ['refuses a name that is no address', { Username: 'somebody' }, 'InvalidParameterException: Username should be an email.'],
    ['refuses an unknown client', { ClientId: 'nobody' }, 'ResourceNotFoundException: User pool client nobody does not exist.'],
    [
      'AU19: refuses a verified flag',
      { UserAttributes: [{ Name: 'email_verified', Value: 'true' }] },
      'NotAuthorizedException: A client attempted to write unauthorized attribute',
    ],
    [
      'AU19: refuses a sub',
      { UserAttributes: [{ Name: 'sub', Value: 'x' }] },
      'NotAuthorizedException: A client attempted to write unauthorized attribute',
    ],
    [
      'AU19: refuses an attribute that the schema lacks',
      { UserAttributes: [{ Name: 'custom:role', Value: 'x' }] },
      'InvalidParameterException: Attributes did not conform to the schema',
    ],
    [
      'refuses a value above the limit of its attribute',
      { UserAttributes: [{ Name: 'custom:plan', Value: 'x'.repeat(9) }] },
      'InvalidParameterException: Attributes did not conform to the schema: custom:plan',
    ],
    ['AU12: refuses an object as a name', { Username: { $ne: null } as unknown as string }, 'SerializationException'],
    ['AU12: refuses a list as a password', { Password: ['a'] as unknown as string }, 'SerializationException'],
    ['AU12: refuses a number as a password', { Password: 12_345_678 as unknown as string }, 'SerializationException'],
  ];
  it.each(refused)('%s', async (_, input, expected) => {
    expect(await refusal(signUp(input))).toContain(expected);
    expect(JSON.stringify(await local.service.dump())).not.toContain('new@x.com');
    expect(local.inbox.list('new@x.com')).toEqual([]);
  });

  it.each(['taken@x.com', 'TAKEN@x.com', 'taken@X.COM'])('AU11: refuses %s once taken@x.com is there', async (email) => {
    await signUp({ Username: 'taken@x.com' }).catch(() => {});
    expect(await refusal(signUp({ Username: email }))).toBe('UsernameExistsException: An account with the given email already exists.');
  });

  it('AU11: makes one account of 20 parallel sign-ups', async () => {
    const results = await Promise.all(Array.from({ length: 20 }, () => refusal(signUp({ Username: 'race@x.com' }))));
    expect(results.filter((result) => result.startsWith('accepted'))).toHaveLength(1);
    expect(new Set(results.filter((result) => !result.startsWith('accepted')))).toEqual(
      new Set(['UsernameExistsException: An account with the given email already exists.']),
    );
  });

  it('creates an unconfirmed user and mails a code of six digits', async () => {
    const reply = await signUp({ Username: 'Fresh@x.com', UserAttributes: [{ Name: 'name', Value: 'Fresh' }] });
    expect(reply).toMatchObject({
      UserConfirmed: false,
      UserSub: expect.stringMatching(/^[0-9a-f-]{36}$/),
      CodeDeliveryDetails: { AttributeName: 'email', DeliveryMedium: 'EMAIL', Destination: 'F***@x***' },
    });
    const message = local.inbox.list('Fresh@x.com')[0];
    expect(message).toMatchObject({ channel: 'email', subject: 'Your verification code', code: expect.stringMatching(/^\d{6}$/) });
    expect(message?.body).toBe(`Your verification code is ${message?.code}`);
    const user = await local.admin.send(new AdminGetUserCommand({ UserPoolId: local.poolId, Username: 'fresh@x.com' }));
    expect(user).toMatchObject({ Username: reply.UserSub, UserStatus: 'UNCONFIRMED', Enabled: true });
    expect(await refusal(passwordLogin(local, 'fresh@x.com'))).toBe('UserNotConfirmedException: User is not confirmed.');
    expect(await refusal(passwordLogin(local, 'fresh@x.com', 'Wrong1password'))).toBe(
      'NotAuthorizedException: Incorrect username or password.',
    );
  });
});

describe('ConfirmSignUp', () => {
  it('AU05: refuses every code after five wrong ones, and the right one once the pause is over', async () => {
    await signUp({ Username: 'guess@x.com' });
    const code = lastCode(local, 'guess@x.com');
    const wrong = code === '000000' ? '000001' : '000000';
    for (let attempt = 0; attempt < 5; attempt += 1) {
      expect(await refusal(confirm('guess@x.com', wrong))).toBe(
        'CodeMismatchException: Invalid verification code provided, please try again.',
      );
    }
    expect(await refusal(confirm('guess@x.com', code))).toContain('TooManyFailedAttemptsException');
    await local.sdk.send(new ResendConfirmationCodeCommand({ ClientId: local.clientId, Username: 'guess@x.com' }));
    const fresh = lastCode(local, 'guess@x.com');
    expect(await refusal(confirm('guess@x.com', fresh))).toContain('TooManyFailedAttemptsException');
    local.clock.advance(15 * 60_000);
    expect(await refusal(confirm('guess@x.com', fresh))).toContain('accepted');
  });

  it('refuses a code after 24 hours', async () => {
    await signUp({ Username: 'late@x.com' });
    local.clock.advance(24 * 3_600_000);
    expect(await refusal(confirm('late@x.com', lastCode(local, 'late@x.com')))).toBe(
      'ExpiredCodeException: Invalid code provided, please request a code again.',
    );
  });

  it('refuses the code before the newest one', async () => {
    await signUp({ Username: 'resend@x.com' });
    const first = lastCode(local, 'resend@x.com');
    await local.sdk.send(new ResendConfirmationCodeCommand({ ClientId: local.clientId, Username: 'resend@x.com' }));
    const second = lastCode(local, 'resend@x.com');
    if (first !== second) {
      expect(await refusal(confirm('resend@x.com', first))).toContain('CodeMismatchException');
    }
    expect(await refusal(confirm('resend@x.com', second))).toContain('accepted');
  });

  it('answers for an unknown user as for a wrong code', async () => {
    expect(await refusal(confirm('nobody@x.com', '123456'))).toBe(
      'CodeMismatchException: Invalid verification code provided, please try again.',
    );
  });

  it('confirms once, verifies the address and lets the user in', async () => {
    await register(local, 'good@x.com');
    const user = await local.admin.send(new AdminGetUserCommand({ UserPoolId: local.poolId, Username: 'good@x.com' }));
    expect(user.UserStatus).toBe('CONFIRMED');
    expect(user.UserAttributes).toContainEqual({ Name: 'email_verified', Value: 'true' });
    expect(await refusal(confirm('good@x.com', lastCode(local, 'good@x.com')))).toBe(
      'NotAuthorizedException: User cannot be confirmed. Current status is CONFIRMED',
    );
    expect((await passwordLogin(local, 'GOOD@x.com')).AuthenticationResult?.TokenType).toBe('Bearer');
  });
});

describe('ResendConfirmationCode', () => {
  const resend = (email: string) => local.sdk.send(new ResendConfirmationCodeCommand({ ClientId: local.clientId, Username: email }));

  it('AU04: answers for an unknown user as for one that waits, and sends nothing', async () => {
    const reply = await resend('ghost@x.com');
    expect(reply.CodeDeliveryDetails).toEqual({ AttributeName: 'email', DeliveryMedium: 'EMAIL', Destination: 'g***@x***' });
    expect(local.inbox.list('ghost@x.com')).toEqual([]);
  });

  it('refuses for a confirmed user', async () => {
    await register(local, 'done@x.com');
    expect(await refusal(resend('done@x.com'))).toBe('InvalidParameterException: User is already confirmed.');
  });

  it('AU21: sends five messages in an hour, no more, and counts unknown users alike', async () => {
    await signUp({ Username: 'flood@x.com' });
    for (const email of ['flood@x.com', 'unknown-flood@x.com']) {
      const results = [];
      for (let attempt = 0; attempt < 7; attempt += 1) {
        results.push((await refusal(resend(email))).split(':')[0]);
      }
      expect(results).toEqual([...Array(5).fill('accepted'), 'LimitExceededException', 'LimitExceededException']);
    }
    expect(local.inbox.list('flood@x.com')).toHaveLength(6);
    local.clock.advance(3_600_000);
    expect(await refusal(resend('flood@x.com'))).toContain('accepted');
  });
});

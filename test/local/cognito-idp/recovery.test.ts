import {
  AdminCreateUserCommand,
  AdminDisableUserCommand,
  AdminResetUserPasswordCommand,
  ConfirmForgotPasswordCommand,
  ForgotPasswordCommand,
  SignUpCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { type LocalCognito, lastCode, PASSWORD, passwordLogin, refusal, register, startLocalCognito } from './support/local-cognito.ts';

const NEW_PASSWORD = 'Another2horse';
const MISMATCH = 'CodeMismatchException: Invalid verification code provided, please try again.';
const EXPIRED = 'ExpiredCodeException: Invalid code provided, please request a code again.';
const LIMIT = 'LimitExceededException: Attempt limit exceeded, please try after some time.';

let local: LocalCognito;
beforeAll(async () => {
  local = await startLocalCognito();
});
afterAll(() => local.stop());

const forgot = (email: string) => local.sdk.send(new ForgotPasswordCommand({ ClientId: local.clientId, Username: email }));
function confirm(email: string, ConfirmationCode: string, Password = NEW_PASSWORD) {
  return local.sdk.send(new ConfirmForgotPasswordCommand({ ClientId: local.clientId, Username: email, ConfirmationCode, Password }));
}

describe('ForgotPassword', () => {
  it('AU02: answers unknown, disabled and unconfirmed users like known ones, and mails only the known', async () => {
    await register(local, 'known@x.com');
    await register(local, 'kdisabled@x.com');
    await local.admin.send(new AdminDisableUserCommand({ UserPoolId: local.poolId, Username: 'kdisabled@x.com' }));
    await local.sdk.send(new SignUpCommand({ ClientId: local.clientId, Username: 'kunconfirmed@x.com', Password: PASSWORD }));
    local.inbox.clear();
    for (const email of ['known@x.com', 'kdisabled@x.com', 'kunconfirmed@x.com', 'kunknown@x.com']) {
      const { CodeDeliveryDetails } = await forgot(email);
      expect(CodeDeliveryDetails).toEqual({ AttributeName: 'email', DeliveryMedium: 'EMAIL', Destination: 'k***@x***' });
    }
    expect(local.inbox.list().map((message) => message.to)).toEqual(['known@x.com']);
  });

  it('AU21: sends five messages, then none for an hour, and counts unknown users alike', async () => {
    await register(local, 'pump@x.com');
    local.inbox.clear();
    for (const email of ['pump@x.com', 'unknown-pump@x.com']) {
      const results = await Promise.all(Array.from({ length: 20 }, () => refusal(forgot(email))));
      expect(results.filter((result) => result === LIMIT)).toHaveLength(15);
    }
    expect(local.inbox.list()).toHaveLength(5);
  });

  it('refuses an invited user who has not signed in yet', async () => {
    const input = { UserPoolId: local.poolId, Username: 'guest@x.com', UserAttributes: [{ Name: 'email_verified', Value: 'true' }] };
    await local.admin.send(new AdminCreateUserCommand(input));
    expect(await refusal(forgot('guest@x.com'))).toBe('NotAuthorizedException: User password cannot be reset in the current state.');
  });

  it('refuses where only administrators reset', async () => {
    const strict = await startLocalCognito({
      pool: { AccountRecoverySetting: { RecoveryMechanisms: [{ Name: 'admin_only', Priority: 1 }] } },
      client: { PreventUserExistenceErrors: 'LEGACY' },
    });
    await register(strict, 'a@x.com');
    const request = new ForgotPasswordCommand({ ClientId: strict.clientId, Username: 'a@x.com' });
    expect(await refusal(strict.sdk.send(request))).toBe('NotAuthorizedException: Contact administrator to reset password.');
    await strict.stop();
  });
});

describe('ConfirmForgotPassword', () => {
  it('AU05: refuses every code after five wrong ones until the pause is over', async () => {
    await register(local, 'guess@x.com');
    await forgot('guess@x.com');
    const code = lastCode(local, 'guess@x.com');
    const wrong = code === '000000' ? '000001' : '000000';
    const results = await Promise.all(Array.from({ length: 10 }, () => refusal(confirm('guess@x.com', wrong))));
    expect(results).toEqual([...Array(5).fill(MISMATCH), ...Array(5).fill(LIMIT)]);
    expect(await refusal(confirm('guess@x.com', code))).toBe(LIMIT);
    expect(await refusal(passwordLogin(local, 'guess@x.com'))).toContain('accepted');
    local.clock.advance(15 * 60_000);
    expect(await refusal(confirm('guess@x.com', code))).toContain('accepted');
  });

  it('refuses a code after one hour', async () => {
    await register(local, 'late@x.com');
    await forgot('late@x.com');
    local.clock.advance(3_600_000);
    expect(await refusal(confirm('late@x.com', lastCode(local, 'late@x.com')))).toBe(EXPIRED);
  });

  it('answers for an unknown user as for a wrong code', async () => {
    expect(await refusal(confirm('nobody@x.com', '123456'))).toBe(MISMATCH);
  });

  it('leaves the code good when the new password breaks the policy', async () => {
    await register(local, 'policy@x.com');
    await forgot('policy@x.com');
    const code = lastCode(local, 'policy@x.com');
    expect(await refusal(confirm('policy@x.com', code, 'short'))).toContain('InvalidPasswordException');
    expect(await refusal(confirm('policy@x.com', code))).toContain('accepted');
  });

  it('takes a code once, also in parallel, and the old password no more', async () => {
    await register(local, 'once@x.com');
    await forgot('once@x.com');
    const code = lastCode(local, 'once@x.com');
    const results = await Promise.all(
      Array.from({ length: 10 }, (_, index) => refusal(confirm('once@x.com', code, `Another${index}horse`))),
    );
    const winner = results.findIndex((result) => result.startsWith('accepted'));
    expect(results.filter((result) => result.startsWith('accepted'))).toHaveLength(1);
    expect(await refusal(passwordLogin(local, 'once@x.com'))).toContain('NotAuthorizedException');
    expect(await refusal(passwordLogin(local, 'once@x.com', `Another${winner}horse`))).toContain('accepted');
  });

  it('ends a lock-out of sign-in', async () => {
    await register(local, 'locked@x.com');
    await Promise.all(Array.from({ length: 5 }, () => refusal(passwordLogin(local, 'locked@x.com', 'Wrong1password'))));
    await forgot('locked@x.com');
    await confirm('locked@x.com', lastCode(local, 'locked@x.com'));
    expect(await refusal(passwordLogin(local, 'locked@x.com', NEW_PASSWORD))).toContain('accepted');
  });
});

describe('AdminResetUserPassword', () => {
  it('lets the user in only after a reset with the mailed code', async () => {
    await register(local, 'reset@x.com');
    await local.admin.send(new AdminResetUserPasswordCommand({ UserPoolId: local.poolId, Username: 'reset@x.com' }));
    expect(await refusal(passwordLogin(local, 'reset@x.com'))).toBe('PasswordResetRequiredException: Password reset required for the user');
    await confirm('reset@x.com', lastCode(local, 'reset@x.com'));
    expect(await refusal(passwordLogin(local, 'reset@x.com', NEW_PASSWORD))).toContain('accepted');
  });
});

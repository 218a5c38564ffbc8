import {
  AdminSetUserMFAPreferenceCommand,
  AssociateSoftwareTokenCommand,
  GetUserCommand,
  RespondToAuthChallengeCommand,
  SetUserMFAPreferenceCommand,
  VerifySoftwareTokenCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { matchingTotpStep, totpCode } from '../../../local/services/cognito-idp/totp.ts';
import { type LocalCognito, passwordLogin, refusal, register, startLocalCognito, tokensOf } from './support/local-cognito.ts';

const STEP_MS = 30_000;
const USED = 'ExpiredCodeException: Your software token has already been used once.';
const MISMATCH = 'CodeMismatchException: Invalid code received for user';

let local: LocalCognito;
beforeAll(async () => {
  local = await startLocalCognito();
});
afterAll(() => local.stop());

function codeNow(at: LocalCognito, secret: string): string {
  return totpCode(secret, Math.floor(at.clock.now() / STEP_MS));
}

function wrongCode(at: LocalCognito, secret: string): string {
  const candidates = ['000000', '000001', '000002', '000003'];
  return candidates.find((code) => matchingTotpStep(secret, code, at.clock.now()) === undefined) ?? '';
}

/** Registers a user with an authenticator app; its secret. The code of the next step is fresh. */
async function enrol(email: string): Promise<string> {
  await register(local, email);
  const { accessToken: AccessToken } = await tokensOf(local, email);
  const { SecretCode = '' } = await local.sdk.send(new AssociateSoftwareTokenCommand({ AccessToken }));
  await local.sdk.send(new VerifySoftwareTokenCommand({ AccessToken, UserCode: codeNow(local, SecretCode) }));
  await local.sdk.send(new SetUserMFAPreferenceCommand({ AccessToken, SoftwareTokenMfaSettings: { Enabled: true, PreferredMfa: true } }));
  local.clock.advance(STEP_MS);
  return SecretCode;
}

function answer(email: string, Session: string | undefined, code: string, ClientId = local.clientId) {
  const responses = { USERNAME: email, SOFTWARE_TOKEN_MFA_CODE: code };
  return local.sdk.send(
    new RespondToAuthChallengeCommand({ ClientId, ChallengeName: 'SOFTWARE_TOKEN_MFA', Session, ChallengeResponses: responses }),
  );
}

describe('totp', () => {
  // RFC 6238, appendix B; the six digits are the last of its eight.
  it.each([
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_111_111_111, '050471'],
    [1_234_567_890, '005924'],
    [2_000_000_000, '279037'],
    [20_000_000_000, '353130'],
  ])('gives the code of the RFC at second %i', (second, code) => {
    expect(totpCode('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ', Math.floor(second / 30))).toBe(code);
  });
});

describe('VerifySoftwareToken', () => {
  it('refuses a wrong code and leaves MFA off', async () => {
    await register(local, 'typo@x.com');
    const { accessToken: AccessToken } = await tokensOf(local, 'typo@x.com');
    const { SecretCode = '' } = await local.sdk.send(new AssociateSoftwareTokenCommand({ AccessToken }));
    const verify = new VerifySoftwareTokenCommand({ AccessToken, UserCode: wrongCode(local, SecretCode) });
    expect(await refusal(local.sdk.send(verify))).toBe('EnableSoftwareTokenMFAException: Code mismatch and fail enable Software Token MFA');
    const prefer = new SetUserMFAPreferenceCommand({ AccessToken, SoftwareTokenMfaSettings: { Enabled: true } });
    expect(await refusal(local.sdk.send(prefer))).toBe('InvalidParameterException: User has not verified software token mfa');
    expect((await passwordLogin(local, 'typo@x.com')).AuthenticationResult).toBeDefined();
  });

  it('refuses a pool without MFA', async () => {
    const off = await startLocalCognito({ pool: { MfaConfiguration: 'OFF' } });
    await register(off, 'a@x.com');
    const { accessToken: AccessToken } = await tokensOf(off, 'a@x.com');
    expect(await refusal(off.sdk.send(new AssociateSoftwareTokenCommand({ AccessToken })))).toContain('SoftwareTokenMFANotFoundException');
    await off.stop();
  });
});

describe('SOFTWARE_TOKEN_MFA', () => {
  it('refuses a wrong code, and the session stays good for the right one', async () => {
    const secret = await enrol('ann@x.com');
    const { Session, ChallengeName } = await passwordLogin(local, 'ann@x.com');
    expect(ChallengeName).toBe('SOFTWARE_TOKEN_MFA');
    expect(await refusal(answer('ann@x.com', Session, wrongCode(local, secret)))).toBe(MISMATCH);
    expect(await refusal(answer('ann@x.com', Session, 'abcdef'))).toBe(MISMATCH);
    expect(await refusal(answer('ann@x.com', Session, codeNow(local, secret)))).toContain('accepted');
    local.clock.advance(STEP_MS);
    expect(await refusal(answer('ann@x.com', Session, codeNow(local, secret)))).toBe(
      'NotAuthorizedException: Invalid session for the user.',
    );
  });

  it('AU07: takes a code once in its 30 seconds', async () => {
    const secret = await enrol('replay@x.com');
    const code = codeNow(local, secret);
    const first = await passwordLogin(local, 'replay@x.com');
    expect(await refusal(answer('replay@x.com', first.Session, code))).toContain('accepted');
    const second = await passwordLogin(local, 'replay@x.com');
    expect(await refusal(answer('replay@x.com', second.Session, code))).toBe(USED);
  });

  it('AU07: takes a code once in 20 parallel sign-ins', async () => {
    const secret = await enrol('parallel@x.com');
    const sessions = await Promise.all(Array.from({ length: 20 }, () => passwordLogin(local, 'parallel@x.com')));
    const code = codeNow(local, secret);
    const results = await Promise.all(sessions.map(({ Session }) => refusal(answer('parallel@x.com', Session, code))));
    expect(results.filter((result) => result.startsWith('accepted'))).toHaveLength(1);
    expect(results.filter((result) => result === USED)).toHaveLength(19);
  });

  it('locks after five wrong codes, in new sessions too', async () => {
    const secret = await enrol('guess@x.com');
    const wrong = wrongCode(local, secret);
    for (let attempt = 0; attempt < 5; attempt += 1) {
      const { Session } = await passwordLogin(local, 'guess@x.com');
      expect(await refusal(answer('guess@x.com', Session, wrong))).toBe(MISMATCH);
    }
    const { Session } = await passwordLogin(local, 'guess@x.com');
    expect(await refusal(answer('guess@x.com', Session, codeNow(local, secret)))).toBe(
      'NotAuthorizedException: Password attempts exceeded',
    );
    local.clock.advance(1_000);
    expect(await refusal(answer('guess@x.com', Session, codeNow(local, secret)))).toContain('accepted');
  });

  it('binds the session to user and client', async () => {
    const [first] = [await enrol('one@x.com'), await enrol('two@x.com')];
    const { Session } = await passwordLogin(local, 'one@x.com');
    const code = codeNow(local, first);
    expect(await refusal(answer('two@x.com', Session, code))).toBe('NotAuthorizedException: Invalid session for the user.');
    expect(await refusal(answer('one@x.com', Session, code, local.other.clientId))).toBe(
      'NotAuthorizedException: Invalid session for the user.',
    );
    expect(await refusal(answer('one@x.com', Session, code))).toContain('accepted');
  });

  it('shows the factor in GetUser, without its secret, until an administrator takes it away', async () => {
    const secret = await enrol('shown@x.com');
    const { Session } = await passwordLogin(local, 'shown@x.com');
    const { AuthenticationResult } = await answer('shown@x.com', Session, codeNow(local, secret));
    const user = await local.sdk.send(new GetUserCommand({ AccessToken: AuthenticationResult?.AccessToken }));
    expect(user).toMatchObject({ UserMFASettingList: ['SOFTWARE_TOKEN_MFA'], PreferredMfaSetting: 'SOFTWARE_TOKEN_MFA' });
    expect(JSON.stringify(user) + JSON.stringify(await local.service.dump())).not.toContain(secret);
    const settings = { SoftwareTokenMfaSettings: { Enabled: false } };
    await local.admin.send(new AdminSetUserMFAPreferenceCommand({ UserPoolId: local.poolId, Username: 'shown@x.com', ...settings }));
    expect((await passwordLogin(local, 'shown@x.com')).AuthenticationResult).toBeDefined();
  });
});

describe('MFA_SETUP', () => {
  it('gives no tokens before the authenticator app is verified', async () => {
    const strict = await startLocalCognito({ pool: { MfaConfiguration: 'ON' } });
    await register(strict, 'new@x.com');
    const challenge = await passwordLogin(strict, 'new@x.com');
    expect(challenge).toMatchObject({ ChallengeName: 'MFA_SETUP', ChallengeParameters: { MFAS_CAN_SETUP: '["SOFTWARE_TOKEN_MFA"]' } });
    const respond = (Session: string | undefined) => {
      const input = {
        ClientId: strict.clientId,
        ChallengeName: 'MFA_SETUP' as const,
        Session,
        ChallengeResponses: { USERNAME: 'new@x.com' },
      };
      return strict.sdk.send(new RespondToAuthChallengeCommand(input));
    };
    expect(await refusal(respond(challenge.Session))).toContain('InvalidParameterException');
    const associated = await strict.sdk.send(new AssociateSoftwareTokenCommand({ Session: challenge.Session }));
    expect(await refusal(respond(associated.Session))).toContain('InvalidParameterException');
    const UserCode = codeNow(strict, associated.SecretCode ?? '');
    const verified = await strict.sdk.send(new VerifySoftwareTokenCommand({ Session: associated.Session, UserCode }));
    expect(verified.Status).toBe('SUCCESS');
    expect((await respond(verified.Session)).AuthenticationResult?.AccessToken).toBeDefined();
    expect((await passwordLogin(strict, 'new@x.com')).ChallengeName).toBe('SOFTWARE_TOKEN_MFA');
    await strict.stop();
  });
});

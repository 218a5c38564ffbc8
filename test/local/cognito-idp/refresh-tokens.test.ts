import {
  ChangePasswordCommand,
  GetTokensFromRefreshTokenCommand,
  GetUserCommand,
  GlobalSignOutCommand,
  InitiateAuthCommand,
  RevokeTokenCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { claimsOf, type LocalCognito, PASSWORD, refusal, register, startLocalCognito, tokensOf } from './support/local-cognito.ts';

const REUSED = 'RefreshTokenReuseException: Refresh Token has been invalidated by rotation';
const REVOKED = 'NotAuthorizedException: Refresh Token has been revoked';

const running: LocalCognito[] = [];
async function start(options: Parameters<typeof startLocalCognito>[0] = {}): Promise<LocalCognito> {
  const local = await startLocalCognito(options);
  running.push(local);
  await register(local, 'ann@x.com');
  return local;
}
afterAll(() => Promise.all(running.map((local) => local.stop())));

function refresh(local: LocalCognito, RefreshToken: string, ClientId = local.clientId) {
  return local.sdk.send(new GetTokensFromRefreshTokenCommand({ ClientId, RefreshToken }));
}

function refreshByFlow(local: LocalCognito, token: string) {
  const input = { ClientId: local.clientId, AuthFlow: 'REFRESH_TOKEN_AUTH' as const, AuthParameters: { REFRESH_TOKEN: token } };
  return local.sdk.send(new InitiateAuthCommand(input));
}

describe('refresh without rotation', () => {
  let local: LocalCognito;
  beforeAll(async () => {
    local = await start({
      client: { RefreshTokenValidity: 1, TokenValidityUnits: { RefreshToken: 'hours', AccessToken: 'minutes' }, AccessTokenValidity: 5 },
    });
  });

  it.each([
    ['a token that nobody issued', () => 'x'.repeat(86)],
    ['an access token', async () => (await tokensOf(local, 'ann@x.com')).accessToken],
  ])('refuses %s', async (_, token) => {
    expect(await refusal(refresh(local, await token()))).toBe('NotAuthorizedException: Invalid Refresh Token');
  });

  it('refuses a token of another client', async () => {
    const { refreshToken } = await tokensOf(local, 'ann@x.com');
    expect(await refusal(refresh(local, refreshToken, local.other.clientId))).toBe('NotAuthorizedException: Invalid Refresh Token');
  });

  it('refuses an expired token', async () => {
    const { refreshToken } = await tokensOf(local, 'ann@x.com');
    local.clock.advance(3_600_000);
    expect(await refusal(refresh(local, refreshToken))).toBe('NotAuthorizedException: Refresh Token has expired');
  });

  it('issues new access and ID tokens of the same session, as often as asked', async () => {
    const { accessToken, refreshToken } = await tokensOf(local, 'ann@x.com');
    local.clock.advance(60_000);
    for (const renewed of [await refresh(local, refreshToken), await refreshByFlow(local, refreshToken)]) {
      expect(renewed.AuthenticationResult?.RefreshToken).toBeUndefined();
      expect(renewed.AuthenticationResult?.ExpiresIn).toBe(300);
      const [before, after] = [claimsOf(accessToken), claimsOf(renewed.AuthenticationResult?.AccessToken ?? '')];
      expect(after).toMatchObject({ origin_jti: before['origin_jti'], auth_time: before['auth_time'] });
      expect(after['jti']).not.toBe(before['jti']);
      expect(Number(after['iat']) - Number(before['iat'])).toBeGreaterThanOrEqual(60);
    }
  });

  it('JW12: revokes one session by its refresh token and leaves the other', async () => {
    const [one, two] = [await tokensOf(local, 'ann@x.com'), await tokensOf(local, 'ann@x.com')];
    await local.sdk.send(new RevokeTokenCommand({ ClientId: local.clientId, Token: one.refreshToken }));
    expect(await refusal(refresh(local, one.refreshToken))).toBe(REVOKED);
    expect(await refusal(local.sdk.send(new GetUserCommand({ AccessToken: one.accessToken })))).toBe(
      'NotAuthorizedException: Access Token has been revoked',
    );
    expect(await refusal(refresh(local, two.refreshToken))).toContain('accepted');
  });

  it('refuses to revoke access tokens and tokens of other clients', async () => {
    const { accessToken, refreshToken } = await tokensOf(local, 'ann@x.com');
    const revoke = (Token: string, ClientId = local.clientId) => refusal(local.sdk.send(new RevokeTokenCommand({ ClientId, Token })));
    expect(await revoke(accessToken)).toContain('UnsupportedTokenTypeException');
    expect(await revoke(refreshToken, local.other.clientId)).toContain('UnauthorizedException');
    expect(await refusal(refresh(local, refreshToken))).toContain('accepted');
  });

  it('JW14: keeps sessions over a change of password, as AWS does, and ends them all by a global sign-out', async () => {
    const sessions = [await tokensOf(local, 'ann@x.com'), await tokensOf(local, 'ann@x.com')] as const;
    const change = { AccessToken: sessions[0].accessToken, PreviousPassword: PASSWORD, ProposedPassword: PASSWORD };
    await local.sdk.send(new ChangePasswordCommand(change));
    expect(await refusal(refresh(local, sessions[1].refreshToken))).toContain('accepted');
    await local.sdk.send(new GlobalSignOutCommand({ AccessToken: sessions[0].accessToken }));
    for (const { refreshToken } of sessions) {
      expect(await refusal(refresh(local, refreshToken))).toBe(REVOKED);
    }
  });
});

describe('refresh with rotation', () => {
  const rotation = (RetryGracePeriodSeconds: number) => ({
    client: { RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds } },
  });

  it('AU15: revokes the whole session when a rotated token comes again', async () => {
    const local = await start(rotation(0));
    const { refreshToken } = await tokensOf(local, 'ann@x.com');
    const { AuthenticationResult } = await refresh(local, refreshToken);
    expect(AuthenticationResult?.RefreshToken).toEqual(expect.any(String));
    expect(await refusal(refresh(local, refreshToken))).toBe(REUSED);
    expect(await refusal(refresh(local, AuthenticationResult?.RefreshToken ?? ''))).toBe(REVOKED);
    const access = new GetUserCommand({ AccessToken: AuthenticationResult?.AccessToken });
    expect(await refusal(local.sdk.send(access))).toBe('NotAuthorizedException: Access Token has been revoked');
  });

  it('AU15: gives one of ten parallel refreshes tokens when there is no grace', async () => {
    const local = await start(rotation(0));
    const { refreshToken } = await tokensOf(local, 'ann@x.com');
    const results = await Promise.all(Array.from({ length: 10 }, () => refusal(refresh(local, refreshToken))));
    expect(results.filter((result) => result.startsWith('accepted'))).toHaveLength(1);
  });

  it('AU15: takes a rotated token again during the grace period and not after', async () => {
    const local = await start(rotation(30));
    const { refreshToken } = await tokensOf(local, 'ann@x.com');
    const first = await refresh(local, refreshToken);
    local.clock.advance(29_000);
    const retried = await refresh(local, refreshToken);
    expect(retried.AuthenticationResult?.RefreshToken).not.toBe(first.AuthenticationResult?.RefreshToken);
    local.clock.advance(1_000);
    expect(await refusal(refresh(local, refreshToken))).toBe(REUSED);
  });

  it('keeps the end of the session over rotations', async () => {
    const local = await start(rotation(0));
    let { refreshToken } = await tokensOf(local, 'ann@x.com');
    for (let day = 0; day < 29; day += 1) {
      local.clock.advance(86_400_000);
      refreshToken = (await refresh(local, refreshToken)).AuthenticationResult?.RefreshToken ?? '';
    }
    local.clock.advance(86_400_000);
    expect(await refusal(refresh(local, refreshToken))).toBe('NotAuthorizedException: Refresh Token has expired');
  });

  it('refuses REFRESH_TOKEN_AUTH, which does not rotate', async () => {
    const local = await start(rotation(0));
    const { refreshToken } = await tokensOf(local, 'ann@x.com');
    expect(await refusal(refreshByFlow(local, refreshToken))).toBe(
      'InvalidParameterException: REFRESH_TOKEN_AUTH flow not enabled for this client',
    );
  });
});

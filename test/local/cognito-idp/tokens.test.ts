import { AdminUserGlobalSignOutCommand, GetUserCommand, InitiateAuthCommand } from '@aws-sdk/client-cognito-identity-provider';
import { CognitoJwtVerifier } from 'aws-jwt-verify';
import { claimsOf, type LocalCognito, refusal, register, startLocalCognito, tokensOf } from './support/local-cognito.ts';

let local: LocalCognito;
let sub: string;
beforeAll(async () => {
  local = await startLocalCognito();
  sub = await register(local, 'ann@x.com');
});
afterAll(() => local.stop());

async function publicKeys(poolId: string) {
  const response = await fetch(`${local.endpoint}/${poolId}/.well-known/jwks.json`);
  return (await response.json()) as { keys: { kid: string; alg: string; use: string; kty: string }[] };
}

async function verifier(poolId: string, tokenUse: 'access' | 'id') {
  const made = CognitoJwtVerifier.create({ userPoolId: poolId, tokenUse, clientId: local.clientId });
  made.cacheJwks((await publicKeys(poolId)) as never);
  return made;
}

describe('tokens', () => {
  it('publishes two RS256 keys for each pool and no private part', async () => {
    const [own, other] = await Promise.all([publicKeys(local.poolId), publicKeys(local.other.poolId)]);
    expect(own.keys).toHaveLength(2);
    for (const key of own.keys) {
      expect(Object.keys(key).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use']);
      expect(key).toMatchObject({ alg: 'RS256', use: 'sig', kty: 'RSA' });
    }
    expect(new Set([...own.keys, ...other.keys].map((key) => key.kid)).size).toBe(4);
  });

  it('answers the OpenID configuration with the issuer of AWS and the local keys', async () => {
    const response = await fetch(`${local.endpoint}/${local.poolId}/.well-known/openid-configuration`);
    expect(await response.json()).toMatchObject({
      issuer: `https://cognito-idp.eu-central-1.amazonaws.com/${local.poolId}`,
      jwks_uri: `${local.endpoint}/${local.poolId}/.well-known/jwks.json`,
    });
    expect((await fetch(`${local.endpoint}/eu-central-1_nobody000/.well-known/jwks.json`)).status).toBe(404);
  });

  it('issues an access token with the claims of AWS', async () => {
    const { accessToken } = await tokensOf(local, 'ann@x.com');
    const claims = claimsOf(accessToken);
    expect(claims).toEqual({
      sub,
      iss: `https://cognito-idp.eu-central-1.amazonaws.com/${local.poolId}`,
      client_id: local.clientId,
      origin_jti: expect.any(String),
      event_id: expect.any(String),
      token_use: 'access',
      scope: 'aws.cognito.signin.user.admin',
      auth_time: expect.any(Number),
      exp: Number(claims['iat']) + 3_600,
      iat: expect.any(Number),
      jti: expect.any(String),
      username: sub,
    });
    const access = await verifier(local.poolId, 'access');
    expect((await access.verify(accessToken)).sub).toBe(sub);
  });

  it('issues an ID token with the attributes, verified flags as booleans', async () => {
    const { idToken } = await tokensOf(local, 'ann@x.com');
    expect(claimsOf(idToken)).toMatchObject({
      sub,
      aud: local.clientId,
      token_use: 'id',
      email: 'ann@x.com',
      email_verified: true,
      'cognito:username': sub,
    });
    const id = await verifier(local.poolId, 'id');
    expect((await id.verify(idToken)).sub).toBe(sub);
  });

  it('JW07: signs in no pool with the keys of another', async () => {
    const { accessToken } = await tokensOf(local, 'ann@x.com');
    await expect((await verifier(local.other.poolId, 'access')).verify(accessToken)).rejects.toThrow();
  });

  const getUser = (AccessToken: string) => refusal(local.sdk.send(new GetUserCommand({ AccessToken })));

  it('refuses to GetUser what is no access token of this pool', async () => {
    const { accessToken, idToken, refreshToken } = await tokensOf(local, 'ann@x.com');
    const [header = '', payload = '', signature = ''] = accessToken.split('.');
    const admin = Buffer.from(JSON.stringify({ ...claimsOf(accessToken), username: 'root' })).toString('base64url');
    const none = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url');
    const forged = {
      'JW09: an ID token': idToken,
      'a refresh token': refreshToken,
      'JW02: no signature': `${none}.${payload}.`,
      'another payload': `${header}.${admin}.${signature}`,
      'JW17: no JSON': 'a.b.c',
      'JW17: 16 KB of noise': 'x'.repeat(16_384),
    };
    for (const [name, token] of Object.entries(forged)) {
      expect([name, await getUser(token)]).toEqual([name, 'NotAuthorizedException: Invalid Access Token']);
    }
    local.clock.advance(3_600_000);
    expect(await getUser(accessToken)).toBe('NotAuthorizedException: Access Token has expired');
  });

  it('JW12: refuses access and refresh tokens at once after a global sign-out, and not those of the next sign-in', async () => {
    const { accessToken, refreshToken } = await tokensOf(local, 'ann@x.com');
    expect(await getUser(accessToken)).toContain('accepted');
    await local.admin.send(new AdminUserGlobalSignOutCommand({ UserPoolId: local.poolId, Username: 'ann@x.com' }));
    expect(await getUser(accessToken)).toBe('NotAuthorizedException: Access Token has been revoked');
    const parameters = { REFRESH_TOKEN: refreshToken };
    const refresh = new InitiateAuthCommand({ ClientId: local.clientId, AuthFlow: 'REFRESH_TOKEN_AUTH', AuthParameters: parameters });
    expect(await refusal(local.sdk.send(refresh))).toBe('NotAuthorizedException: Refresh Token has been revoked');
    expect(await getUser((await tokensOf(local, 'ann@x.com')).accessToken)).toContain('accepted');
  });
});

import { AwsError } from '../../service.ts';
import { type Call, checkSecretHash, clientOf, holderOf, type Operation, type PoolClient } from '../call.ts';
import { failures } from '../failures.ts';
import type { RefreshToken } from '../sessions.ts';
import { checkMaySignIn, type SignInReply } from '../sign-in-flow.ts';
import type { User } from '../users-store.ts';

interface Refresh extends PoolClient {
  readonly call: Call;
  readonly token: string;
  readonly clientMetadata?: Readonly<Record<string, string>>;
}

/**
 * Finds a usable refresh token. A rotated one is good during the grace period; after it, its use revokes the whole
 * session, because either the holder or a thief is a step behind.
 */
function usableToken(refresh: Refresh): { token: RefreshToken; user: User } {
  const { call, pool, client } = refresh;
  const { runtime } = call;
  const token = runtime.sessions.findRefreshToken(refresh.token);
  if (token === undefined || token.session.clientId !== client.id || token.session.poolId !== pool.id) {
    throw failures.notAuthorized('Invalid Refresh Token');
  }
  if (token.session.revoked) {
    throw failures.notAuthorized('Refresh Token has been revoked');
  }
  if (token.session.expiresAt <= runtime.clock.now()) {
    throw failures.notAuthorized('Refresh Token has expired');
  }
  const graceMs = (client.rotationGraceSeconds ?? 0) * 1_000;
  if (token.rotatedAt !== undefined && runtime.clock.now() >= token.rotatedAt + graceMs) {
    runtime.sessions.revoke(token.session);
    throw new AwsError('RefreshTokenReuseException', 'Refresh Token has been invalidated by rotation');
  }
  const user = runtime.users.byUsername(pool.id, token.session.username);
  if (user === undefined) {
    throw failures.notAuthorized('Invalid Refresh Token');
  }
  checkMaySignIn(user);
  return { token, user };
}

async function refreshTokens(refresh: Refresh): Promise<SignInReply> {
  const { call, pool, client } = refresh;
  const { runtime } = call;
  const before = usableToken(refresh);
  const metadata = refresh.clientMetadata === undefined ? {} : { clientMetadata: refresh.clientMetadata };
  const subject = { pool, client, source: 'TokenGeneration_RefreshTokens', ...metadata };
  const overrides = await runtime.tokens.customize({ ...subject, user: before.user });
  // Looked up again: of parallel requests with one token only the first finds it unrotated.
  const { token, user } = usableToken(refresh);
  const rotated = client.rotationGraceSeconds === undefined ? {} : { RefreshToken: rotate(call, token) };
  const tokens = await runtime.tokens.issue({ ...subject, user }, token.session, overrides);
  return { AuthenticationResult: { ...tokens, ...rotated }, ChallengeParameters: {} };
}

function rotate(call: Call, token: RefreshToken): string {
  const { database, sessions } = call.runtime;
  return database.transaction(() => {
    sessions.rotate(token);
    return sessions.issueRefreshToken(token.session);
  });
}

/** `REFRESH_TOKEN_AUTH` of `InitiateAuth`, which AWS offers only to clients without rotation. */
export function refreshByAuthFlow(
  call: Call,
  { pool, client }: PoolClient,
  parameters: Readonly<Record<string, string>>,
): Promise<SignInReply> {
  const allowed = client.authFlows.some((flow) => flow === 'ALLOW_REFRESH_TOKEN_AUTH' || !flow.startsWith('ALLOW_'));
  if (!allowed || client.rotationGraceSeconds !== undefined) {
    throw failures.invalidParameter('REFRESH_TOKEN_AUTH flow not enabled for this client');
  }
  const token = parameters['REFRESH_TOKEN'];
  if (!token) {
    throw failures.missingParameter('REFRESH_TOKEN');
  }
  const owner = call.runtime.sessions.findRefreshToken(token)?.session.username ?? '';
  checkSecretHash(client, owner, parameters['SECRET_HASH']);
  return refreshTokens({ call, pool, client, token });
}

function checkClientSecret(client: PoolClient['client'], given: string | undefined): void {
  if (client.secret !== undefined && client.secret !== given) {
    throw failures.notAuthorized(`Client ${client.id} is configured with secret but the secret was not received or is wrong`);
  }
}

export const getTokensFromRefreshToken: Operation = (call) => {
  const { pool, client } = clientOf(call);
  checkClientSecret(client, call.input.optionalString('ClientSecret'));
  const token = call.input.string('RefreshToken', 32_768);
  return refreshTokens({ call, pool, client, token, clientMetadata: call.input.stringMap('ClientMetadata') });
};

export const revokeToken: Operation = (call) => {
  const { runtime, input } = call;
  const { client } = clientOf(call);
  const given = input.string('Token', 32_768);
  if (client.secret !== undefined && client.secret !== input.optionalString('ClientSecret')) {
    throw new AwsError('UnauthorizedException', 'Invalid client secret');
  }
  if (!client.tokenRevocation) {
    throw new AwsError('UnsupportedOperationException', 'Token revocation is not enabled for this client');
  }
  const token = runtime.sessions.findRefreshToken(given);
  if (token === undefined && given.split('.').length === 3) {
    throw new AwsError('UnsupportedTokenTypeException', 'Only refresh tokens can be revoked');
  }
  if (token !== undefined && token.session.clientId !== client.id) {
    throw new AwsError('UnauthorizedException', 'The token was issued to another client');
  }
  // RFC 7009: a token that means nothing is as good as revoked.
  if (token !== undefined) {
    runtime.sessions.revoke(token.session);
  }
  return {};
};

export const globalSignOut: Operation = async (call) => {
  const { user } = await holderOf(call);
  call.runtime.sessions.revokeAll(user);
  return {};
};

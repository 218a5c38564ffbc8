import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { CognitoJwtVerifier } from 'aws-jwt-verify/cognito-verifier';
import { FetchError } from 'aws-jwt-verify/error';
import { SimpleJwksCache } from 'aws-jwt-verify/jwk';
import { ApiError } from '../../contracts/errors.ts';
import { variables } from '../../contracts/variables.ts';
import { requiredVariable } from './environment.ts';
import type { UserCaller } from './request.ts';

/** A token of Cognito has about 1 to 2 KB; what is much longer is not looked at. */
const maxTokenLength = 8_192;
const bearer = /^bearer +([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)$/i;
const fetchTimeoutMs = 3_000;
/** How far the clocks of Cognito and of this machine may be apart. */
const clockSkewSeconds = 60;

// The SDK clients honour these two variables by themselves; the key set is fetched without an SDK, so it has to be told.
const endpoint = process.env['AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER'] ?? process.env['AWS_ENDPOINT_URL'];

const fetchKeys = (uri: string): Promise<ArrayBuffer> => {
  const url = endpoint === undefined ? new URL(uri) : new URL(new URL(uri).pathname, endpoint);
  const request = url.protocol === 'http:' ? httpRequest : httpsRequest;
  return new Promise((resolve, reject) => {
    const failed = (reason: string): void => reject(new FetchError(uri, reason));
    const call = request(url, { timeout: fetchTimeoutMs }, (response) => {
      if (response.statusCode !== 200) {
        response.resume();
        failed(`status ${response.statusCode}`);
        return;
      }
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', (error) => failed(error.message));
      response.on('end', () => resolve(Uint8Array.from(Buffer.concat(chunks)).buffer));
    });
    call.on('timeout', () => call.destroy(new Error('timed out')));
    call.on('error', (error) => failed(error.message));
    call.end();
  });
};

/** Cognito gives access tokens for one day at the most (CreateUserPoolClient, AccessTokenValidity). */
const longestLifeSeconds = 24 * 60 * 60;

/** The library passes a token that has no expiry at all, that never ends, or that comes from the future. */
const assertPlausibleTimes = ({ exp, iat }: { exp?: unknown; iat?: unknown }): void => {
  const lifeSeconds = Number.isSafeInteger(exp) && Number.isSafeInteger(iat) ? Number(exp) - Number(iat) : Number.NaN;
  if (!(lifeSeconds <= longestLifeSeconds) || Number(iat) > Date.now() / 1_000 + clockSkewSeconds) {
    throw new Error('the times of the token are not plausible');
  }
};

const createVerifier = () =>
  CognitoJwtVerifier.create(
    {
      userPoolId: requiredVariable(variables.userPoolId),
      clientId: requiredVariable(variables.userPoolClientId),
      tokenUse: 'access',
      customJwtCheck: ({ payload }) => assertPlausibleTimes(payload),
    },
    { jwksCache: new SimpleJwksCache({ fetcher: { fetch: fetchKeys } }) },
  );

const unauthenticated = (cause?: unknown): ApiError =>
  new ApiError('unauthenticated', 'Send a valid access token as "Authorization: Bearer <token>". Log in or refresh to get one.', {
    cause,
    ...(cause !== undefined && { headers: { 'www-authenticate': 'Bearer error="invalid_token"' } }),
  });

/** Turns an `Authorization` header into the user that it speaks for. */
export type Authenticate = (authorization: string | undefined) => Promise<UserCaller>;

/**
 * Makes the check of access tokens for this function's user pool and client, and begins to fetch the pool's keys, while
 * Lambda still gives the full CPU of INIT. The check
 *
 * @throws ApiError `unauthenticated` unless the header holds exactly one valid access token of this pool and client;
 * `unavailable` when the pool's keys can't be had
 */
export const createAuthenticate = (): Authenticate => {
  const verifier = createVerifier();
  // A failure here shows at the first token, as 503.
  verifier.hydrate().catch(() => undefined);

  const verify = async (token: string) => {
    try {
      return await verifier.verify(token);
    } catch (cause) {
      if (cause instanceof FetchError) {
        throw new ApiError('unavailable', 'The access token cannot be checked right now. Try again shortly.', {
          cause,
          retryAfterSeconds: 2,
        });
      }
      throw unauthenticated(cause);
    }
  };

  return async (authorization) => {
    if (authorization === undefined || authorization.trim() === '') throw unauthenticated();
    const token = authorization.length <= maxTokenLength ? bearer.exec(authorization)?.[1] : undefined;
    if (token === undefined) throw unauthenticated();
    const claims = await verify(token);
    return {
      kind: 'user',
      id: claims.sub,
      username: claims.username,
      groups: claims['cognito:groups'] ?? [],
      scopes: claims.scope.split(' '),
      accessToken: token,
    };
  };
};

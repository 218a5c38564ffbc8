import { AwsError, type AwsResponse } from '../service.ts';
import type { Runtime } from './runtime.ts';

const HEADERS = { 'content-type': 'application/json', 'access-control-allow-origin': '*', 'cache-control': 'public, max-age=60' };

/**
 * `GET /<poolId>/.well-known/jwks.json` and `openid-configuration`. The issuer is AWS's, as in the tokens; `jwks_uri`
 * points at the local endpoint, where the keys are.
 * @throws AwsError `ResourceNotFoundException` (404)
 */
export async function wellKnownDocument(runtime: Runtime, path: string): Promise<AwsResponse> {
  const [, poolId = '', document = ''] = /^\/([^/]+)\/\.well-known\/([^/]+)$/u.exec(path) ?? [];
  const pool = runtime.pools.get(poolId);
  if (pool !== undefined && document === 'jwks.json') {
    return { status: 200, headers: HEADERS, body: JSON.stringify({ keys: await runtime.keys.publicKeys(pool.id) }) };
  }
  if (pool !== undefined && document === 'openid-configuration') {
    const body = {
      issuer: `https://cognito-idp.${pool.region}.amazonaws.com/${pool.id}`,
      jwks_uri: `${runtime.context.endpointUrl}/${pool.id}/.well-known/jwks.json`,
      id_token_signing_alg_values_supported: ['RS256'],
      response_types_supported: ['code', 'token'],
      scopes_supported: ['openid', 'email', 'phone', 'profile'],
      subject_types_supported: ['public'],
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    };
    return { status: 200, headers: HEADERS, body: JSON.stringify(body) };
  }
  throw new AwsError('ResourceNotFoundException', `User pool ${poolId} does not exist.`, { status: 404 });
}

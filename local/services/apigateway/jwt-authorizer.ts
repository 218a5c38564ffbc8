import { verify } from 'node:crypto';
import type { LocalContext } from '../service.ts';
import type { Authorization } from './authorization.ts';
import { GatewayError } from './gateway-error.ts';
import type { JwtAuthorizerDefinition } from './http-api.ts';
import { identityValue } from './identity-source.ts';
import { KeySet } from './key-set.ts';
import type { RoutedRequest } from './proxy-event.ts';

type Claims = Readonly<Record<string, unknown>>;

/** "Currently, only RSA-based algorithms are supported." */
const DIGESTS: Readonly<Record<string, string>> = { RS256: 'RSA-SHA256', RS384: 'RSA-SHA384', RS512: 'RSA-SHA512' };
const MAX_TOKEN_LENGTH = 8_192;
const TOKEN = /^(?:bearer\s+)?([\w-]+)\.([\w-]+)\.([\w-]+)$/i;

/** Checks JSON Web Tokens as the JWT authorizers of HTTP APIs do. */
export class JwtAuthorizer {
  readonly #definition: JwtAuthorizerDefinition;
  readonly #context: LocalContext;
  readonly #keys: KeySet;

  constructor(definition: JwtAuthorizerDefinition, context: LocalContext) {
    this.#definition = definition;
    this.#context = context;
    this.#keys = new KeySet(definition.issuer, context.endpointUrl);
  }

  /** @throws GatewayError 401 without a valid token, 403 when it has none of the route's scopes */
  async authorize(routed: RoutedRequest): Promise<Authorization> {
    const { scopes: wanted } = routed.match.route;
    const scope = wanted.join(' ');
    const token = this.#token(routed);
    if (token === undefined) throw unauthorized('Bearer');
    const claims = await this.#verified(token, scope);
    const held = scopesOf(claims);
    const scopes = wanted.filter((name) => held.includes(name));
    if (wanted.length > 0 && scopes.length === 0) {
      const challenge = `Bearer scope="${scope}" error="insufficient_scope" error_description="the token does not have the required scopes"`;
      throw new GatewayError(403, 'Forbidden', { headers: { 'www-authenticate': challenge }, reason: 'insufficient scope' });
    }
    const texts = Object.fromEntries(Object.entries(claims).map(([name, value]) => [name, claimText(value)]));
    return {
      eventContext: { jwt: { claims: texts, scopes: scopes.length > 0 ? scopes : null } },
      logValues: Object.fromEntries(Object.entries(texts).map(([name, value]) => [`claims.${name}`, value])),
    };
  }

  #token(routed: RoutedRequest): string | undefined {
    for (const source of this.#definition.identitySources) {
      const value = identityValue(source, routed);
      if (value !== undefined && value !== '') return value;
    }
    return undefined;
  }

  async #verified(token: string, scope: string): Promise<Claims> {
    const refuse = (why: string): GatewayError =>
      unauthorized(`Bearer scope="${scope}" error="invalid_token" error_description="${why}"`, why);
    const [, header = '', body = '', signature = ''] = (token.length <= MAX_TOKEN_LENGTH && TOKEN.exec(token)) || [];
    const { kid, alg } = decode(header);
    const claims = decode(body);
    const digest = typeof alg === 'string' && Object.hasOwn(DIGESTS, alg) ? DIGESTS[alg] : undefined;
    if (typeof kid !== 'string') throw refuse('the token is malformed');
    if (digest === undefined) throw refuse('the signing method is invalid');
    const key = await this.#keys.find(kid).catch((cause: unknown) => {
      this.#context.log.warn('apigateway', `the keys of ${this.#definition.issuer} can't be read: ${(cause as Error).message}`);
      throw refuse('OIDC discovery endpoint communication error');
    });
    if (key === undefined || !verify(digest, Buffer.from(`${header}.${body}`), key, Buffer.from(signature, 'base64url'))) {
      throw refuse('the signature is invalid');
    }
    const problem = claimProblem(claims, this.#definition, this.#context.clock.now() / 1_000);
    if (problem !== undefined) throw refuse(problem);
    return claims;
  }
}

function claimProblem(claims: Claims, { issuer, audience }: JwtAuthorizerDefinition, now: number): string | undefined {
  const { iss, exp, nbf, iat, aud, client_id: clientId } = claims;
  if (iss !== issuer) return 'the issuer is invalid';
  if (typeof exp !== 'number' || exp <= now) return 'the token has expired';
  if (typeof nbf === 'number' && nbf > now) return 'the token is not valid yet';
  if (typeof iat === 'number' && iat > now) return 'the token was issued in the future';
  const named = aud === undefined ? [clientId] : Array.isArray(aud) ? aud : [aud];
  return named.some((name) => typeof name === 'string' && audience.includes(name)) ? undefined : 'the token does not have a valid audience';
}

function scopesOf({ scope, scp }: Claims): readonly string[] {
  const value = scope ?? scp;
  return Array.isArray(value) ? value.map(String) : typeof value === 'string' ? value.split(' ') : [];
}

/** HTTP APIs hand on every claim as text, lists as `[a b]`. */
function claimText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(claimText).join(' ')}]`;
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
}

function decode(part: string): Claims {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Claims) : {};
  } catch {
    return {};
  }
}

function unauthorized(challenge: string, reason?: string): GatewayError {
  return new GatewayError(401, 'Unauthorized', { headers: { 'www-authenticate': challenge }, ...(reason !== undefined && { reason }) });
}

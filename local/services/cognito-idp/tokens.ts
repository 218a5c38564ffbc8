import { randomUUID } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import { applyChange, type ClaimOverrides, type Claims, type GroupClaims, groupClaims, readClaimOverrides } from './claim-overrides.ts';
import { failures } from './failures.ts';
import type { GroupsStore } from './groups-store.ts';
import type { Session, Sessions } from './sessions.ts';
import type { SigningKeys } from './signing-keys.ts';
import { type Triggers, triggerAttributes } from './triggers.ts';
import type { UserPool } from './user-pool.ts';
import type { UserPoolClient } from './user-pool-client.ts';
import type { User, UsersStore } from './users-store.ts';

/** The scope that lets an access token call the user's own operations, for example `GetUser`. */
const SELF_SERVICE_SCOPE = 'aws.cognito.signin.user.admin';

/** For whom tokens are made, and on what occasion. */
interface TokenSubject {
  readonly pool: UserPool;
  readonly client: UserPoolClient;
  readonly user: User;
  /** For example `TokenGeneration_Authentication`. */
  readonly source: string;
  readonly clientMetadata?: Readonly<Record<string, string>>;
}

export interface IssuedTokens {
  readonly AccessToken: string;
  readonly IdToken: string;
  readonly ExpiresIn: number;
  readonly TokenType: 'Bearer';
}

/** Whose access token it is. */
export interface AccessTokenHolder {
  readonly user: User;
  readonly session: Session;
  readonly clientId: string;
}

interface TokenParts {
  readonly pools: ReadonlyMap<string, UserPool>;
  readonly clock: Clock;
  readonly keys: SigningKeys;
  readonly users: UsersStore;
  readonly groups: GroupsStore;
  readonly sessions: Sessions;
  readonly triggers: Triggers;
}

function issuer(pool: UserPool): string {
  return `https://cognito-idp.${pool.region}.amazonaws.com/${pool.id}`;
}

/** The attributes that a client may read, `sub` always. */
export function readableAttributes(client: Pick<UserPoolClient, 'readAttributes'> | undefined, user: User): Record<string, string> {
  const readable = client?.readAttributes;
  const entries = Object.entries(user.attributes);
  return Object.fromEntries(readable === undefined ? entries : entries.filter(([name]) => name === 'sub' || readable.includes(name)));
}

function attributeClaims(client: UserPoolClient, user: User): Claims {
  const entries = Object.entries(readableAttributes(client, user));
  return Object.fromEntries(entries.map(([name, value]) => [name, name.endsWith('_verified') ? value === 'true' : value]));
}

function parsePart(part: string | undefined): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part ?? '', 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** Makes access and ID tokens, and tells whose access token one is. */
export class Tokens {
  readonly #parts: TokenParts;

  constructor(parts: TokenParts) {
    this.#parts = parts;
  }

  /** Runs the `PreTokenGeneration` trigger. It may refuse, so call it before a session is opened or rotated. */
  async customize(subject: TokenSubject): Promise<ClaimOverrides> {
    const { pool, client, user } = subject;
    const own = groupClaims(this.#parts.groups.ofUser(pool.id, user.username));
    const versioned = pool.preTokenGenerationVersion !== 'V1_0';
    const response = await this.#parts.triggers.run(pool, {
      trigger: 'PreTokenGeneration',
      source: subject.source,
      username: user.username,
      clientId: client.id,
      version: pool.preTokenGenerationVersion.charAt(1),
      request: {
        userAttributes: triggerAttributes(user),
        groupConfiguration: { groupsToOverride: own.groups, iamRolesToOverride: own.roles, preferredRole: own.preferredRole ?? null },
        ...(versioned ? { scopes: [SELF_SERVICE_SCOPE] } : {}),
        ...(subject.clientMetadata === undefined ? {} : { clientMetadata: subject.clientMetadata }),
      },
      response: versioned ? { claimsAndScopeOverrideDetails: null } : { claimsOverrideDetails: null },
    });
    return readClaimOverrides(response);
  }

  async issue(subject: TokenSubject, session: Session, overrides: ClaimOverrides): Promise<IssuedTokens> {
    const { pool, client, user } = subject;
    const iat = Math.floor(this.#parts.clock.now() / 1_000);
    const groups = overrides.groups ?? groupClaims(this.#parts.groups.ofUser(pool.id, user.username));
    const common = {
      sub: user.sub,
      ...(groups.groups.length > 0 ? { 'cognito:groups': groups.groups } : {}),
      iss: issuer(pool),
      ...(client.tokenRevocation ? { origin_jti: session.originJti } : {}),
      event_id: session.id,
      auth_time: Math.floor(session.authTime / 1_000),
      iat,
    };
    const access = {
      ...common,
      client_id: client.id,
      token_use: 'access',
      scope: this.#scope(overrides),
      exp: iat + client.accessTokenSeconds,
      jti: randomUUID(),
      username: user.username,
    };
    const id = {
      ...attributeClaims(client, user),
      ...common,
      ...roleClaims(groups),
      'cognito:username': user.username,
      aud: client.id,
      token_use: 'id',
      exp: iat + client.idTokenSeconds,
      jti: randomUUID(),
    };
    const [AccessToken, IdToken] = await Promise.all([
      this.#parts.keys.sign(pool.id, 'access', applyChange(access, overrides.access)),
      this.#parts.keys.sign(pool.id, 'id', applyChange(id, overrides.id)),
    ]);
    return { AccessToken, IdToken, ExpiresIn: client.accessTokenSeconds, TokenType: 'Bearer' };
  }

  /**
   * @throws AwsError `NotAuthorizedException` for a token that is forged, of another use, expired or revoked, or whose
   * user is disabled; `UserNotFoundException` when the user is gone.
   */
  async holderOf(token: string): Promise<AccessTokenHolder> {
    const claims = await this.#verifiedClaims(token);
    if (typeof claims['exp'] !== 'number' || claims['exp'] * 1_000 <= this.#parts.clock.now()) {
      throw failures.notAuthorized('Access Token has expired');
    }
    if (!String(claims['scope']).split(' ').includes(SELF_SERVICE_SCOPE)) {
      throw failures.notAuthorized('Access Token does not have required scopes');
    }
    const poolId = String(claims['iss']).split('/').at(-1) ?? '';
    const user = this.#parts.users.byUsername(poolId, String(claims['username']));
    if (user === undefined) {
      throw failures.userNotFound();
    }
    const session = this.#parts.sessions.byId(String(claims['event_id']));
    if (session === undefined || session.revoked) {
      throw failures.notAuthorized('Access Token has been revoked');
    }
    if (!user.enabled) {
      throw failures.userDisabled();
    }
    return { user, session, clientId: String(claims['client_id']) };
  }

  async #verifiedClaims(token: string): Promise<Record<string, unknown>> {
    const parts = token.split('.');
    const claims = parts.length === 3 ? parsePart(parts[1]) : undefined;
    const pool = this.#parts.pools.get(String(claims?.['iss']).split('/').at(-1) ?? '');
    const genuine =
      claims !== undefined &&
      pool !== undefined &&
      claims['iss'] === issuer(pool) &&
      (await this.#parts.keys.verifies(pool.id, 'access', token));
    if (!genuine || claims['token_use'] !== 'access') {
      throw failures.notAuthorized('Invalid Access Token');
    }
    return claims;
  }

  #scope(overrides: ClaimOverrides): string {
    const suppressed = new Set(overrides.access.scopesToSuppress);
    const scopes = new Set([SELF_SERVICE_SCOPE, ...overrides.access.scopesToAdd]);
    return [...scopes].filter((scope) => !suppressed.has(scope)).join(' ');
  }
}

function roleClaims(groups: GroupClaims): Claims {
  return {
    ...(groups.roles.length > 0 ? { 'cognito:roles': groups.roles } : {}),
    ...(groups.preferredRole === undefined ? {} : { 'cognito:preferred_role': groups.preferredRole }),
  };
}

import { createHmac, timingSafeEqual } from 'node:crypto';
import { AwsError, type AwsRequest } from '../service.ts';
import { failures } from './failures.ts';
import { userPoolArn } from './identities.ts';
import type { Input } from './input.ts';
import type { Runtime } from './runtime.ts';
import type { AccessTokenHolder } from './tokens.ts';
import type { UserPool } from './user-pool.ts';
import type { UserPoolClient } from './user-pool-client.ts';
import type { User } from './users-store.ts';

/** One request to one operation. */
export interface Call {
  readonly operation: string;
  readonly request: AwsRequest;
  readonly input: Input;
  readonly runtime: Runtime;
}

/** An operation of the Cognito API; what it returns is the JSON reply. */
export type Operation = (call: Call) => object | Promise<object>;

export interface PoolClient {
  readonly pool: UserPool;
  readonly client: UserPoolClient;
}

/**
 * The pool that an administrator's operation names, once the caller's policies allow the operation on it.
 * @throws AwsError `MissingAuthenticationTokenException`, `AccessDeniedException`, `ResourceNotFoundException`
 */
export function authorizedPool(call: Call): UserPool {
  if (call.request.principal === undefined) {
    throw new AwsError('MissingAuthenticationTokenException', 'Missing Authentication Token');
  }
  const poolId = call.input.string('UserPoolId', 55);
  call.request.authorize(`cognito-idp:${call.operation}`, userPoolArn(call.runtime.context.account, poolId));
  const pool = call.runtime.pools.get(poolId);
  if (pool === undefined) {
    throw failures.resourceNotFound(`User pool ${poolId} does not exist.`);
  }
  return pool;
}

/** @throws AwsError `UserNotFoundException` */
export function userOf(call: Call, pool: UserPool): User {
  const user = call.runtime.users.find(pool, call.input.string('Username', 128));
  if (user === undefined) {
    throw failures.userNotFound();
  }
  return user;
}

/** The app client that a request names. @throws AwsError `ResourceNotFoundException` */
export function clientOf(call: Call): PoolClient {
  const clientId = call.input.string('ClientId', 128);
  const client = call.runtime.clients.get(clientId);
  const pool = client && call.runtime.pools.get(client.poolId);
  if (client === undefined || pool === undefined) {
    throw failures.resourceNotFound(`User pool client ${clientId} does not exist.`);
  }
  return { pool, client };
}

/** The holder of the request's access token. */
export function holderOf(call: Call): Promise<AccessTokenHolder> {
  return call.runtime.tokens.holderOf(call.input.string('AccessToken', 32_768));
}

/** @throws AwsError `NotAuthorizedException` unless the hash is HMAC-SHA256(client secret, user name + client id). */
export function checkSecretHash(client: UserPoolClient, username: string, hash: string | undefined): void {
  if (client.secret === undefined) {
    return;
  }
  if (hash === undefined) {
    throw failures.notAuthorized(`Client ${client.id} is configured with secret but SECRET_HASH was not received`);
  }
  const expected = createHmac('sha256', client.secret)
    .update(username + client.id)
    .digest();
  const given = Buffer.from(hash, 'base64');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw failures.notAuthorized(`Unable to verify secret hash for client ${client.id}`);
  }
}

/** Whether anybody signs in to this pool by SRP, so that a verifier must be kept beside the hash. */
export function srpUsername(runtime: Runtime, pool: UserPool, username: string): string | undefined {
  const clients = [...runtime.clients.values()].filter((client) => client.poolId === pool.id);
  const flows = new Set(clients.flatMap((client) => client.authFlows));
  return flows.has('ALLOW_USER_SRP_AUTH') || flows.has('ALLOW_USER_AUTH') ? username : undefined;
}

/** A name/value list as AWS answers attributes. */
export function attributeList(attributes: Readonly<Record<string, string>>): { Name: string; Value: string }[] {
  return Object.entries(attributes).map(([Name, Value]) => ({ Name, Value }));
}

/** AWS's JSON protocol writes times as seconds since the epoch. */
export function epochSeconds(ms: number): number {
  return ms / 1_000;
}

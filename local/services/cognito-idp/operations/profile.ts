import { checkAttributes } from '../attribute-schema.ts';
import { attributeList, type Call, holderOf, type Operation, srpUsername } from '../call.ts';
import { type CodeDelivery, deliverCode, type VerifiableAttribute } from '../code-delivery.ts';
import { failures } from '../failures.ts';
import type { CodeDeliveryDetails } from '../messages.ts';
import { checkPasswordPolicy } from '../passwords.ts';
import { readableAttributes } from '../tokens.ts';
import type { UserPool } from '../user-pool.ts';
import type { UserPoolClient } from '../user-pool-client.ts';
import { nameKey, type User } from '../users-store.ts';
import { mfaSettings } from './mfa.ts';
import { checkMutable, checkWritable } from './write-attributes.ts';

interface SelfService {
  readonly user: User;
  readonly pool: UserPool;
  readonly client: UserPoolClient | undefined;
  readonly clientId: string;
}

async function selfServiceOf(call: Call): Promise<SelfService> {
  const { user, clientId } = await holderOf(call);
  const pool = call.runtime.pools.get(user.poolId);
  if (pool === undefined) {
    throw failures.notAuthorized('Invalid Access Token');
  }
  return { user, pool, clientId, client: call.runtime.clients.get(clientId) };
}

export const getUser: Operation = async (call) => {
  const { user, client } = await selfServiceOf(call);
  return { Username: user.username, UserAttributes: attributeList(readableAttributes(client, user)), ...mfaSettings(user) };
};

const VERIFIABLE: readonly VerifiableAttribute[] = ['email', 'phone_number'];

/**
 * The attributes to set at once: without those that wait for their code (`AttributesRequireVerificationBeforeUpdate`),
 * and with a changed address marked unverified.
 */
export function splitVerified(
  pool: UserPool,
  user: User,
  given: Readonly<Record<string, string>>,
): { now: Record<string, string>; toVerify: VerifiableAttribute[] } {
  const now: Record<string, string> = { ...given };
  const toVerify: VerifiableAttribute[] = [];
  for (const attribute of VERIFIABLE) {
    const value = given[attribute];
    const changed = value !== undefined && nameKey(pool, value) !== nameKey(pool, user.attributes[attribute] ?? '');
    if (!changed) {
      continue;
    }
    if (pool.verifiedBeforeUpdate.includes(attribute)) {
      delete now[attribute];
      toVerify.push(attribute);
      continue;
    }
    now[`${attribute}_verified`] = given[`${attribute}_verified`] ?? 'false';
    if (pool.autoVerifiedAttributes.includes(attribute) && value !== '') {
      toVerify.push(attribute);
    }
  }
  return { now, toVerify };
}

/** @throws AwsError `AliasExistsException` before any code goes out to an address that another user signs in by. */
function checkAliasIsFree(call: Call, pool: UserPool, user: User, attribute: VerifiableAttribute, value: string): void {
  if (!pool.usernameAttributes.includes(attribute) && !pool.aliasAttributes.includes(attribute)) {
    return;
  }
  const holder = call.runtime.users.find(pool, value);
  if (holder !== undefined && holder.username !== user.username) {
    throw failures.aliasExists(attribute);
  }
}

export const updateUserAttributes: Operation = async (call) => {
  const { runtime, input } = call;
  const { user, pool, client, clientId } = await selfServiceOf(call);
  const given = input.attributes('UserAttributes') ?? {};
  checkWritable(client, given);
  checkMutable(pool, given);
  checkAttributes(pool.schema, given);
  const { now, toVerify } = splitVerified(pool, user, given);
  for (const attribute of toVerify) {
    checkAliasIsFree(call, pool, user, attribute, given[attribute] ?? '');
    runtime.codes.countMessage({ poolId: pool.id, name: user.username }, `verify_${attribute}`);
  }
  const updated = runtime.users.setAttributes(pool, user.username, now);
  const CodeDeliveryDetailsList: CodeDeliveryDetails[] = [];
  for (const attribute of toVerify) {
    const delivery = verification(call, { pool, user: updated, attribute, to: (given[attribute] ?? '').trim(), clientId });
    CodeDeliveryDetailsList.push(await deliverCode(runtime, { ...delivery, source: 'CustomMessage_UpdateUserAttribute' }));
  }
  return { CodeDeliveryDetailsList };
};

function verification(
  call: Call,
  { pool, user, attribute, to, clientId }: { pool: UserPool; user: User; attribute: VerifiableAttribute; to: string; clientId: string },
): CodeDelivery {
  const clientMetadata = call.input.stringMap('ClientMetadata');
  return { pool, user, purpose: `verify_${attribute}`, to, source: 'CustomMessage_VerifyUserAttribute', clientId, clientMetadata };
}

export const deleteUserAttributes: Operation = async (call) => {
  const { user, pool, client } = await selfServiceOf(call);
  const removed = Object.fromEntries(call.input.strings('UserAttributeNames').map((name) => [name, '']));
  checkWritable(client, removed);
  checkMutable(pool, removed);
  checkAttributes(pool.schema, removed);
  for (const name of Object.keys(removed)) {
    if (pool.schema.get(name)?.required || pool.usernameAttributes.includes(name)) {
      throw failures.invalidParameter(`Required attribute ${name} cannot be deleted`);
    }
  }
  const flags = VERIFIABLE.filter((attribute) => attribute in removed).map((attribute) => [`${attribute}_verified`, ''] as const);
  call.runtime.users.setAttributes(pool, user.username, { ...removed, ...Object.fromEntries(flags) });
  return {};
};

function verifiableName(call: Call): VerifiableAttribute {
  const name = call.input.string('AttributeName', 32);
  const attribute = VERIFIABLE.find((candidate) => candidate === name);
  if (attribute === undefined) {
    throw failures.invalidParameter(`Attribute ${name} cannot be verified`);
  }
  return attribute;
}

export const getUserAttributeVerificationCode: Operation = async (call) => {
  const { runtime } = call;
  const { user, pool, clientId } = await selfServiceOf(call);
  const attribute = verifiableName(call);
  const owner = { poolId: pool.id, name: user.username };
  const to = runtime.codes.target(owner, `verify_${attribute}`) ?? user.attributes[attribute];
  if (to === undefined) {
    throw failures.invalidParameter(`User does not have ${attribute === 'email' ? 'an email' : 'a phone number'} to verify`);
  }
  runtime.codes.countMessage(owner, `verify_${attribute}`);
  return { CodeDeliveryDetails: await deliverCode(runtime, verification(call, { pool, user, attribute, to, clientId })) };
};

export const verifyUserAttribute: Operation = async (call) => {
  const { runtime } = call;
  const { user, pool } = await selfServiceOf(call);
  const attribute = verifiableName(call);
  const code = call.input.string('Code');
  const owner = { poolId: pool.id, name: user.username, exists: true };
  const proven = runtime.codes.check(owner, `verify_${attribute}`, code);
  const isCurrent = proven === user.attributes[attribute];
  if (!isCurrent && !pool.verifiedBeforeUpdate.includes(attribute)) {
    throw failures.expiredCode();
  }
  runtime.database.transaction(() => {
    runtime.users.setAttributes(pool, user.username, { [attribute]: proven, [`${attribute}_verified`]: 'true' });
    runtime.codes.consume(owner, `verify_${attribute}`);
  });
  return {};
};

export const deleteUser: Operation = async (call) => {
  const { user } = await selfServiceOf(call);
  call.runtime.users.delete(user);
  return {};
};

/** Sessions go on after a change of password, as on AWS: an app that wants them ended calls `GlobalSignOut`. */
export const changePassword: Operation = async (call) => {
  const { runtime, input } = call;
  const previous = input.optionalString('PreviousPassword', 256) ?? '';
  const proposed = input.string('ProposedPassword', 256);
  const { user, pool } = await selfServiceOf(call);
  const subject = { poolId: pool.id, name: user.username };
  const right = await runtime.passwords.verify(subject, user.password, previous).catch(() => {
    throw failures.limitExceeded();
  });
  if (!right) {
    throw failures.wrongCredentials();
  }
  checkPasswordPolicy(pool.passwordPolicy, proposed);
  const stored = await runtime.passwords.make(pool, proposed, srpUsername(runtime, pool, user.username));
  runtime.users.setPassword(user, stored, user.status);
  return {};
};

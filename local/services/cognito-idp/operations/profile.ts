import { checkAttributes } from '../attribute-schema.ts';
import { attributeList, type Call, holderOf, type Operation, srpUsername } from '../call.ts';
import { deliverCode, VERIFIABLE, type VerifiableAttribute } from '../code-delivery.ts';
import { failures } from '../failures.ts';
import { checkPasswordPolicy } from '../passwords.ts';
import { readableAttributes } from '../tokens.ts';
import type { UserPool } from '../user-pool.ts';
import type { UserPoolClient } from '../user-pool-client.ts';
import type { User } from '../users-store.ts';
import { mfaSettings } from './mfa.ts';
import { applyAttributes, checkMutable, checkWritable } from './write-attributes.ts';

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

export const updateUserAttributes: Operation = async (call) => {
  const { user, pool, client, clientId } = await selfServiceOf(call);
  const given = call.input.attributes('UserAttributes') ?? {};
  checkWritable(client, given);
  checkMutable(pool, given);
  checkAttributes(pool.schema, given);
  return { CodeDeliveryDetailsList: await applyAttributes(call, { pool, user, given, clientId }) };
};

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
  const clientMetadata = call.input.stringMap('ClientMetadata');
  const delivery = { pool, user, to, source: 'CustomMessage_VerifyUserAttribute', clientId, clientMetadata };
  return { CodeDeliveryDetails: await deliverCode(runtime, { ...delivery, purpose: `verify_${attribute}` }) };
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

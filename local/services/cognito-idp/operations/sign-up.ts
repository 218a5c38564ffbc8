import { randomUUID } from 'node:crypto';
import { checkAttributes, checkRequiredAttributes } from '../attribute-schema.ts';
import { type Call, checkSecretHash, clientOf, type Operation, type PoolClient, srpUsername } from '../call.ts';
import { attributeToVerify, deliverCode, simulatedDelivery } from '../code-delivery.ts';
import { failures } from '../failures.ts';
import { checkPasswordPolicy } from '../passwords.ts';
import type { Runtime } from '../runtime.ts';
import { triggerAttributes } from '../triggers.ts';
import type { UserPool } from '../user-pool.ts';
import type { User } from '../users-store.ts';
import { checkWritable } from './write-attributes.ts';

/** The attributes of a user who signs up (or is invited) by this name: in pools with `UsernameAttributes` the name is one. */
export function attributesWithName(pool: UserPool, name: string, attributes: Readonly<Record<string, string>>): Record<string, string> {
  if (pool.usernameAttributes.length === 0) {
    if (pool.aliasAttributes.includes('email') && name.includes('@')) {
      throw failures.invalidParameter('Username cannot be of email format, since user pool is configured for email alias.');
    }
    return { ...attributes };
  }
  const attribute = name.startsWith('+') ? 'phone_number' : 'email';
  const isAddress = attribute === 'email' ? /^[^\s@]+@[^\s@]+$/u.test(name.trim()) : /^\+[0-9]+$/u.test(name);
  if (!pool.usernameAttributes.includes(attribute) || !isAddress) {
    throw failures.invalidParameter(
      pool.usernameAttributes.length === 2
        ? 'Username should be either an email or a phone number.'
        : `Username should be ${pool.usernameAttributes[0] === 'email' ? 'an email' : 'a phone number'}.`,
    );
  }
  return { [attribute]: name.trim(), ...attributes };
}

/** @throws AwsError `UsernameExistsException` in AWS's words. */
export function checkNameIsFree(runtime: Runtime, pool: UserPool, name: string, attributes: Readonly<Record<string, string>>): void {
  if (pool.usernameAttributes.length === 0) {
    if (runtime.users.find(pool, name) !== undefined) {
      throw failures.usernameExists();
    }
    return;
  }
  for (const attribute of pool.usernameAttributes) {
    const value = attributes[attribute];
    if (value && runtime.users.find(pool, value) !== undefined) {
      throw failures.usernameExists(`An account with the given ${attribute} already exists.`);
    }
  }
}

export const signUp: Operation = async (call) => {
  const { runtime, input } = call;
  const { pool, client } = clientOf(call);
  const name = input.string('Username', 128);
  checkSecretHash(client, name, input.optionalString('SecretHash'));
  if (pool.adminCreateUserOnly) {
    throw failures.notAuthorized('SignUp is not permitted for this user pool');
  }
  const password = input.string('Password', 256);
  const given = input.attributes('UserAttributes') ?? {};
  checkWritable(client, given);
  const attributes = attributesWithName(pool, name, given);
  checkAttributes(pool.schema, attributes);
  checkRequiredAttributes(pool.schema, attributes);
  checkPasswordPolicy(pool.passwordPolicy, password);
  checkNameIsFree(runtime, pool, name, attributes);

  const sub = randomUUID();
  const username = pool.usernameAttributes.length > 0 ? sub : name.trim();
  const decision = await runtime.triggers.run(pool, {
    trigger: 'PreSignUp',
    source: 'PreSignUp_SignUp',
    username,
    clientId: client.id,
    request: {
      userAttributes: attributes,
      validationData: input.attributes('ValidationData') ?? null,
      clientMetadata: input.stringMap('ClientMetadata'),
    },
    response: { autoConfirmUser: false, autoVerifyEmail: false, autoVerifyPhone: false },
  });
  if (decision['autoVerifyEmail'] === true && attributes['email']) {
    attributes['email_verified'] = 'true';
  }
  if (decision['autoVerifyPhone'] === true && attributes['phone_number']) {
    attributes['phone_number_verified'] = 'true';
  }
  const confirmed = decision['autoConfirmUser'] === true;
  const stored = await runtime.passwords.make(pool, password, srpUsername(runtime, pool, username));
  const user = runtime.users.create(pool, { sub, username, status: confirmed ? 'CONFIRMED' : 'UNCONFIRMED', password: stored, attributes });
  return welcome(call, { pool, client }, user);
};

/** After the user is there: the confirmation code, or the trigger for those who need none. */
async function welcome(call: Call, { pool, client }: PoolClient, user: User): Promise<object> {
  const { runtime, input } = call;
  const reply = { UserConfirmed: user.status === 'CONFIRMED', UserSub: user.sub };
  const clientMetadata = input.stringMap('ClientMetadata');
  if (user.status === 'CONFIRMED') {
    await runPostConfirmation(runtime, { pool, user, source: 'PostConfirmation_ConfirmSignUp', clientId: client.id, clientMetadata });
    return reply;
  }
  const attribute = attributeToVerify(pool, user.attributes);
  const to = attribute && user.attributes[attribute];
  if (to === undefined) {
    return reply;
  }
  const delivery = { pool, user, purpose: 'sign_up', to, source: 'CustomMessage_SignUp', clientId: client.id, clientMetadata } as const;
  return { ...reply, CodeDeliveryDetails: await deliverCode(runtime, delivery) };
}

interface Confirmation {
  readonly pool: UserPool;
  readonly user: User;
  readonly source: string;
  readonly clientId: string | undefined;
  readonly clientMetadata: Readonly<Record<string, string>>;
}

/** Tells the app that a user may now sign in. The user is confirmed already; a throw reaches the caller, as on AWS. */
export async function runPostConfirmation(runtime: Runtime, confirmation: Confirmation): Promise<void> {
  const { pool, user, source, clientId, clientMetadata } = confirmation;
  const request = { userAttributes: triggerAttributes(user), clientMetadata };
  await runtime.triggers.run(pool, { trigger: 'PostConfirmation', source, username: user.username, clientId, request });
}

export const confirmSignUp: Operation = async (call) => {
  const { runtime, input } = call;
  const { pool, client } = clientOf(call);
  const name = input.string('Username', 128);
  checkSecretHash(client, name, input.optionalString('SecretHash'));
  const code = input.string('ConfirmationCode', 2_048);
  const user = runtime.users.find(pool, name);
  if (user === undefined && !client.hidesUsers) {
    throw failures.userNotFound('Username/client id combination not found.');
  }
  if (user !== undefined && user.status !== 'UNCONFIRMED') {
    throw failures.notAuthorized(`User cannot be confirmed. Current status is ${user.status}`);
  }
  const owner = { poolId: pool.id, name: user?.username ?? name.trim().toLowerCase(), exists: user !== undefined };
  const target = runtime.codes.check(owner, 'sign_up', code);
  const confirmed = confirm(call, pool, user as User, target);
  await runPostConfirmation(runtime, {
    ...{ pool, user: confirmed, source: 'PostConfirmation_ConfirmSignUp', clientId: client.id },
    clientMetadata: input.stringMap('ClientMetadata'),
  });
  return {};
};

/** Uses the code up and confirms, in one transaction. */
function confirm(call: Call, pool: UserPool, user: User, target: string): User {
  const { runtime, input } = call;
  const attribute = target.startsWith('+') ? 'phone_number' : 'email';
  return runtime.database.transaction(() => {
    if (!runtime.codes.consume({ poolId: pool.id, name: user.username }, 'sign_up')) {
      throw failures.expiredCode();
    }
    if (input.boolean('ForceAliasCreation') && pool.aliasAttributes.includes(attribute)) {
      runtime.users.releaseAlias(pool, attribute, target);
    }
    // The user may have changed the address since the code went out; then the code proves nothing about the new one.
    if (user.attributes[attribute] === target) {
      runtime.users.setAttributes(pool, user.username, { [`${attribute}_verified`]: 'true' });
    }
    return runtime.users.update(user, { status: 'CONFIRMED' });
  });
}

export const resendConfirmationCode: Operation = async (call) => {
  const { runtime, input } = call;
  const { pool, client } = clientOf(call);
  const name = input.string('Username', 128);
  checkSecretHash(client, name, input.optionalString('SecretHash'));
  const user = runtime.users.find(pool, name);
  if (user === undefined && !client.hidesUsers) {
    throw failures.userNotFound('Username/client id combination not found.');
  }
  runtime.codes.countMessage({ poolId: pool.id, name: user?.username ?? name.trim().toLowerCase() }, 'sign_up');
  if (user === undefined || (!user.enabled && client.hidesUsers)) {
    return { CodeDeliveryDetails: simulatedDelivery(name) };
  }
  if (user.status !== 'UNCONFIRMED') {
    throw failures.invalidParameter('User is already confirmed.');
  }
  const attribute = attributeToVerify(pool, user.attributes);
  const to = attribute && user.attributes[attribute];
  if (to === undefined) {
    throw failures.invalidParameter('Cannot resend codes. Auto verification not turned on.');
  }
  const clientMetadata = input.stringMap('ClientMetadata');
  const delivery = { pool, user, purpose: 'sign_up', to, source: 'CustomMessage_ResendCode', clientId: client.id, clientMetadata } as const;
  return { CodeDeliveryDetails: await deliverCode(runtime, delivery) };
};

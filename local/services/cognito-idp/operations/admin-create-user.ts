import { randomUUID } from 'node:crypto';
import { AwsError } from '../../service.ts';
import { checkAttributes } from '../attribute-schema.ts';
import { authorizedPool, type Call, type Operation, srpUsername } from '../call.ts';
import { failures } from '../failures.ts';
import { checkPasswordPolicy } from '../passwords.ts';
import type { UserPool } from '../user-pool.ts';
import type { User } from '../users-store.ts';
import { temporaryUntil, userType } from './admin-users.ts';
import { attributesWithName, checkNameIsFree } from './sign-up.ts';

interface Invitation {
  readonly call: Call;
  readonly pool: UserPool;
  readonly user: User;
  readonly password: string;
}

/** E-mail by default only when it is asked for: AWS's default medium is SMS, which needs a phone number. */
async function sendInvitation({ call, pool, user, password }: Invitation): Promise<void> {
  const { runtime, input } = call;
  const media = input.strings('DesiredDeliveryMediums');
  const wanted = media.length > 0 ? media : user.attributes['phone_number'] ? ['SMS'] : ['EMAIL'];
  for (const medium of wanted) {
    const to = medium === 'EMAIL' ? user.attributes['email'] : user.attributes['phone_number'];
    if (to === undefined || (medium !== 'EMAIL' && medium !== 'SMS')) {
      continue;
    }
    // Users know themselves by the address they sign in with, not by the generated user name.
    const known = { ...user, username: pool.usernameAttributes.length > 0 ? to : user.username };
    const message = {
      source: 'CustomMessage_AdminCreateUser',
      user: known,
      to,
      medium,
      code: password,
      template: pool.invitationMessage,
    } as const;
    await runtime.messages.send(pool, { ...message, clientId: undefined, clientMetadata: input.stringMap('ClientMetadata') });
  }
}

/** `MessageAction: RESEND`: a new temporary password for an invitation that was not used. */
async function resendInvitation(call: Call, pool: UserPool, name: string): Promise<object> {
  const { runtime } = call;
  const user = runtime.users.find(pool, name);
  if (user === undefined) {
    throw failures.userNotFound();
  }
  if (user.status !== 'FORCE_CHANGE_PASSWORD') {
    throw new AwsError('UnsupportedUserStateException', `Resend not possible. User status is ${user.status}`);
  }
  const password = temporaryPassword(call, pool);
  const stored = await runtime.passwords.make(pool, password, srpUsername(runtime, pool, user.username));
  runtime.users.setPassword(user, stored, 'FORCE_CHANGE_PASSWORD', temporaryUntil(call, pool));
  await sendInvitation({ call, pool, user, password });
  return { User: userType(user) };
}

function temporaryPassword(call: Call, pool: UserPool): string {
  const given = call.input.optionalString('TemporaryPassword', 256);
  if (given !== undefined && given !== '') {
    checkPasswordPolicy(pool.passwordPolicy, given);
    return given;
  }
  return call.runtime.passwords.random(pool.passwordPolicy);
}

export const adminCreateUser: Operation = async (call) => {
  const { runtime, input } = call;
  const pool = authorizedPool(call);
  const name = input.string('Username', 128);
  const action = input.optionalString('MessageAction');
  if (action === 'RESEND') {
    return resendInvitation(call, pool, name);
  }
  const given = input.attributes('UserAttributes') ?? {};
  if ('sub' in given) {
    throw failures.invalidParameter('Cannot modify the non-mutable attribute sub');
  }
  const attributes = attributesWithName(pool, name, given);
  checkAttributes(pool.schema, attributes);
  const password = temporaryPassword(call, pool);
  checkNameIsFree(runtime, pool, name, attributes);
  const sub = randomUUID();
  const username = pool.usernameAttributes.length > 0 ? sub : name.trim();
  // AWS ignores what the trigger answers here; it can only refuse.
  await runtime.triggers.run(pool, {
    trigger: 'PreSignUp',
    source: 'PreSignUp_AdminCreateUser',
    username,
    clientId: undefined,
    request: {
      userAttributes: attributes,
      validationData: input.attributes('ValidationData') ?? null,
      clientMetadata: input.stringMap('ClientMetadata'),
    },
    response: { autoConfirmUser: false, autoVerifyEmail: false, autoVerifyPhone: false },
  });
  const stored = await runtime.passwords.make(pool, password, srpUsername(runtime, pool, username));
  const user = runtime.database.transaction(() => {
    if (input.boolean('ForceAliasCreation')) {
      releaseAliases(call, pool, attributes);
    }
    return runtime.users.create(pool, {
      sub,
      username,
      status: 'FORCE_CHANGE_PASSWORD',
      password: stored,
      temporaryUntil: temporaryUntil(call, pool),
      attributes,
    });
  });
  if (action !== 'SUPPRESS') {
    await sendInvitation({ call, pool, user, password });
  }
  return { User: userType(user) };
};

function releaseAliases(call: Call, pool: UserPool, attributes: Readonly<Record<string, string>>): void {
  for (const attribute of ['email', 'phone_number'].filter((candidate) => pool.aliasAttributes.includes(candidate))) {
    const value = attributes[attribute];
    if (value && attributes[`${attribute}_verified`] === 'true') {
      call.runtime.users.releaseAlias(pool, attribute, value);
    }
  }
}

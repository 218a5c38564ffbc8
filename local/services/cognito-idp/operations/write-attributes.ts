import type { Call } from '../call.ts';
import { deliverCode, VERIFIABLE, type VerifiableAttribute } from '../code-delivery.ts';
import { failures } from '../failures.ts';
import type { CodeDeliveryDetails } from '../messages.ts';
import type { UserPool } from '../user-pool.ts';
import type { UserPoolClient } from '../user-pool-client.ts';
import { nameKey, type User } from '../users-store.ts';

/** Attributes that only an administrator or a code sets. */
const ADMINISTRATOR_ONLY = ['sub', 'email_verified', 'phone_number_verified'];

/**
 * @throws AwsError `NotAuthorizedException` for an attribute that the client may not write. A client without
 * `WriteAttributes` may write all but the verified flags and `sub`.
 */
export function checkWritable(client: UserPoolClient | undefined, attributes: Readonly<Record<string, string>>): void {
  for (const name of Object.keys(attributes)) {
    const writable = client?.writeAttributes === undefined || client.writeAttributes.includes(name);
    if (!writable || ADMINISTRATOR_ONLY.includes(name)) {
      throw failures.notAuthorized('A client attempted to write unauthorized attribute');
    }
  }
}

/** @throws AwsError `InvalidParameterException` for attributes that are fixed once the user exists. */
export function checkMutable(pool: UserPool, attributes: Readonly<Record<string, string>>): void {
  for (const name of Object.keys(attributes)) {
    if (pool.schema.get(name)?.mutable === false) {
      throw failures.invalidParameter(`user.${name}: Attribute cannot be updated.\n`);
    }
  }
}

interface AttributeChange {
  readonly pool: UserPool;
  readonly user: User;
  readonly given: Readonly<Record<string, string>>;
  readonly clientId: string | undefined;
}

/**
 * What to set at once and what needs a code. A changed address is unverified, and one that the pool wants verified
 * before the update waits for its code, unless an administrator calls it verified in the same request.
 */
function splitVerified({ pool, user, given }: AttributeChange): { now: Record<string, string>; toVerify: VerifiableAttribute[] } {
  const now: Record<string, string> = { ...given };
  const toVerify: VerifiableAttribute[] = [];
  for (const attribute of VERIFIABLE) {
    const value = given[attribute];
    const changed = value !== undefined && nameKey(pool, value) !== nameKey(pool, user.attributes[attribute] ?? '');
    if (!changed || given[`${attribute}_verified`] === 'true') {
      continue;
    }
    if (value !== '' && (pool.verifiedBeforeUpdate.includes(attribute) || pool.autoVerifiedAttributes.includes(attribute))) {
      toVerify.push(attribute);
    }
    if (value !== '' && pool.verifiedBeforeUpdate.includes(attribute)) {
      delete now[attribute];
    } else {
      now[`${attribute}_verified`] = 'false';
    }
  }
  return { now, toVerify };
}

/** @throws AwsError `AliasExistsException` before any code goes out to an address that another user signs in by. */
function checkAliasIsFree(call: Call, { pool, user, given }: AttributeChange, attribute: VerifiableAttribute): void {
  if (!pool.usernameAttributes.includes(attribute) && !pool.aliasAttributes.includes(attribute)) {
    return;
  }
  const holder = call.runtime.users.find(pool, given[attribute] ?? '');
  if (holder !== undefined && holder.username !== user.username) {
    throw failures.aliasExists(attribute);
  }
}

/** Sets checked attributes and sends the codes for addresses that are to be verified; says where the codes went. */
export async function applyAttributes(call: Call, change: AttributeChange): Promise<CodeDeliveryDetails[]> {
  const { runtime } = call;
  const { pool, user, given, clientId } = change;
  const { now, toVerify } = splitVerified(change);
  for (const attribute of toVerify) {
    checkAliasIsFree(call, change, attribute);
    runtime.codes.countMessage({ poolId: pool.id, name: user.username }, `verify_${attribute}`);
  }
  const updated = runtime.users.setAttributes(pool, user.username, now);
  const sent: CodeDeliveryDetails[] = [];
  for (const attribute of toVerify) {
    const to = (given[attribute] ?? '').trim();
    const message = { source: 'CustomMessage_UpdateUserAttribute', clientId, clientMetadata: call.input.stringMap('ClientMetadata') };
    sent.push(await deliverCode(runtime, { pool, user: updated, purpose: `verify_${attribute}`, to, ...message }));
  }
  return sent;
}

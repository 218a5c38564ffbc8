import { failures } from '../failures.ts';
import type { UserPool } from '../user-pool.ts';
import type { UserPoolClient } from '../user-pool-client.ts';

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

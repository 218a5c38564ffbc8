import type { CodePurpose } from './codes.ts';
import { type CodeDeliveryDetails, deliveryDetails } from './messages.ts';
import type { Runtime } from './runtime.ts';
import type { RecoveryMechanism, UserPool } from './user-pool.ts';
import type { User } from './users-store.ts';

export type VerifiableAttribute = 'email' | 'phone_number';

/** The attributes that codes are sent to. */
export const VERIFIABLE: readonly VerifiableAttribute[] = ['email', 'phone_number'];

interface CodeDelivery {
  readonly pool: UserPool;
  readonly user: User;
  readonly purpose: CodePurpose;
  /** The e-mail address or phone number that gets the code, and that the code proves. */
  readonly to: string;
  /** The `CustomMessage` trigger source. */
  readonly source: string;
  readonly clientId: string | undefined;
  readonly clientMetadata: Readonly<Record<string, string>>;
}

/** Issues a code and sends it. */
export function deliverCode(runtime: Runtime, delivery: CodeDelivery): Promise<CodeDeliveryDetails> {
  const { pool, user, to } = delivery;
  const code = runtime.codes.issue({ poolId: pool.id, name: user.username }, delivery.purpose, to);
  const message = { source: delivery.source, user, to, code, template: pool.verificationMessage, clientId: delivery.clientId };
  return runtime.messages.send(pool, { ...message, medium: to.startsWith('+') ? 'SMS' : 'EMAIL', clientMetadata: delivery.clientMetadata });
}

/** Which attribute a new user has to verify: the phone number when the pool verifies both and there is one. */
export function attributeToVerify(pool: UserPool, attributes: Readonly<Record<string, string>>): VerifiableAttribute | undefined {
  const order: VerifiableAttribute[] = ['phone_number', 'email'];
  return order.find(
    (attribute) =>
      pool.autoVerifiedAttributes.includes(attribute) && attributes[attribute] && attributes[`${attribute}_verified`] !== 'true',
  );
}

const ATTRIBUTE_OF: Readonly<Record<RecoveryMechanism, VerifiableAttribute | undefined>> = {
  verified_email: 'email',
  verified_phone_number: 'phone_number',
  admin_only: undefined,
};

/** Where a reset code may go: the first verified address or number in the pool's order of recovery. */
export function recoveryTarget(pool: UserPool, user: User): string | undefined {
  const attributes = pool.recoveryMechanisms.flatMap((mechanism) => ATTRIBUTE_OF[mechanism] ?? []);
  const usable = attributes.find((attribute) => user.attributes[attribute] && user.attributes[`${attribute}_verified`] === 'true');
  return usable && user.attributes[usable];
}

/** The answer for a name that belongs to nobody, in the shape of a real delivery and the same at every call. */
export function simulatedDelivery(username: string): CodeDeliveryDetails {
  const name = username.trim().toLowerCase();
  return deliveryDetails(
    name.startsWith('+') || name.includes('@') ? name : `${name.charAt(0) || 'x'}@${name.charAt(name.length - 1) || 'x'}`,
  );
}

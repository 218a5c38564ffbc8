import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { EmailStatus } from '../../contracts/email.ts';
import { type DeliveryItem, emailKeys } from '../../contracts/email-table.ts';
import { variables } from '../../contracts/variables.ts';
import { database, sendWrite } from '../runtime/database-client.ts';
import { requiredVariable } from '../runtime/environment.ts';
import { hashOfAddress } from './address-hash.ts';

const TableName = requiredVariable(variables.emailTable);
const hourMs = 3_600_000;

/** A recipient whom this run sends to, and nobody else until the lease ends. */
export interface Sending {
  readonly messageId: string;
  /** The place in `to`. */
  readonly recipient: number;
  readonly lease: string;
  readonly leaseMs: number;
  readonly expiresAt: number;
}

/**
 * `claimed`: it is this run's. `done`: something has come of it. `busy`: another run sends it, or has died while it did.
 */
export type Claim =
  | { readonly kind: 'claimed'; readonly before: DeliveryItem | undefined }
  | { readonly kind: 'done' }
  | { readonly kind: 'busy' };

const keyOf = ({ messageId, recipient }: Sending) => emailKeys.delivery(messageId, recipient);

/** Takes it on to send to a recipient, in one conditional write. */
export const claimDelivery = async (sending: Sending): Promise<Claim> => {
  const nowMs = Date.now();
  const command = new UpdateCommand({
    TableName,
    Key: keyOf(sending),
    UpdateExpression: 'SET #lease = :lease, leaseUntilMs = :until, #at = :at, expiresAt = :expires',
    // What has failed is tried again when somebody takes it out of the dead letters.
    ConditionExpression:
      '(attribute_not_exists(#status) OR #status = :failed) AND (attribute_not_exists(leaseUntilMs) OR leaseUntilMs < :now)',
    ExpressionAttributeNames: { '#lease': 'lease', '#at': 'at', '#status': 'status' },
    ExpressionAttributeValues: {
      ':lease': sending.lease,
      ':until': nowMs + sending.leaseMs,
      ':at': new Date(nowMs).toISOString(),
      ':expires': sending.expiresAt,
      ':failed': 'failed' satisfies EmailStatus,
      ':now': nowMs,
    },
    ReturnValues: 'ALL_OLD',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  });
  const outcome = await sendWrite((options) => database.send(command, options));
  if (outcome.ok) return { kind: 'claimed', before: outcome.output.Attributes as DeliveryItem | undefined };
  const { status } = (outcome.failed[0]?.item ?? {}) as Partial<DeliveryItem>;
  return { kind: status === undefined || status === 'failed' ? 'busy' : 'done' };
};

/**
 * Counts an e-mail to an address in its hour.
 *
 * @returns false where the address has had the most of it; nothing is counted then
 */
export const countEmail = async (address: string, most: number): Promise<boolean> => {
  const hour = Math.floor(Date.now() / hourMs);
  const command = new UpdateCommand({
    TableName,
    Key: emailKeys.count(hashOfAddress(address), hour),
    UpdateExpression: 'ADD #count :one SET expiresAt = :expires',
    ConditionExpression: 'attribute_not_exists(#count) OR #count < :most',
    ExpressionAttributeNames: { '#count': 'count' },
    ExpressionAttributeValues: { ':one': 1, ':most': most, ':expires': ((hour + 2) * hourMs) / 1_000 },
  });
  return (await sendWrite((options) => database.send(command, options))).ok;
};

/** What has come of a recipient. */
export interface Result {
  readonly status: EmailStatus;
  readonly reason?: string;
  /** Of a user. */
  readonly address?: string;
}

const change = async (sending: Sending, set: Readonly<Record<string, unknown>>, remove: readonly string[]): Promise<void> => {
  const names = Object.keys(set);
  const command = new UpdateCommand({
    TableName,
    Key: keyOf(sending),
    UpdateExpression: [
      ...(names.length > 0 ? [`SET ${names.map((name) => `#${name} = :${name}`).join(', ')}`] : []),
      `REMOVE ${remove.map((name) => `#${name}`).join(', ')}`,
    ].join(' '),
    // Whoever has claimed it since sends it, and writes down what comes of that. A bounce may be faster than we are.
    ConditionExpression: '#lease = :held AND (attribute_not_exists(#status) OR #status = :failed)',
    ExpressionAttributeNames: Object.fromEntries([...new Set([...names, ...remove, 'lease', 'status'])].map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: {
      ...Object.fromEntries(names.map((name) => [`:${name}`, set[name]])),
      ':held': sending.lease,
      ':failed': 'failed' satisfies EmailStatus,
    },
  });
  await sendWrite((options) => database.send(command, options));
};

/** Writes down what has come of a claimed recipient. */
export const settle = (sending: Sending, { status, reason, address }: Result): Promise<void> =>
  change(
    sending,
    {
      status,
      at: new Date().toISOString(),
      ...(reason !== undefined && { reason }),
      ...(address !== undefined && { address }),
    },
    ['lease', 'leaseUntilMs', ...(reason === undefined ? ['reason'] : [])],
  );

/** Gives a recipient back whom no e-mail could be sent to, so that the next attempt need not wait for the lease. */
export const giveBack = (sending: Sending, counted: boolean): Promise<void> =>
  change(sending, counted ? { counted: true } : {}, ['lease', 'leaseUntilMs']);

import { GetCommand, TransactWriteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { EmailFeedback, EmailStatus, SuppressionReason } from '../../contracts/email.ts';
import { type EmailItem, type EmailOutboxItem, emailKeys, type SuppressionItem } from '../../contracts/email-table.ts';
import { variables } from '../../contracts/variables.ts';
import { database, sendWrite, withDeadline } from '../runtime/database-client.ts';
import { requiredVariable } from '../runtime/environment.ts';
import { hashOfAddress } from './address-hash.ts';

const TableName = requiredVariable(variables.emailTable);

export const readEmailItem = async (messageId: string): Promise<EmailItem | undefined> => {
  const command = new GetCommand({ TableName, Key: emailKeys.message(messageId) });
  const { Item } = await withDeadline((options) => database.send(command, options));
  return Item as EmailItem | undefined;
};

/** What SES has told of one address. */
export interface Feedback {
  /** The same each time that it is told. */
  readonly id: string;
  readonly address: string;
  readonly kind: SuppressionReason;
  readonly at: string;
  readonly data: EmailFeedback;
  /** When the event leaves the table, in seconds since the epoch. */
  readonly expiresAt: number;
}

const suppressionWrite = ({ address, kind, at }: Feedback) => ({
  Put: {
    TableName,
    Item: { address, reason: kind, at, ...emailKeys.suppression(hashOfAddress(address)) } satisfies SuppressionItem & object,
  },
});

/**
 * Suppresses the address where that is due, and tells of it on the bus, both or neither.
 *
 * @returns false where it was told before; nothing is written then, so that an address that somebody has opened since stays open
 */
export const tellFeedback = async (feedback: Feedback): Promise<boolean> => {
  const { id, kind, at, data, expiresAt } = feedback;
  const item: EmailOutboxItem = { event: { type: `email.${kind}`, time: at, data }, expiresAt };
  const told = { TableName, Item: { ...item, ...emailKeys.outbox(id) }, ConditionExpression: 'attribute_not_exists(pk)' };
  const command = new TransactWriteCommand({
    TransactItems: [{ Put: told }, ...(data.suppressed ? [suppressionWrite(feedback)] : [])],
  });
  return (await sendWrite((options) => database.send(command, options))).ok;
};

/** Writes down what has become of an e-mail that was sent. A complaint stays one, whatever is told after it. */
export const correctDelivery = async (messageId: string, recipient: number, status: EmailStatus, reason: string): Promise<void> => {
  const command = new UpdateCommand({
    TableName,
    Key: emailKeys.delivery(messageId, recipient),
    UpdateExpression: 'SET #status = :status, #reason = :reason, #at = :at',
    ConditionExpression: 'attribute_exists(pk) AND (attribute_not_exists(#status) OR #status <> :complained)',
    ExpressionAttributeNames: { '#status': 'status', '#reason': 'reason', '#at': 'at' },
    ExpressionAttributeValues: {
      ':status': status,
      ':reason': reason,
      ':at': new Date().toISOString(),
      ':complained': 'complained' satisfies EmailStatus,
    },
  });
  await sendWrite((options) => database.send(command, options));
};

import { randomBytes } from 'node:crypto';
import { GetCommand, PutCommand, TransactWriteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { variables } from '../../contracts/variables.ts';
import { type DeliveryItem, type MessageItem, webhookKeys, webhooksTable } from '../../contracts/webhooks-table.ts';
import { database, sendWrite, withDeadline } from '../runtime/database-client.ts';
import { requiredVariable } from '../runtime/environment.ts';
import { cursorKeyBytes, cursorKeyId } from '../runtime/sealed-cursor.ts';

const TableName = requiredVariable(variables.webhooksTable);

/** Stores what is sent, once for all endpoints. @returns the body that is stored: that of the first time */
export const putMessage = async (id: string, { body, expiresAt }: MessageItem): Promise<string> => {
  const command = new UpdateCommand({
    TableName,
    Key: webhookKeys.message(id),
    UpdateExpression: 'SET body = if_not_exists(body, :body), expiresAt = :expiresAt',
    ExpressionAttributeValues: { ':body': body, ':expiresAt': expiresAt },
    ReturnValues: 'ALL_NEW',
  });
  const { Attributes } = await withDeadline((options) => database.send(command, options));
  return Attributes?.['body'] as string;
};

/** Stores a delivery, unless it is there. @returns the one that was there */
export const putDelivery = async (endpointId: string, item: DeliveryItem): Promise<DeliveryItem | undefined> => {
  const command = new PutCommand({
    TableName,
    Item: { ...item, ...webhookKeys.delivery(endpointId, item.sk) },
    ConditionExpression: 'attribute_not_exists(pk)',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  });
  const outcome = await sendWrite((options) => database.send(command, options));
  return outcome.ok ? undefined : (outcome.failed[0]?.item as DeliveryItem | undefined);
};

const readItem = async <T>(Key: { readonly pk: string; readonly sk: string }): Promise<T | undefined> => {
  const command = new GetCommand({ TableName, Key, ConsistentRead: true });
  const { Item } = await withDeadline((options) => database.send(command, options));
  return Item as T | undefined;
};

export const readDelivery = (endpointId: string, id: string): Promise<DeliveryItem | undefined> =>
  readItem<DeliveryItem>(webhookKeys.delivery(endpointId, id));

export const readMessage = (id: string): Promise<MessageItem | undefined> => readItem<MessageItem>(webhookKeys.message(id));

/** How a replay begins. */
export interface ReplayStart {
  readonly endpointId: string;
  readonly item: Pick<DeliveryItem, 'sk' | 'messageId' | 'status' | 'attempted' | 'expiresAt'>;
  readonly nowMs: number;
  /** Until when the delivery and what it sends are kept at least, in seconds since the epoch. */
  readonly expiresAt: number;
}

/**
 * Has a delivery wait to be sent now, with the whole schedule before it.
 *
 * @returns what stands against it: `sending`, or `gone` for what is sent
 */
export const beginReplay = async ({ endpointId, item, nowMs, expiresAt }: ReplayStart): Promise<'sending' | 'gone' | undefined> => {
  const kept = Math.max(expiresAt, item.expiresAt);
  const command = new TransactWriteCommand({
    TransactItems: [
      {
        Update: {
          TableName,
          Key: webhookKeys.delivery(endpointId, item.sk),
          UpdateExpression:
            'SET #status = :pending, scheduleBegan = attempted, nextAttemptMs = :now, expiresAt = :kept REMOVE leaseUntilMs',
          ConditionExpression: 'attempted = :attempted AND #status = :was AND (attribute_not_exists(leaseUntilMs) OR leaseUntilMs < :now)',
          ExpressionAttributeNames: { '#status': 'status' },
          ExpressionAttributeValues: {
            ':pending': 'pending',
            ':now': nowMs,
            ':kept': kept,
            ':attempted': item.attempted,
            // Of two that begin at the same moment, one does.
            ':was': item.status,
          },
        },
      },
      {
        Update: {
          TableName,
          Key: webhookKeys.message(item.messageId),
          UpdateExpression: 'SET expiresAt = :kept',
          ConditionExpression: 'attribute_exists(pk)',
          ExpressionAttributeValues: { ':kept': kept },
        },
      },
    ],
  });
  const outcome = await sendWrite((options) => database.send(command, options));
  if (outcome.ok) return undefined;
  return outcome.failed.some(({ index }) => index === 0) ? 'sending' : 'gone';
};

/** The key that seals cursors; the first function to need one makes it. */
export const loadCursorKey = async (): Promise<Buffer> => {
  const Key = { [webhooksTable.partitionKey]: cursorKeyId, [webhooksTable.sortKey]: 'K' } as { pk: string; sk: string };
  const stored = await readItem<{ key: string }>(Key);
  if (stored !== undefined) return Buffer.from(stored.key, 'base64');
  const made = randomBytes(cursorKeyBytes);
  const command = new PutCommand({
    TableName,
    Item: { ...Key, key: made.toString('base64') },
    ConditionExpression: 'attribute_not_exists(pk)',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  });
  const outcome = await sendWrite((options) => database.send(command, options));
  return outcome.ok ? made : Buffer.from(String(outcome.failed[0]?.item?.['key']), 'base64');
};

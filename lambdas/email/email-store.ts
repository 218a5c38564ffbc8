import { DeleteCommand, GetCommand, PutCommand, QueryCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { type DeliveryItem, type EmailItem, emailKeys } from '../../contracts/email-table.ts';
import { variables } from '../../contracts/variables.ts';
import { database, sendWrite, withDeadline } from '../runtime/database-client.ts';
import { requiredVariable } from '../runtime/environment.ts';
import { type KeyClaim, keptSeconds } from '../runtime/idempotency-key.ts';

const TableName = requiredVariable(variables.emailTable);

/** What is remembered of an `Idempotency-Key`. */
export interface StoredClaim {
  readonly requestHash: string;
  readonly messageId: string;
  readonly expiresAt: number;
}

/**
 * Stores a message; with a claim, both or neither.
 *
 * @returns what was remembered under the key of an earlier request; nothing is stored then
 */
export const putMessage = async (id: string, item: EmailItem, claim: KeyClaim | undefined): Promise<StoredClaim | undefined> => {
  const Item = { ...item, ...emailKeys.message(id) };
  if (claim === undefined) {
    await withDeadline((options) => database.send(new PutCommand({ TableName, Item }), options));
    return undefined;
  }
  const remembered = { requestHash: claim.requestHash, messageId: id, expiresAt: claim.nowSeconds + keptSeconds } satisfies StoredClaim;
  const command = new TransactWriteCommand({
    TransactItems: [
      { Put: { TableName, Item } },
      {
        Put: {
          TableName,
          Item: { ...remembered, ...emailKeys.claim(claim.id) },
          ConditionExpression: 'attribute_not_exists(pk) OR expiresAt < :now',
          ExpressionAttributeValues: { ':now': claim.nowSeconds },
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        },
      },
    ],
  });
  const outcome = await sendWrite((options) => database.send(command, options));
  return outcome.ok ? undefined : (outcome.failed.find(({ index }) => index === 1)?.item as StoredClaim | undefined);
};

/** A message with what came of it, by the places of its recipients. */
export interface StoredMessage {
  readonly item: EmailItem;
  readonly deliveries: ReadonlyMap<number, DeliveryItem>;
}

/** Reads a message and what came of it in one request: fifty deliveries are far less than the 1 MB of a Query. */
export const readMessage = async (id: string): Promise<StoredMessage | undefined> => {
  const command = new QueryCommand({
    TableName,
    KeyConditionExpression: 'pk = :pk',
    ExpressionAttributeValues: { ':pk': emailKeys.message(id).pk },
    ConsistentRead: true,
  });
  const { Items = [] } = await withDeadline((options) => database.send(command, options));
  const item = Items.find(({ sk }) => sk === 'M') as EmailItem | undefined;
  if (item === undefined) return undefined;
  const deliveries = Items.filter(({ sk }) => sk !== 'M').map(
    (each) => [Number(String(each['sk']).slice(2)), each as DeliveryItem] as const,
  );
  return { item, deliveries: new Map(deliveries) };
};

/** What is remembered under a key. */
export const readClaim = async (id: string): Promise<StoredClaim | undefined> => {
  const command = new GetCommand({ TableName, Key: emailKeys.claim(id), ConsistentRead: true });
  const { Item } = await withDeadline((options) => database.send(command, options));
  return Item as StoredClaim | undefined;
};

export const deleteMessage = async (id: string): Promise<void> => {
  const command = new DeleteCommand({ TableName, Key: emailKeys.message(id) });
  await withDeadline((options) => database.send(command, options));
};

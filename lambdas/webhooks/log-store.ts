import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { variables } from '../../contracts/variables.ts';
import type { WebhookStatus } from '../../contracts/webhooks.ts';
import { type DeliveryItem, webhookKeys } from '../../contracts/webhooks-table.ts';
import { database, withDeadline } from '../runtime/database-client.ts';
import { requiredVariable } from '../runtime/environment.ts';

const TableName = requiredVariable(variables.webhooksTable);

/** A part of the deliveries to an endpoint. */
export interface LogQuery {
  readonly endpointId: string;
  /** Entries to read, whether or not they have the status. */
  readonly limit: number;
  /** The id to go on after. @default the beginning */
  readonly after: string | undefined;
}

/** What a Query gave. */
export interface LogPage<T = DeliveryItem> {
  readonly items: readonly T[];
  /** Entries that were read. */
  readonly read: number;
  /** The last one that was read; undefined at the end of the log. */
  readonly last: string | undefined;
}

const startOf = (pk: string, after: string | undefined) => (after === undefined ? {} : { ExclusiveStartKey: { pk, sk: after } });

const send = async <T>(command: QueryCommand): Promise<LogPage<T>> => {
  const { Items = [], ScannedCount = 0, LastEvaluatedKey } = await withDeadline((options) => database.send(command, options));
  return { items: Items as T[], read: ScannedCount, last: LastEvaluatedKey?.['sk'] as string | undefined };
};

/** Reads deliveries, the newest first: all, or those of one status. */
export const readLog = ({ endpointId, limit, after }: LogQuery, status: WebhookStatus | undefined): Promise<LogPage> => {
  const { pk } = webhookKeys.delivery(endpointId, '');
  return send(
    new QueryCommand({
      TableName,
      KeyConditionExpression: 'pk = :pk',
      ...(status !== undefined && { FilterExpression: '#status = :status', ExpressionAttributeNames: { '#status': 'status' } }),
      ExpressionAttributeValues: { ':pk': pk, ...(status !== undefined && { ':status': status }) },
      ...startOf(pk, after),
      ScanIndexForward: false,
      Limit: limit,
    }),
  );
};

/** What is needed to send a delivery again. */
export type ReplayedItem = Pick<DeliveryItem, 'sk' | 'messageId' | 'status' | 'attempted' | 'expiresAt'>;

/**
 * Reads deliveries that are to be sent again, the oldest first: those that have failed, and those whose replay was begun and may not
 * have got to the queue.
 *
 * @param from the least id
 */
export const readFailed = ({ endpointId, limit, after }: LogQuery, from: string, nowMs: number): Promise<LogPage<ReplayedItem>> => {
  const { pk } = webhookKeys.delivery(endpointId, '');
  const isBegun = '#status = :pending AND attempted > :none AND scheduleBegan = attempted';
  const isFree = '(attribute_not_exists(leaseUntilMs) OR leaseUntilMs < :now)';
  return send(
    new QueryCommand({
      TableName,
      KeyConditionExpression: 'pk = :pk AND sk >= :from',
      FilterExpression: `#status = :failed OR (${isBegun} AND ${isFree})`,
      ProjectionExpression: 'sk, messageId, #status, attempted, expiresAt',
      ExpressionAttributeNames: { '#status': 'status' },
      ExpressionAttributeValues: { ':pk': pk, ':from': from, ':failed': 'failed', ':pending': 'pending', ':none': 0, ':now': nowMs },
      ...startOf(pk, after),
      Limit: limit,
      ConsistentRead: true,
    }),
  );
};

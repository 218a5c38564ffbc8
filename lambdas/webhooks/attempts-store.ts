import { BatchGetCommand, TransactWriteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { variables } from '../../contracts/variables.ts';
import { type DisabledReason, type WebhookAttempt, type WebhookStatus, webhookLimits } from '../../contracts/webhooks.ts';
import {
  type DeliveryItem,
  type EndpointItem,
  type MessageItem,
  type QueuedDelivery,
  type WebhookOutboxItem,
  webhookKeys,
} from '../../contracts/webhooks-table.ts';
import { backOff, database, sendWrite, withDeadline } from '../runtime/database-client.ts';
import { requiredVariable } from '../runtime/environment.ts';

const TableName = requiredVariable(variables.webhooksTable);

/** A delivery that this run sends, and nobody else until the lease ends; or what there was in the way of that. */
export type Claim = { readonly mine: DeliveryItem } | { readonly mine: undefined; readonly stored: DeliveryItem | undefined };

/** Takes it on to send a delivery. */
export const claimDelivery = async ({ endpointId, deliveryId, attempted }: QueuedDelivery, leaseMs: number): Promise<Claim> => {
  const nowMs = Date.now();
  const command = new UpdateCommand({
    TableName,
    Key: webhookKeys.delivery(endpointId, deliveryId),
    UpdateExpression: 'SET leaseUntilMs = :until',
    ConditionExpression: 'attempted = :attempted AND #status = :pending AND (attribute_not_exists(leaseUntilMs) OR leaseUntilMs < :now)',
    ExpressionAttributeNames: { '#status': 'status' },
    ExpressionAttributeValues: { ':until': nowMs + leaseMs, ':attempted': attempted, ':pending': 'pending', ':now': nowMs },
    ReturnValues: 'ALL_NEW',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  });
  const outcome = await sendWrite((options) => database.send(command, options));
  if (outcome.ok) return { mine: outcome.output.Attributes as DeliveryItem };
  return { mine: undefined, stored: outcome.failed[0]?.item as DeliveryItem | undefined };
};

/** What is needed to send deliveries. What has been deleted is not there. */
export interface SendingParts {
  /** By their ids. */
  readonly endpoints: ReadonlyMap<string, EndpointItem>;
  readonly messages: ReadonlyMap<string, MessageItem>;
}

const maxReadAttempts = 5;

/** Reads endpoints and what is sent to them in one request, which takes a hundred of both. */
export const readParts = async (endpointIds: readonly string[], messageIds: readonly string[]): Promise<SendingParts> => {
  const endpoints = new Map<string, EndpointItem>();
  const messages = new Map<string, MessageItem>();
  const messageIdOfKey = new Map(messageIds.map((id) => [webhookKeys.message(id).pk, id]));
  let Keys: Record<string, unknown>[] = [
    ...[...new Set(endpointIds)].map(webhookKeys.endpoint),
    ...[...new Set(messageIds)].map(webhookKeys.message),
  ];
  for (let attempt = 1; Keys.length > 0; attempt += 1) {
    if (attempt > maxReadAttempts) throw new Error('the database leaves keys unread');
    if (attempt > 1) await backOff(attempt);
    const command = new BatchGetCommand({ RequestItems: { [TableName]: { Keys, ConsistentRead: true } } });
    const { Responses = {}, UnprocessedKeys = {} } = await withDeadline((options) => database.send(command, options));
    for (const item of Responses[TableName] ?? []) {
      const messageId = messageIdOfKey.get(String(item['pk']));
      if (messageId === undefined) endpoints.set(String(item['sk']), item as EndpointItem);
      else messages.set(messageId, item as MessageItem);
    }
    Keys = UnprocessedKeys[TableName]?.Keys ?? [];
  }
  return { endpoints, messages };
};

/** What came of an attempt. */
export interface Settlement {
  readonly endpointId: string;
  readonly item: DeliveryItem;
  readonly attempt: WebhookAttempt;
  readonly status: WebhookStatus;
  /** Of one that stays pending. */
  readonly nextAttemptMs?: number;
  /** Told on the bus, in the same transaction. */
  readonly outbox?: WebhookOutboxItem;
}

const updateOf = ({ endpointId, item, attempt, status, nextAttemptMs }: Settlement) => ({
  TableName,
  Key: webhookKeys.delivery(endpointId, item.sk),
  UpdateExpression: [
    'SET #status = :status, attempts = :attempts, attempted = attempted + :one',
    nextAttemptMs === undefined ? ' REMOVE leaseUntilMs, nextAttemptMs' : ', nextAttemptMs = :next REMOVE leaseUntilMs',
  ].join(''),
  // Whoever has claimed it since sends it, and writes down what comes of that. Until then nobody else adds an attempt.
  ConditionExpression: 'leaseUntilMs = :lease',
  ExpressionAttributeNames: { '#status': 'status' },
  ExpressionAttributeValues: {
    ':status': status,
    ':attempts': [...item.attempts, attempt].slice(-webhookLimits.keptAttempts),
    ':one': 1,
    ':lease': item.leaseUntilMs,
    ...(nextAttemptMs !== undefined && { ':next': nextAttemptMs }),
  },
});

/** Writes down what came of an attempt. @returns whether it was this run's to write */
export const settle = async (settlement: Settlement): Promise<boolean> => {
  const { item, outbox } = settlement;
  const update = updateOf(settlement);
  if (outbox === undefined) return (await sendWrite((options) => database.send(new UpdateCommand(update), options))).ok;
  const told = { TableName, Item: { ...outbox, ...webhookKeys.outbox(`${item.sk}-${item.attempted}`) } };
  const command = new TransactWriteCommand({ TransactItems: [{ Update: update }, { Put: told }] });
  return (await sendWrite((options) => database.send(command, options))).ok;
};

/** Counts a failure of an endpoint that is enabled. @returns the endpoint as it is then */
export const countFailure = async (endpointId: string, at: string): Promise<EndpointItem | undefined> => {
  const command = new UpdateCommand({
    TableName,
    Key: webhookKeys.endpoint(endpointId),
    UpdateExpression: 'SET failures = failures + :one, failingSince = if_not_exists(failingSince, :at)',
    ConditionExpression: 'enabled = :yes',
    ExpressionAttributeValues: { ':one': 1, ':at': at, ':yes': true },
    ReturnValues: 'ALL_NEW',
  });
  const outcome = await sendWrite((options) => database.send(command, options));
  return outcome.ok ? (outcome.output.Attributes as EndpointItem) : undefined;
};

/** The endpoint works again. */
export const forgetFailures = async (endpointId: string): Promise<void> => {
  const command = new UpdateCommand({
    TableName,
    Key: webhookKeys.endpoint(endpointId),
    UpdateExpression: 'SET failures = :none REMOVE failingSince',
    ConditionExpression: 'attribute_exists(pk)',
    ExpressionAttributeValues: { ':none': 0 },
  });
  await sendWrite((options) => database.send(command, options));
};

/** Disables an endpoint that is enabled, and tells so on the bus, both or neither. @returns whether it did */
export const disableEndpoint = async (endpointId: string, reason: DisabledReason, outbox: WebhookOutboxItem): Promise<boolean> => {
  const update = {
    TableName,
    Key: webhookKeys.endpoint(endpointId),
    UpdateExpression: 'SET enabled = :no, disabledReason = :reason',
    ConditionExpression: 'enabled = :yes',
    ExpressionAttributeValues: { ':no': false, ':yes': true, ':reason': reason },
  };
  const told = { TableName, Item: { ...outbox, ...webhookKeys.outbox(`${endpointId}-${Date.now()}`) } };
  const command = new TransactWriteCommand({ TransactItems: [{ Update: update }, { Put: told }] });
  return (await sendWrite((options) => database.send(command, options))).ok;
};

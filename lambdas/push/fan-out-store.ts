import { QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { MessageStatus } from '../../contracts/push.ts';
import { type ListenerItem, type MessageItem, pushKeys, type QueuedDelivery } from '../../contracts/push-table.ts';
import { variables } from '../../contracts/variables.ts';
import { database, sendWrite, withDeadline } from '../runtime/database-client.ts';
import { requiredVariable } from '../runtime/environment.ts';
import { nameOfKey, readBatch } from './batch-store.ts';

const TableName = requiredVariable(variables.pushTable);

type Devices = QueuedDelivery['devices'];

/** Marks a message as being sent. Undefined for one that is called off, sent already, or gone. */
export const beginSending = async (id: string): Promise<MessageItem | undefined> => {
  const command = new UpdateCommand({
    TableName,
    Key: pushKeys.message(id),
    UpdateExpression: 'SET #status = :sending, published = if_not_exists(published, :none)',
    ConditionExpression: '#status IN (:scheduled, :queued, :sending)',
    ExpressionAttributeNames: { '#status': 'status' },
    ExpressionAttributeValues: {
      ...Object.fromEntries((['scheduled', 'queued', 'sending'] satisfies MessageStatus[]).map((status) => [`:${status}`, status])),
      ':none': {},
    },
    ReturnValues: 'ALL_NEW',
  });
  const outcome = await sendWrite((options) => database.send(command, options));
  return outcome.ok ? (outcome.output.Attributes as MessageItem) : undefined;
};

/** Marks a message as handed to all of its devices. */
export const endSending = async (id: string): Promise<void> => {
  const command = new UpdateCommand({
    TableName,
    Key: pushKeys.message(id),
    UpdateExpression: 'SET #status = :sent',
    ConditionExpression: '#status = :sending',
    ExpressionAttributeNames: { '#status': 'status' },
    ExpressionAttributeValues: { ':sent': 'sent' satisfies MessageStatus, ':sending': 'sending' satisfies MessageStatus },
  });
  await sendWrite((options) => database.send(command, options));
};

/** Longer than the function runs. */
const leaseMs = 20_000;

/** Stands for ever. */
const always = Number.MAX_SAFE_INTEGER;

/** Takes it on to tell SNS of a message in one language. `done`: SNS knows it. `busy`: another run tells it, or has died while it did. */
export const claimPublish = async (id: string, language: string): Promise<'claimed' | 'done' | 'busy'> => {
  const nowMs = Date.now();
  const command = new UpdateCommand({
    TableName,
    Key: pushKeys.message(id),
    UpdateExpression: 'SET published.#language = :until',
    ConditionExpression: 'attribute_not_exists(published.#language) OR published.#language < :now',
    ExpressionAttributeNames: { '#language': language },
    ExpressionAttributeValues: { ':until': nowMs + leaseMs, ':now': nowMs },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  });
  const outcome = await sendWrite((options) => database.send(command, options));
  if (outcome.ok) return 'claimed';
  return (outcome.failed[0]?.item as MessageItem | undefined)?.published?.[language] === always ? 'done' : 'busy';
};

/** Marks that SNS has taken a message in one language: nobody tells it again. */
export const endPublish = async (id: string, language: string): Promise<void> => {
  const command = new UpdateCommand({
    TableName,
    Key: pushKeys.message(id),
    UpdateExpression: 'SET published.#language = :always',
    ExpressionAttributeNames: { '#language': language },
    ExpressionAttributeValues: { ':always': always },
  });
  await withDeadline((options) => database.send(command, options));
};

/** The devices of a user. */
export const devicesOfUser = async (owner: string): Promise<Devices> => {
  const { pk, sk: prefix } = pushKeys.device(owner, '');
  const command = new QueryCommand({
    TableName,
    KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
    ProjectionExpression: 'sk',
    ConsistentRead: true,
    ExpressionAttributeValues: { ':pk': pk, ':prefix': prefix },
  });
  const { Items = [] } = await withDeadline((options) => database.send(command, options));
  return Items.map(({ sk }) => ({ owner, device: String(sk).slice(prefix.length) }));
};

/** The owners of devices; those that nobody has are left out. */
export const ownersOfDevices = async (devices: readonly string[]): Promise<Devices> => {
  const found = await readBatch(devices.map(pushKeys.deviceOwner));
  return devices.flatMap((device) => {
    const pointer = found.get(nameOfKey(pushKeys.deviceOwner(device)));
    return pointer === undefined ? [] : [{ owner: String(pointer['owner']), device }];
  });
};

/** A page of one partition of a topic. */
export interface ListenerPage {
  readonly devices: Devices;
  /** The key to go on after. */
  readonly last?: string;
}

const pageSize = 500;

/** Devices that hear a topic but that SNS does not serve. */
export const listListeners = async (topic: string, shard: number, after: string | undefined): Promise<ListenerPage> => {
  const { pk } = pushKeys.listener(topic, shard, '');
  const command = new QueryCommand({
    TableName,
    KeyConditionExpression: 'pk = :pk',
    ExpressionAttributeValues: { ':pk': pk },
    Limit: pageSize,
    ConsistentRead: true,
    ...(after !== undefined && { ExclusiveStartKey: pushKeys.listener(topic, shard, after) }),
  });
  const { Items = [], LastEvaluatedKey } = await withDeadline((options) => database.send(command, options));
  const devices = Items.map((item) => ({ owner: (item as unknown as ListenerItem).owner, device: String(item['sk']) }));
  return { devices, ...(LastEvaluatedKey && { last: String(LastEvaluatedKey['sk']) }) };
};

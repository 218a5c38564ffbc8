import { TransactWriteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { DeliveryStatus, Platform } from '../../contracts/push.ts';
import {
  type DeviceItem,
  type MessageItem,
  pushKeys,
  type QueuedDelivery,
  type ResultItem,
  type UserItem,
} from '../../contracts/push-table.ts';
import { variables } from '../../contracts/variables.ts';
import { database, sendWrite } from '../runtime/database-client.ts';
import { requiredVariable } from '../runtime/environment.ts';
import { nameOfKey, readBatch } from './batch-store.ts';

const TableName = requiredVariable(variables.pushTable);

/** A device that is to get a message. */
export interface Target {
  readonly owner: string;
  readonly deviceId: string;
  /** Undefined when the device is gone, or somebody else's. */
  readonly device: DeviceItem | undefined;
  readonly user: UserItem;
}

/** A delivery with all that is stored about it. */
export interface StoredDelivery {
  /** Undefined when the log has let go of it. */
  readonly item: MessageItem | undefined;
  readonly targets: readonly Target[];
}

/** Reads a message, the devices that are to get it, and what their owners want, in one request. */
export const readDelivery = async ({ messageId, devices }: QueuedDelivery): Promise<StoredDelivery> => {
  const owners = [...new Set(devices.map(({ owner }) => owner))];
  const keys = [...devices.map(({ owner, device }) => pushKeys.device(owner, device)), ...owners.map(pushKeys.user)];
  const found = await readBatch([pushKeys.message(messageId), ...keys]);
  const targets = devices.map(({ owner, device }) => ({
    owner,
    deviceId: device,
    device: found.get(nameOfKey(pushKeys.device(owner, device))) as DeviceItem | undefined,
    user: (found.get(nameOfKey(pushKeys.user(owner))) ?? {}) as UserItem,
  }));
  return { item: found.get(nameOfKey(pushKeys.message(messageId))) as MessageItem | undefined, targets };
};

/** Who sends a message to devices, and when. */
export interface Sender {
  readonly messageId: string;
  /** Names this run. */
  readonly lease: string;
  /** The devices were held before. */
  readonly isReleased: boolean;
  /** When results leave the log, in seconds since the epoch. */
  readonly expiresAt: number;
}

/**
 * What a claim has found. `claimed`: nobody else sends to the device until the lease ends, and `before` says what had come of it.
 * `done`: it is over. `busy`: another run sends to it, or has died while it did.
 */
export type Claim =
  | { readonly kind: 'claimed'; readonly before: DeliveryStatus | undefined }
  | { readonly kind: 'done' }
  | { readonly kind: 'busy' };

/** Longer than the function runs. */
const leaseMs = 20_000;

const isOver = (status: DeliveryStatus | undefined, { isReleased }: Sender): boolean =>
  status !== undefined && status !== 'failed' && !(isReleased && status === 'held');

/** Takes a device for this run, in one conditional write. */
export const claimDevice = async (sender: Sender, { owner, deviceId, device }: Target): Promise<Claim> => {
  const nowMs = Date.now();
  const command = new UpdateCommand({
    TableName,
    Key: pushKeys.result(sender.messageId, deviceId),
    UpdateExpression: `SET #owner = :owner, #lease = :lease, leaseUntil = :until, #at = :at, expiresAt = :expires${device ? ', platform = :platform' : ''}`,
    // What has failed is tried again when somebody takes it out of the dead letters.
    ConditionExpression:
      '(attribute_not_exists(#status) OR #status IN (:failed, :held)) AND (attribute_not_exists(leaseUntil) OR leaseUntil < :now)',
    ExpressionAttributeNames: { '#owner': 'owner', '#lease': 'lease', '#at': 'at', '#status': 'status' },
    ExpressionAttributeValues: {
      ':owner': owner,
      ':lease': sender.lease,
      ':until': nowMs + leaseMs,
      ':at': new Date(nowMs).toISOString(),
      ':expires': sender.expiresAt,
      ':failed': 'failed' satisfies DeliveryStatus,
      // Only what is released may follow on what is held.
      ':held': (sender.isReleased ? 'held' : 'failed') satisfies DeliveryStatus,
      ':now': nowMs,
      ...(device && { ':platform': device.platform }),
    },
    ReturnValues: 'ALL_OLD',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  });
  const outcome = await sendWrite((options) => database.send(command, options));
  if (outcome.ok) return { kind: 'claimed', before: (outcome.output.Attributes as ResultItem | undefined)?.status };
  return { kind: isOver((outcome.failed[0]?.item as ResultItem | undefined)?.status, sender) ? 'done' : 'busy' };
};

/** Gives a device back that could not be sent to, so that the next run need not wait. */
export const giveBack = async ({ messageId, lease }: Sender, deviceId: string): Promise<void> => {
  const command = new UpdateCommand({
    TableName,
    Key: pushKeys.result(messageId, deviceId),
    UpdateExpression: 'REMOVE #lease, leaseUntil',
    ConditionExpression: '#lease = :lease',
    ExpressionAttributeNames: { '#lease': 'lease' },
    ExpressionAttributeValues: { ':lease': lease },
  });
  await sendWrite((options) => database.send(command, options));
};

/** What has come of a claimed device. */
export interface Result {
  readonly deviceId: string;
  readonly owner: string;
  readonly before: DeliveryStatus | undefined;
  readonly status: DeliveryStatus;
  readonly reason?: string;
  /** What SNS calls the push. */
  readonly snsMessageId?: string;
  readonly platform?: Platform;
}

/** With its word of SNS each, and the counts: TransactWriteItems takes 100. */
export const resultsPerWrite = 49;
/** SNS tries for hours at most. */
const wordOfSnsSeconds = 2 * 86_400;

const resultWrite = ({ messageId, lease }: Sender, { deviceId, status, reason }: Result) => ({
  Update: {
    TableName,
    Key: pushKeys.result(messageId, deviceId),
    UpdateExpression: `SET #status = :status, #at = :at${reason === undefined ? '' : ', #reason = :reason'} REMOVE #lease, leaseUntil${reason === undefined ? ', #reason' : ''}`,
    ConditionExpression: '#lease = :lease',
    ExpressionAttributeNames: { '#status': 'status', '#at': 'at', '#lease': 'lease', '#reason': 'reason' },
    ExpressionAttributeValues: {
      ':status': status,
      ':at': new Date().toISOString(),
      ':lease': lease,
      ...(reason !== undefined && { ':reason': reason }),
    },
  },
});

const snsWord = ({ messageId }: Sender, { snsMessageId, owner, deviceId }: Result) => {
  if (snsMessageId === undefined) return [];
  const expiresAt = Math.floor(Date.now() / 1_000) + wordOfSnsSeconds;
  return [{ Put: { TableName, Item: { ...pushKeys.sentBySns(snsMessageId), messageId, owner, device: deviceId, expiresAt } } }];
};

/** Adds to the counts of a message. */
export const countWrite = (messageId: string, changes: ReadonlyMap<DeliveryStatus, number>) => {
  const counted = [...changes].filter(([, by]) => by !== 0);
  if (counted.length === 0) return [];
  return [
    {
      Update: {
        TableName,
        Key: pushKeys.message(messageId),
        UpdateExpression: `ADD ${counted.map(([status]) => `#counts.#${status} :${status}`).join(', ')}`,
        ExpressionAttributeNames: { '#counts': 'counts', ...Object.fromEntries(counted.map(([status]) => [`#${status}`, status])) },
        ExpressionAttributeValues: Object.fromEntries(counted.map(([status, by]) => [`:${status}`, by])),
      },
    },
  ];
};

const countChanges = (results: readonly Result[]): ReadonlyMap<DeliveryStatus, number> => {
  const changes = new Map<DeliveryStatus, number>();
  const add = (status: DeliveryStatus, by: number) => changes.set(status, (changes.get(status) ?? 0) + by);
  for (const { before, status } of results) {
    add(status, 1);
    if (before !== undefined) add(before, -1);
  }
  return changes;
};

/**
 * Writes results and counts them, in one transaction. A device whose lease another run has taken meanwhile is left to that run.
 *
 * @param results {@link resultsPerWrite} at most
 */
export const writeResults = async (sender: Sender, results: readonly Result[]): Promise<void> => {
  if (results.length === 0) return;
  const TransactItems = [
    ...results.map((result) => resultWrite(sender, result)),
    ...countWrite(sender.messageId, countChanges(results)),
    ...results.flatMap((result) => snsWord(sender, result)),
  ];
  const outcome = await sendWrite((options) => database.send(new TransactWriteCommand({ TransactItems }), options));
  if (outcome.ok) return;
  const lost = new Set(outcome.failed.map(({ index }) => index));
  await writeResults(
    sender,
    results.filter((_, index) => !lost.has(index)),
  );
};

/** Marks a device that SNS does not reach; it is skipped until it registers again. One that has done so meanwhile is left alone. */
export const disableDevice = async (owner: string, deviceId: string, { updatedAt }: DeviceItem): Promise<void> => {
  const command = new UpdateCommand({
    TableName,
    Key: pushKeys.device(owner, deviceId),
    UpdateExpression: 'SET enabled = :false',
    ConditionExpression: 'updatedAt = :seen',
    ExpressionAttributeValues: { ':false': false, ':seen': updatedAt },
  });
  await sendWrite((options) => database.send(command, options));
};

import { GetEndpointAttributesCommand, NotFoundException, SNSClient } from '@aws-sdk/client-sns';
import { GetCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import type { DeliveryStatus } from '../../contracts/push.ts';
import { type DeviceItem, ownerOfEndpoint, pushKeys } from '../../contracts/push-table.ts';
import { variables } from '../../contracts/variables.ts';
import { database, sendWrite, withDeadline } from '../runtime/database-client.ts';
import { requiredVariable } from '../runtime/environment.ts';
import { countWrite } from './deliveries-store.ts';

const TableName = requiredVariable(variables.pushTable);
const client = new SNSClient({
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
});

/** A push that SNS has taken. */
export interface TakenPush {
  readonly messageId: string;
  readonly owner: string;
  readonly device: string;
}

/** What was pushed under an id of SNS; undefined when SNS got it by a topic, or when its word is faster than our record. */
export const findPush = async (snsMessageId: string): Promise<TakenPush | undefined> => {
  const command = new GetCommand({ TableName, Key: pushKeys.sentBySns(snsMessageId), ConsistentRead: true });
  const { Item } = await withDeadline((options) => database.send(command, options));
  return Item as TakenPush | undefined;
};

/** Whose an endpoint is; undefined when it is gone, or not ours. */
export const findEndpointOwner = async (endpointArn: string): Promise<ReturnType<typeof ownerOfEndpoint>> => {
  try {
    const { Attributes } = await client.send(new GetEndpointAttributesCommand({ EndpointArn: endpointArn }));
    return ownerOfEndpoint(Attributes?.['CustomUserData']);
  } catch (error) {
    if (error instanceof NotFoundException) return undefined;
    throw error;
  }
};

/** A device as it is now. */
export const readDevice = async (owner: string, device: string): Promise<DeviceItem | undefined> => {
  const command = new GetCommand({ TableName, Key: pushKeys.device(owner, device), ConsistentRead: true });
  const { Item } = await withDeadline((options) => database.send(command, options));
  return Item as DeviceItem | undefined;
};

/** Corrects a result that said `sent`, and the counts with it. To do it again changes nothing. */
export const correctResult = async ({ messageId, device }: TakenPush, status: DeliveryStatus, reason: string): Promise<void> => {
  const TransactItems = [
    {
      Update: {
        TableName,
        Key: pushKeys.result(messageId, device),
        UpdateExpression: 'SET #status = :status, #reason = :reason, #at = :at',
        ConditionExpression: '#status = :sent',
        ExpressionAttributeNames: { '#status': 'status', '#reason': 'reason', '#at': 'at' },
        ExpressionAttributeValues: {
          ':status': status,
          ':reason': reason,
          ':at': new Date().toISOString(),
          ':sent': 'sent' satisfies DeliveryStatus,
        },
      },
    },
    ...countWrite(
      messageId,
      new Map([
        ['sent', -1],
        [status, 1],
      ]),
    ),
  ];
  await sendWrite((options) => database.send(new TransactWriteCommand({ TransactItems }), options));
};

import { ConflictException, CreateScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { variables } from '../../contracts/variables.ts';
import type { QueuedDelivery } from '../../contracts/webhooks-table.ts';
import { requiredVariable } from '../runtime/environment.ts';
import { deliveryMessage } from './delivery-message.ts';

const client = new SchedulerClient({
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
});

interface SchedulerSettings {
  readonly groupName: string;
  readonly roleArn: string;
  /** SendMessage as a universal target: a queue as a target could not be told the group of a message. */
  readonly targetArn: string;
}
const { groupName, roleArn, targetArn } = JSON.parse(requiredVariable(variables.webhookScheduler)) as SchedulerSettings;
const QueueUrl = requiredVariable(variables.webhookDeliveriesQueue);

/** Has EventBridge Scheduler put a delivery on its queue at a time that is to come. To ask for one that is there changes nothing. */
export const scheduleDelivery = async (delivery: QueuedDelivery, atMs: number): Promise<void> => {
  const at = new Date(Math.ceil(atMs / 1_000) * 1_000).toISOString().slice(0, 19);
  const command = new CreateScheduleCommand({
    GroupName: groupName,
    Name: `${delivery.deliveryId}-${delivery.attempted}`,
    ScheduleExpression: `at(${at})`,
    ScheduleExpressionTimezone: 'UTC',
    FlexibleTimeWindow: { Mode: 'OFF' },
    ActionAfterCompletion: 'DELETE',
    Target: { Arn: targetArn, RoleArn: roleArn, Input: JSON.stringify({ QueueUrl, ...deliveryMessage(delivery) }) },
  });
  try {
    await client.send(command);
  } catch (error) {
    if (!(error instanceof ConflictException)) throw error;
  }
};

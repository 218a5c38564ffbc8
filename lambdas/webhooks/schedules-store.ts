import { ConflictException, CreateScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { variables } from '../../contracts/variables.ts';
import type { QueuedDelivery } from '../../contracts/webhooks-table.ts';
import { requiredVariable } from '../runtime/environment.ts';

const client = new SchedulerClient({
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
});

interface SchedulerSettings {
  readonly groupName: string;
  readonly roleArn: string;
  readonly queueArn: string;
}
const { groupName, roleArn, queueArn } = JSON.parse(requiredVariable(variables.webhookScheduler)) as SchedulerSettings;

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
    Target: { Arn: queueArn, RoleArn: roleArn, Input: JSON.stringify(delivery) },
  });
  try {
    await client.send(command);
  } catch (error) {
    if (!(error instanceof ConflictException)) throw error;
  }
};

import { createHash } from 'node:crypto';
import { ConflictException, CreateScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import type { QueuedDelivery } from '../../contracts/push-table.ts';
import { variables } from '../../contracts/variables.ts';
import { requiredVariable } from '../runtime/environment.ts';

const client = new SchedulerClient({
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
});

interface SchedulerSettings {
  readonly groupName: string;
  readonly roleArn: string;
  readonly deliveriesQueueArn: string;
}
const { groupName, roleArn, deliveriesQueueArn } = JSON.parse(requiredVariable(variables.pushScheduler)) as SchedulerSettings;

/** Has EventBridge Scheduler put devices on the deliveries queue at a time. To ask for it again changes nothing. */
export const scheduleRelease = async (messageId: string, devices: QueuedDelivery['devices'], atMs: number): Promise<void> => {
  const Input = JSON.stringify({ messageId, devices, released: true } satisfies QueuedDelivery);
  const at = new Date(atMs).toISOString().slice(0, 19);
  const name = `held-${createHash('sha256').update(at).update(Input).digest('hex').slice(0, 58)}`;
  const command = new CreateScheduleCommand({
    GroupName: groupName,
    Name: name,
    ScheduleExpression: `at(${at})`,
    ScheduleExpressionTimezone: 'UTC',
    FlexibleTimeWindow: { Mode: 'OFF' },
    ActionAfterCompletion: 'DELETE',
    Target: { Arn: deliveriesQueueArn, RoleArn: roleArn, Input },
  });
  try {
    await client.send(command);
  } catch (error) {
    if (!(error instanceof ConflictException)) throw error;
  }
};

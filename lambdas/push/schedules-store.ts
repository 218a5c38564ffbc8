import {
  ConflictException,
  CreateScheduleCommand,
  DeleteScheduleCommand,
  ResourceNotFoundException,
  SchedulerClient,
} from '@aws-sdk/client-scheduler';
import type { QueuedMessage } from '../../contracts/push-table.ts';
import { variables } from '../../contracts/variables.ts';
import { requiredVariable } from '../runtime/environment.ts';

const client = new SchedulerClient({
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
});

interface SchedulerSettings {
  readonly groupName: string;
  readonly roleArn: string;
  readonly messagesQueueArn: string;
}
const { groupName, roleArn, messagesQueueArn } = JSON.parse(requiredVariable(variables.pushScheduler)) as SchedulerSettings;

/** Has EventBridge Scheduler put a message on its queue at a time, to the second. To ask for it again changes nothing. */
export const scheduleMessage = async (messageId: string, atMs: number): Promise<void> => {
  const command = new CreateScheduleCommand({
    GroupName: groupName,
    Name: messageId,
    ScheduleExpression: `at(${new Date(atMs).toISOString().slice(0, 19)})`,
    ScheduleExpressionTimezone: 'UTC',
    FlexibleTimeWindow: { Mode: 'OFF' },
    ActionAfterCompletion: 'DELETE',
    Target: { Arn: messagesQueueArn, RoleArn: roleArn, Input: JSON.stringify({ messageId } satisfies QueuedMessage) },
  });
  try {
    await client.send(command);
  } catch (error) {
    if (!(error instanceof ConflictException)) throw error;
  }
};

/** Ends the schedule of a message. One that is no more is no error. */
export const unscheduleMessage = async (messageId: string): Promise<void> => {
  try {
    await client.send(new DeleteScheduleCommand({ GroupName: groupName, Name: messageId }));
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
  }
};

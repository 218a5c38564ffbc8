import { createHash } from 'node:crypto';
import {
  ConflictException,
  CreateScheduleCommand,
  DeleteScheduleCommand,
  ResourceNotFoundException,
  SchedulerClient,
} from '@aws-sdk/client-scheduler';
import type { QueuedDelivery, QueuedMessage } from '../../contracts/push-table.ts';
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
  readonly deliveriesQueueArn: string;
}
const { groupName, roleArn, ...queueArns } = JSON.parse(requiredVariable(variables.pushScheduler)) as SchedulerSettings;

/** A message that EventBridge Scheduler is to put on a queue, once. */
interface OneTimeSchedule {
  /** At most 64 letters, digits and `-_.`; one schedule of a name. */
  readonly name: string;
  readonly queue: keyof typeof queueArns;
  readonly body: string;
  readonly atMs: number;
}

/** Scheduler takes no time that has passed by when it is asked. */
const soonestMs = 5_000;

const expressionOf = (atMs: number): string => {
  const seconds = Math.ceil(Math.max(atMs, Date.now() + soonestMs) / 1_000);
  return `at(${new Date(seconds * 1_000).toISOString().slice(0, 19)})`;
};

/** Makes a schedule that ends with its run. To ask for one that is there changes nothing. */
const scheduleOnce = async ({ name, queue, body, atMs }: OneTimeSchedule): Promise<void> => {
  const command = new CreateScheduleCommand({
    GroupName: groupName,
    Name: name,
    ScheduleExpression: expressionOf(atMs),
    ScheduleExpressionTimezone: 'UTC',
    FlexibleTimeWindow: { Mode: 'OFF' },
    ActionAfterCompletion: 'DELETE',
    Target: { Arn: queueArns[queue], RoleArn: roleArn, Input: body },
  });
  try {
    await client.send(command);
  } catch (error) {
    if (!(error instanceof ConflictException)) throw error;
  }
};

/** Has a message put on its queue at a time. */
export const scheduleMessage = (messageId: string, atMs: number): Promise<void> =>
  scheduleOnce({ name: messageId, queue: 'messagesQueueArn', body: JSON.stringify({ messageId } satisfies QueuedMessage), atMs });

/** Has devices that are held put on the deliveries queue at a time. */
export const scheduleRelease = (messageId: string, devices: QueuedDelivery['devices'], atMs: number): Promise<void> => {
  const body = JSON.stringify({ messageId, devices, released: true } satisfies QueuedDelivery);
  const name = `held-${createHash('sha256').update(`${atMs} ${body}`).digest('hex').slice(0, 58)}`;
  return scheduleOnce({ name, queue: 'deliveriesQueueArn', body, atMs });
};

/** Ends the schedule of a message. One that is no more is no error. */
export const unscheduleMessage = async (messageId: string): Promise<void> => {
  try {
    await client.send(new DeleteScheduleCommand({ GroupName: groupName, Name: messageId }));
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
  }
};

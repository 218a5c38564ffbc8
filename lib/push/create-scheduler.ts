import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { createSchedules, type Schedules } from '../api/schedules.ts';
import type { WorkQueue } from '../api/work-queue.ts';

/** What is needed to send later: what is to be sent is in the table, so that the schedules may go with their group. */
export interface PushScheduler extends Schedules {
  /** For `variables.pushScheduler`: JSON. */
  readonly settings: string;
}

/** Makes the group of schedules of EventBridge Scheduler that put messages and deliveries on their queues. */
export const createScheduler = (scope: Construct, messages: WorkQueue, deliveries: WorkQueue): PushScheduler => {
  const [messagesQueueArn, deliveriesQueueArn] = [messages.queue.queueArn, deliveries.queue.queueArn];
  const schedules = createSchedules(scope, 'Scheduler', [messages.queue, deliveries.queue]);
  const { group, role } = schedules;
  const settings = { groupName: group.scheduleGroupName, roleArn: role.roleArn, messagesQueueArn, deliveriesQueueArn };
  return { ...schedules, settings: Stack.of(scope).toJsonString(settings) };
};

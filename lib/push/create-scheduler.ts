import { Aws, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { ScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import type { Grant } from '../api/feature-function.ts';
import type { WorkQueue } from '../api/work-queue.ts';

/** What is needed to send later. */
export interface PushScheduler {
  readonly group: ScheduleGroup;
  /** May put messages on the two queues, and nothing else. */
  readonly role: Role;
  /** For `variables.pushScheduler`: JSON. */
  readonly settings: string;
  /** What a function needs to make schedules. */
  readonly create: readonly Grant[];
  /** What a function needs to delete them. */
  readonly remove: Grant;
}

/** Makes the group of schedules of EventBridge Scheduler that put messages and deliveries on their queues. */
export const createScheduler = (scope: Construct, messages: WorkQueue, deliveries: WorkQueue): PushScheduler => {
  const inside = new Construct(scope, 'Scheduler');
  // The schedules themselves go with the group: what is to be sent is in the table.
  const group = new ScheduleGroup(inside, 'Group', { removalPolicy: RemovalPolicy.DESTROY });
  const { scheduleGroupName: groupName } = group;
  const arnOf = (resource: string, resourceName: string): string =>
    Stack.of(scope).formatArn({ service: 'scheduler', resource, resourceName });
  const role = new Role(inside, 'Role', {
    assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
      // "Confused deputy prevention in EventBridge Scheduler": the source is the group, not the schedule.
      conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID, 'aws:SourceArn': arnOf('schedule-group', groupName) } },
    }),
  });
  const queueArns = [messages.queue.queueArn, deliveries.queue.queueArn];
  role.addToPolicy(new PolicyStatement({ actions: ['sqs:SendMessage'], resources: queueArns }));
  const [messagesQueueArn, deliveriesQueueArn] = queueArns;
  const schedules = arnOf('schedule', `${groupName}/*`);
  return {
    group,
    role,
    settings: Stack.of(scope).toJsonString({ groupName, roleArn: role.roleArn, messagesQueueArn, deliveriesQueueArn }),
    create: [
      { actions: ['scheduler:CreateSchedule'], resources: [schedules] },
      { actions: ['iam:PassRole'], resources: [role.roleArn] },
    ],
    remove: { actions: ['scheduler:DeleteSchedule'], resources: [schedules] },
  };
};

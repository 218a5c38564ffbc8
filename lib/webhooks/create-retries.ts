import { Aws, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { ScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Grant } from '../api/feature-function.ts';

/** What is needed to send a delivery later than a queue can. */
export interface Retries {
  /** For `variables.webhookScheduler`: JSON. */
  readonly settings: string;
  /** What a function needs to make schedules. */
  readonly create: readonly Grant[];
}

/** Makes the group of schedules of EventBridge Scheduler that put deliveries on their queue. */
export const createRetries = (scope: Construct, queue: IQueue): Retries => {
  const inside = new Construct(scope, 'Retries');
  // The schedules go with the group: what is to be sent is in the table.
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
  role.addToPolicy(new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [queue.queueArn] }));
  return {
    settings: Stack.of(scope).toJsonString({ groupName, roleArn: role.roleArn, queueArn: queue.queueArn }),
    create: [
      { actions: ['scheduler:CreateSchedule'], resources: [arnOf('schedule', `${groupName}/*`)] },
      { actions: ['iam:PassRole'], resources: [role.roleArn] },
    ],
  };
};

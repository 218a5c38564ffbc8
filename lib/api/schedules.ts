import { Aws, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { type Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { ScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { createRole, type Grant } from './create-role.ts';

/** A group of schedules of EventBridge Scheduler, which put messages on queues. */
export interface Schedules {
  readonly group: ScheduleGroup;
  /** What Scheduler acts as: it may put messages on the queues, and nothing else. */
  readonly role: Role;
  /** What a function needs to make schedules. */
  readonly create: readonly Grant[];
  /** What a function needs to delete them. */
  readonly remove: Grant;
}

/** Makes a group that goes with its schedules, and the role for the queues of their targets. */
export const createSchedules = (scope: Construct, id: string, queues: readonly IQueue[]): Schedules => {
  const inside = new Construct(scope, id);
  const group = new ScheduleGroup(inside, 'Group', { removalPolicy: RemovalPolicy.DESTROY });
  const arnOf = (resource: string, resourceName: string): string =>
    Stack.of(scope).formatArn({ service: 'scheduler', resource, resourceName });
  const scheduler = new ServicePrincipal('scheduler.amazonaws.com', {
    conditions: {
      // "Confused deputy prevention in EventBridge Scheduler": the source is the group, not the schedule.
      StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID, 'aws:SourceArn': arnOf('schedule-group', group.scheduleGroupName) },
    },
  });
  const { role } = createRole(inside, 'Role', scheduler, [
    { actions: ['sqs:SendMessage'], resources: queues.map(({ queueArn }) => queueArn) },
  ]);
  const schedules = arnOf('schedule', `${group.scheduleGroupName}/*`);
  return {
    group,
    role,
    create: [
      { actions: ['scheduler:CreateSchedule'], resources: [schedules] },
      { actions: ['iam:PassRole'], resources: [role.roleArn] },
    ],
    remove: { actions: ['scheduler:DeleteSchedule'], resources: [schedules] },
  };
};

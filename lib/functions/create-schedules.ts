import { Aws, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnSchedule, ScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import type { ScheduledRun } from '../../contracts/compiled-function.ts';
import type { Trigger } from '../../contracts/functions.ts';
import type { WorkQueue } from '../api/work-queue.ts';

type ScheduleTrigger = Extract<Trigger, { kind: 'schedule' }>;

/** What the schedules of a function put into its queue. Scheduler replaces the time. */
const inputOf = ({ expression, timeZone }: ScheduleTrigger): string =>
  JSON.stringify({
    kind: 'schedule',
    schedule: `${expression} ${timeZone}`,
    dueAt: '<aws.scheduler.scheduled-time>',
  } satisfies ScheduledRun);

/** Has EventBridge Scheduler put a message into the queue of a function when it is due. */
export const createSchedules = (scope: Construct, schedules: readonly ScheduleTrigger[], { queue, deadLetters }: WorkQueue): void => {
  const inside = new Construct(scope, 'Schedules');
  const group = new ScheduleGroup(inside, 'Group', { removalPolicy: RemovalPolicy.DESTROY });
  const { scheduleGroupName: groupName } = group;
  const role = new Role(inside, 'Role', {
    assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
      // "Confused deputy prevention in EventBridge Scheduler": the source is the group, not the schedule.
      conditions: {
        StringEquals: {
          'aws:SourceAccount': Aws.ACCOUNT_ID,
          'aws:SourceArn': Stack.of(scope).formatArn({ service: 'scheduler', resource: 'schedule-group', resourceName: groupName }),
        },
      },
    }),
  });
  role.addToPolicy(new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [queue.queueArn, deadLetters.queueArn] }));
  schedules.forEach((schedule, index) => {
    const { expression: scheduleExpression, timeZone: scheduleExpressionTimezone } = schedule;
    const created = new CfnSchedule(inside, `Schedule${index}`, {
      groupName,
      scheduleExpression,
      scheduleExpressionTimezone,
      flexibleTimeWindow: { mode: 'OFF' },
      target: { arn: queue.queueArn, roleArn: role.roleArn, input: inputOf(schedule), deadLetterConfig: { arn: deadLetters.queueArn } },
    });
    created.node.addDependency(role);
  });
};

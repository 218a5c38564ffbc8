import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import type { Construct } from 'constructs';
import type { ScheduledRun } from '../../contracts/compiled-function.ts';
import type { Trigger } from '../../contracts/functions.ts';
import { createSchedules } from '../api/schedules.ts';
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
export const scheduleRuns = (scope: Construct, triggers: readonly ScheduleTrigger[], { queue, deadLetters }: WorkQueue): void => {
  const { group, role } = createSchedules(scope, 'Schedules', [queue, deadLetters]);
  triggers.forEach((trigger, index) => {
    const { expression: scheduleExpression, timeZone: scheduleExpressionTimezone } = trigger;
    const schedule = new CfnSchedule(group, `Schedule${index}`, {
      groupName: group.scheduleGroupName,
      scheduleExpression,
      scheduleExpressionTimezone,
      flexibleTimeWindow: { mode: 'OFF' },
      target: { arn: queue.queueArn, roleArn: role.roleArn, input: inputOf(trigger), deadLetterConfig: { arn: deadLetters.queueArn } },
    });
    schedule.node.addDependency(role);
  });
};

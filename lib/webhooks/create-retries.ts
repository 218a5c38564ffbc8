import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { createSchedules, type Schedules } from '../api/schedules.ts';

/** What is needed to send a delivery later than a queue can: it is in the table, so that the schedules may go with their group. */
export interface Retries extends Pick<Schedules, 'group' | 'create'> {
  /** For `variables.webhookScheduler`: JSON. */
  readonly settings: string;
}

/** Makes the group of schedules of EventBridge Scheduler that put deliveries on their queue. */
export const createRetries = (scope: Construct, queue: IQueue): Retries => {
  const { group, role, create } = createSchedules(scope, 'Retries', [queue]);
  const stack = Stack.of(scope);
  const arnFormat = ArnFormat.NO_RESOURCE_NAME;
  const targetArn = stack.formatArn({ service: 'scheduler', region: '', account: '', resource: 'aws-sdk:sqs:sendMessage', arnFormat });
  const settings = { groupName: group.scheduleGroupName, roleArn: role.roleArn, targetArn };
  return { settings: stack.toJsonString(settings), group, create };
};

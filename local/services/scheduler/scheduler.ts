import { generatedName } from '../../template/stable-id.ts';
import type { LocalServiceType, ResourceIdentity } from '../service.ts';
import { groupArn, scheduleArn } from './schedule.ts';
import { SchedulerService } from './scheduler-service.ts';

const MAX_NAME_LENGTH = 64;

/** Amazon EventBridge Scheduler: the schedules of the template and those that functions make, by the run's clock. */
export const scheduler = {
  signingName: 'scheduler',
  resourceTypes: ['AWS::Scheduler::Schedule', 'AWS::Scheduler::ScheduleGroup'],
  identify: (resource, account): ResourceIdentity => {
    const { Name, GroupName } = resource.properties;
    const name = typeof Name === 'string' ? Name : generatedName(resource, MAX_NAME_LENGTH);
    if (resource.type === 'AWS::Scheduler::ScheduleGroup')
      return { ref: name, attributes: { Arn: groupArn(name, account), State: 'ACTIVE' } };
    const place = { Name: name, GroupName: typeof GroupName === 'string' ? GroupName : 'default' };
    return { ref: name, attributes: { Arn: scheduleArn(place, account) } };
  },
  start: (resources, context) => SchedulerService.start(resources, context),
} satisfies LocalServiceType;

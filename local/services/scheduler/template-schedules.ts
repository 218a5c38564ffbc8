import { StartError } from '../../start-error.ts';
import { AwsError, type ResolvedResource } from '../service.ts';
import { checkSchedule, type ScheduleInput } from './schedule.ts';
import type { ScheduleStore } from './schedule-store.ts';

const DEFAULT_GROUP = 'default';

/**
 * Brings schedules and groups in line with the template. One that is as it was keeps its next time.
 *
 * @throws StartError for a schedule that AWS would refuse
 */
export function syncTemplate(resources: readonly ResolvedResource[], store: ScheduleStore, now: number): void {
  const groups = new Set(resources.filter(({ type }) => type === 'AWS::Scheduler::ScheduleGroup').map(({ ref }) => ref));
  const schedules = resources.filter(({ type }) => type === 'AWS::Scheduler::Schedule');
  const kept = new Set(schedules.map((resource) => `${groupOf(resource)}/${resource.ref}`));
  store.database.transaction(() => {
    const before = store.fromTemplate();
    for (const [group, name] of before.schedules) if (!kept.has(`${group}/${name}`)) store.delete(group, name);
    for (const group of before.groups) if (!groups.has(group)) store.deleteGroup(group);
    for (const group of groups) store.addGroup(group, now, true);
    for (const resource of schedules) putSchedule(resource, store, now);
  });
}

function putSchedule(resource: ResolvedResource, store: ScheduleStore, now: number): void {
  const GroupName = groupOf(resource);
  const source = JSON.stringify(resource.properties);
  if (store.sourceOf(GroupName, resource.ref) === source) return;
  const before = store.get(GroupName, resource.ref);
  const checked = checkedSchedule(resource);
  store.put(
    { ...checked, GroupName, Name: resource.ref, createdAt: before?.createdAt ?? now, modifiedAt: now, clientToken: undefined },
    source,
  );
}

function checkedSchedule({ stackName, logicalId, properties }: ResolvedResource): ScheduleInput {
  try {
    return checkSchedule(properties);
  } catch (cause) {
    if (!(cause instanceof AwsError)) throw cause;
    throw new StartError(
      `The schedule ${stackName}/${logicalId} is not valid: ${cause.message}`,
      'Mend it where it is defined: a deployment would fail too.',
      { cause },
    );
  }
}

const groupOf = ({ properties }: ResolvedResource): string =>
  typeof properties['GroupName'] === 'string' ? properties['GroupName'] : DEFAULT_GROUP;

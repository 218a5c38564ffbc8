import { authorizedPool, type Call, epochSeconds, type Operation, userOf } from '../call.ts';
import type { Group } from '../groups-store.ts';
import { userType } from './admin-users.ts';
import { nextToken, pageOf } from './pages.ts';

function groupType(group: Group): object {
  return {
    GroupName: group.name,
    UserPoolId: group.poolId,
    Description: group.description,
    RoleArn: group.roleArn,
    Precedence: group.precedence,
    CreationDate: epochSeconds(group.createdAt),
    LastModifiedDate: epochSeconds(group.modifiedAt),
  };
}

function groupOf(call: Call, poolId: string): Group {
  return call.runtime.groups.get(poolId, call.input.string('GroupName', 128));
}

export const createGroup: Operation = (call) => {
  const { input } = call;
  const pool = authorizedPool(call);
  const group = call.runtime.groups.create(pool.id, {
    name: input.string('GroupName', 128),
    description: input.optionalString('Description'),
    roleArn: input.optionalString('RoleArn'),
    precedence: input.integer('Precedence', { min: 0, max: 2 ** 31 - 1 }),
  });
  return { Group: groupType(group) };
};

export const getGroup: Operation = (call) => ({ Group: groupType(groupOf(call, authorizedPool(call).id)) });

export const deleteGroup: Operation = (call) => {
  const pool = authorizedPool(call);
  call.runtime.groups.delete(pool.id, groupOf(call, pool.id).name);
  return {};
};

export const listGroups: Operation = (call) => {
  const pool = authorizedPool(call);
  const page = pageOf(call, { size: 'Limit', token: 'NextToken' });
  const groups = call.runtime.groups.list(pool.id, page);
  return { Groups: groups.map(groupType), NextToken: nextToken(page, groups, (group) => group.name) };
};

export const adminAddUserToGroup: Operation = (call) => {
  const pool = authorizedPool(call);
  const user = userOf(call, pool);
  call.runtime.groups.addMember(pool.id, groupOf(call, pool.id).name, user.username);
  return {};
};

export const adminRemoveUserFromGroup: Operation = (call) => {
  const pool = authorizedPool(call);
  const user = userOf(call, pool);
  call.runtime.groups.removeMember(pool.id, groupOf(call, pool.id).name, user.username);
  return {};
};

export const adminListGroupsForUser: Operation = (call) => {
  const pool = authorizedPool(call);
  const user = userOf(call, pool);
  const page = pageOf(call, { size: 'Limit', token: 'NextToken' });
  const start = page.after === '' ? 0 : Number(page.after);
  const groups = call.runtime.groups.ofUser(pool.id, user.username).slice(start, start + page.limit);
  return { Groups: groups.map(groupType), NextToken: nextToken(page, groups, () => String(start + page.limit)) };
};

export const listUsersInGroup: Operation = (call) => {
  const { runtime } = call;
  const pool = authorizedPool(call);
  const page = pageOf(call, { size: 'Limit', token: 'NextToken' });
  const names = runtime.groups.members(pool.id, groupOf(call, pool.id).name, page);
  const users = names.flatMap((name) => runtime.users.byUsername(pool.id, name) ?? []);
  return { Users: users.map(userType), NextToken: nextToken(page, names, (name) => name) };
};

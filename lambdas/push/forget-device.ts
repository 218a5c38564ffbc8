import { inShard, pushKeys } from '../../contracts/push-table.ts';
import { deleteEndpoint, unsubscribe } from './endpoints-store.ts';
import { isMade, shardWrites } from './plan-topics.ts';
import { commit, type OwnDevice, type Write } from './push-store.ts';

/** Topics that a device hears by a shard. */
export const shardsOf = ({ subscriptions }: OwnDevice): readonly string[] =>
  Object.keys(subscriptions).filter((topic) => subscriptions[topic] === inShard);

/**
 * Ends what reaches a device through SNS. The endpoint is first: without it, no subscription reaches the device, not even one that
 * an interrupted request has left.
 */
export const cutOff = async ({ endpoint, subscriptions, leaving = [] }: OwnDevice, kept?: string): Promise<void> => {
  if (endpoint === undefined) return;
  if (endpoint !== kept) await deleteEndpoint(endpoint);
  const made = [...Object.values(subscriptions), ...leaving].filter((place) => place !== inShard && isMade(place));
  await Promise.all(made.map(unsubscribe));
};

/** Lets other requests of the owner know that the devices are others now. */
export const touchUser = (owner: string): Write => ({ kind: 'update', key: pushKeys.user(owner), add: { version: 1 } });

/**
 * Forgets a device of a user. It is cut off first, so that a function that is stopped in between leaves nothing that reaches it.
 *
 * @returns false if it is not the user's any more
 */
export const forgetDevice = async (owner: string, device: OwnDevice): Promise<boolean> => {
  await cutOff(device);
  const refused = await commit([
    { kind: 'delete', key: pushKeys.device(owner, device.id), when: { exists: true } },
    { kind: 'delete', key: pushKeys.deviceOwner(device.id), when: { equals: { owner } } },
    touchUser(owner),
    ...shardWrites(owner, device.id, { enters: [], leaves: shardsOf(device) }),
  ]);
  return refused === undefined;
};

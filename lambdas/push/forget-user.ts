import { pushKeys } from '../../contracts/push-table.ts';
import { cutOff, shardsOf } from './forget-device.ts';
import { inParallel } from './in-parallel.ts';
import { shardWrites } from './plan-topics.ts';
import { commit, type OwnDevice, readUser, type Write } from './push-store.ts';
import { inBatches, untilDone } from './settle.ts';

/** Devices that SNS is asked about at a time. */
const parallel = 10;
/** No access token lives longer than a day ("AccessTokenValidity", CreateUserPoolClient), so that nobody can come back after it. */
const rememberedSeconds = 2 * 86_400;

/** From this write on, nothing is sent to the devices, and requests of the user that are under way are refused. */
const forgottenWrite = (owner: string): Write => ({
  kind: 'update',
  key: pushKeys.user(owner),
  set: { forgotten: true, expiresAt: Math.floor(Date.now() / 1_000) + rememberedSeconds },
  remove: ['quietHours', 'muted', 'topics'],
  add: { version: 1 },
});

/** What is somebody else's by now stays. */
const deviceWrites = (owner: string, device: OwnDevice): readonly Write[] => [
  { kind: 'delete', key: pushKeys.device(owner, device.id) },
  { kind: 'delete', key: pushKeys.deviceOwner(device.id), when: { equals: { owner } } },
  ...shardWrites(owner, device.id, { enters: [], leaves: shardsOf(device) }),
];

/** @returns undefined when somebody has taken a device over meanwhile */
const forgetDevices = async (owner: string): Promise<true | undefined> => {
  const { devices } = await readUser(owner);
  await inParallel(devices, parallel, (device) => cutOff(device));
  for (const writes of inBatches(devices.map((device) => deviceWrites(owner, device)))) {
    if (writes.length > 0 && (await commit(writes)) !== undefined) return undefined;
  }
  return true;
};

/** Forgets the preferences and devices of a user. It may be stopped at any point, and finds nothing to do the next time. */
export const forgetUser = async (owner: string): Promise<void> => {
  await commit([forgottenWrite(owner)]);
  await untilDone(() => forgetDevices(owner));
};

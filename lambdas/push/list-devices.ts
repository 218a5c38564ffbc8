import type { PushReply } from '../../contracts/push-schemas.ts';
import type { UserAction } from '../runtime/request.ts';
import { deviceView } from './device-view.ts';
import { readUser } from './push-store.ts';

/** GET: the caller's devices, the oldest first. */
export const listDevices: UserAction = async ({ caller }) => {
  const { devices } = await readUser(caller.id);
  const items = devices.map(deviceView).sort((a, b) => a.createdAt.localeCompare(b.createdAt));
  const body: PushReply<'listDevices'> = { items };
  return { body };
};

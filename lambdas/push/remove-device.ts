import { ApiError } from '../../contracts/errors.ts';
import { pushKeys } from '../../contracts/push-table.ts';
import type { UserAction } from '../runtime/request.ts';
import { forgetDevice } from './forget-device.ts';
import { deviceIdOf } from './identify-device.ts';
import { type OwnDevice, readItem } from './push-store.ts';

/** DELETE: forgets a device of the caller. Those of others look like none. */
export const removeDevice: UserAction = async ({ caller, path }) => {
  const id = deviceIdOf(path['id']);
  const device = await readItem<OwnDevice>(pushKeys.device(caller.id, id));
  if (device === undefined || !(await forgetDevice(caller.id, { ...device, id }))) {
    throw new ApiError('not_found', 'The caller has no such device. GET /push/devices lists those that there are.');
  }
  return {};
};

import { ApiError } from '../../contracts/errors.ts';
import type { PushReply } from '../../contracts/push-schemas.ts';
import { variables } from '../../contracts/variables.ts';
import type { Action } from '../runtime/request.ts';

/** GET: the key that browsers subscribe with. */
export const readWebKey: Action = async () => {
  const publicKey = process.env[variables.vapidPublicKey];
  if (publicKey === undefined) throw new ApiError('not_found', 'This backend has no browsers among its platforms: give push.web to it.');
  const body: PushReply<'readWebKey'> = { publicKey };
  return { body };
};

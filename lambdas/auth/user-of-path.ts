import { ApiError } from '../../contracts/errors.ts';
import type { UserRequest } from '../runtime/request.ts';
import { refusal } from './refusals.ts';

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * The id of the path. Cognito would take an address in its place; the API does not.
 *
 * @throws ApiError `not_found` for what cannot be the id of an account
 */
export const userOfPath = ({ path }: UserRequest): string => {
  const { id } = path;
  if (id === undefined || !uuid.test(id)) throw refusal('not_found');
  return id;
};

/**
 * The id of the path, unless it is the caller's own. Since no admin can lock themselves out, there is always one left.
 *
 * @throws ApiError `not_found`, `forbidden`
 */
export const otherUserOfPath = (request: UserRequest): string => {
  const id = userOfPath(request);
  if (id === request.caller.id) {
    throw new ApiError('forbidden', 'Admins cannot disable, demote or delete their own account. Ask another admin.');
  }
  return id;
};

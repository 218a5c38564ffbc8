import { validators } from '@compiled/auth';
import type { AuthRequest, authRequests } from '../../contracts/auth-schemas.ts';
import type { ApiRequest } from '../runtime/request.ts';
import { validateBody } from '../runtime/validate-body.ts';
import { canonicalEmail } from './canonical-email.ts';

/** Fields of an account that exist, but that no request of this feature may set; a route that takes one has it in its schema. */
const setByServer = [
  'id',
  'sub',
  'username',
  'emailVerified',
  'email_verified',
  'phone_number_verified',
  'groups',
  'cognito:groups',
  'roles',
  'status',
  'enabled',
  'mfaEnabled',
  'createdAt',
  'updatedAt',
];

/** Custom attributes belong to the pool's owner, whatever they are called. */
const readOnlyNames = (body: object): ReadonlySet<string> =>
  new Set([...setByServer, ...Object.keys(body).filter((name) => name.startsWith('custom:'))]);

/**
 * The body of a request after its schema has been checked; an address in it is in its canonical form.
 *
 * @throws ApiError `validation_failed`, `unknown_field` or `read_only_field`
 */
export const readBody = <K extends keyof typeof authRequests>(key: K, request: ApiRequest): AuthRequest<K> => {
  const body: Record<string, unknown> = { ...request.body };
  const validator = validators[key];
  if (validator === undefined) throw new Error(`no schema was compiled for the route ${key}`);
  validateBody(validator, body, readOnlyNames(body));
  if (typeof body['email'] === 'string') body['email'] = canonicalEmail(body['email']);
  return body as AuthRequest<K>;
};

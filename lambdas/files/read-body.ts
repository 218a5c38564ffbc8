import { validators } from '@compiled/files';
import type { FilesRequest, filesRequests } from '../../contracts/files-schemas.ts';
import type { ApiRequest } from '../runtime/request.ts';
import { validateBody } from '../runtime/validate-body.ts';

/** Fields of a file that exist, but that only the server sets; a route that takes one has it in its schema. */
const setByServer: ReadonlySet<string> = new Set(['id', 'owner', 'status', 'version', 'createdAt', 'updatedAt', 'url', 'variants', 'key']);

/**
 * The body of a request after its schema has been checked.
 *
 * @throws ApiError `validation_failed`, `unknown_field`, `read_only_field`
 */
export const readBody = <K extends keyof typeof filesRequests>(key: K, { body }: ApiRequest): FilesRequest<K> => {
  const validator = validators[key];
  if (validator === undefined) throw new Error(`no schema was compiled for the route ${key}`);
  validateBody(validator, body, setByServer);
  return body as FilesRequest<K>;
};

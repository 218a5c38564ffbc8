import { fileLimits, type filesRoutes } from './files.ts';
import type { OpenapiParameter } from './openapi-parameters.ts';

type ByRoute = Readonly<Partial<Record<keyof typeof filesRoutes, readonly OpenapiParameter[]>>>;

const text = (name: string, description: string): OpenapiParameter => ({ name, in: 'query', description, schema: { type: 'string' } });
const choice = (name: string, description: string, values: readonly string[]): OpenapiParameter => ({
  name,
  in: 'query',
  description,
  schema: { type: 'string', enum: values, default: values[0] },
});

/** The query parameters of the routes of files. */
export const filesQueryParameters: ByRoute = {
  listFiles: [
    text('owner', 'The `sub` of a user, or `me`. All that the caller may list, if left out'),
    text('record', 'The id of the record that the path of the folder names'),
    choice('status', 'Which files to list', ['ready', 'pending', 'refused', 'any']),
    choice('order', 'By the time of creation: newest or oldest first', ['desc', 'asc']),
    {
      name: 'limit',
      in: 'query',
      description: 'Files a page',
      schema: { type: 'integer', minimum: 1, maximum: fileLimits.pageSize.max, default: fileLimits.pageSize.default },
    },
    text('cursor', 'The cursor of the page before'),
  ],
  createLink: [
    text('variant', 'An image variant that the folder declares. The file itself, if left out'),
    { name: 'download', in: 'query', description: 'Browsers save it and do not show it', schema: { type: 'boolean', default: false } },
    {
      name: 'expiresInSeconds',
      in: 'query',
      description: 'How long the link is good for, at most as long as the definition allows',
      schema: { type: 'integer', minimum: 1 },
    },
  ],
};

const ifMatch: OpenapiParameter = {
  name: 'If-Match',
  in: 'header',
  description: 'The ETag of the file that the change was made from',
  schema: { type: 'string' },
  example: '"1"',
};
const idempotencyKey: OpenapiParameter = {
  name: 'Idempotency-Key',
  in: 'header',
  description: 'A new key for each effect: a request that is repeated with it within 24 hours has its effect once',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
};
const ifNoneMatch: OpenapiParameter = {
  name: 'If-None-Match',
  in: 'header',
  description: 'The ETag of a file that is known already',
  schema: { type: 'string' },
};

/** The header parameters of the routes of files. */
export const filesHeaderParameters: ByRoute = {
  readFile: [ifNoneMatch],
  createUpload: [idempotencyKey],
  updateFile: [ifMatch],
  deleteFile: [ifMatch],
  replaceFile: [ifMatch, idempotencyKey],
  copyFile: [idempotencyKey],
  moveFile: [ifMatch, idempotencyKey],
};

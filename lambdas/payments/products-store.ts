import { BatchGetCommand } from '@aws-sdk/lib-dynamodb';
import { payments } from '@compiled/payments';
import { ApiError } from '../../contracts/errors.ts';
import { backOff, database, maxAttempts, withDeadline } from '../runtime/database-client.ts';
import { requiredVariable } from '../runtime/environment.ts';
import { type Attributes, renamed, storedFormOf, withDefaults } from '../runtime/stored-record.ts';

const { catalog } = payments;
const table = catalog === undefined ? '' : requiredVariable(catalog.model.tableVariable);
const form = catalog === undefined ? undefined : storedFormOf(catalog.model);

const readSome = async (ids: readonly string[], attempt = 1): Promise<readonly Attributes[]> => {
  const command = new BatchGetCommand({ RequestItems: { [table]: { Keys: ids.map((id) => ({ id })), ConsistentRead: true } } });
  const { Responses = {}, UnprocessedKeys = {} } = await withDeadline((options) => database.send(command, options));
  const found = Responses[table] ?? [];
  const left = (UnprocessedKeys[table]?.Keys ?? []).map((key) => String(key['id']));
  if (left.length === 0) return found;
  if (attempt === maxAttempts)
    throw new ApiError('unavailable', 'A service behind this API is busy. Try again in a moment.', { retryAfterSeconds: 2 });
  await backOff(attempt + 3);
  return [...found, ...(await readSome(left, attempt + 1))];
};

/**
 * Reads records of the catalog's model as they are now, in one request; by their ids. What is not there is left out.
 *
 * @throws ApiError `unavailable`, `timeout`
 */
export const readProducts = async (ids: readonly string[]): Promise<ReadonlyMap<string, Attributes>> => {
  if (ids.length === 0) return new Map();
  const items = await readSome(ids);
  return new Map(items.map((item) => [String(item['id']), withDefaults(form, renamed(form?.fieldOf, item))]));
};

import { ApiError } from '../../contracts/errors.ts';
import { constraintsTable } from '../../contracts/key-encoding.ts';
import { fieldReach, isFieldOpen } from '../runtime/authorize.ts';
import type { Action } from '../runtime/request.ts';
import { uniqueKey } from './constraint-keys.ts';
import { type Item, readItem } from './data-store.ts';
import { type ModelEntry, requestedModel } from './models.ts';
import { unreadableField } from './parse-filter.ts';
import { parseReadOptions, recordReply } from './read-record.ts';
import { assertMayRead, notFound } from './record-access.ts';
import { constraintsTableName } from './write-context.ts';

/** The unique record of a value tells the id; what it finds must hold the value still. */
const findByValue = async ({ model, table }: ModelEntry, field: string, value: string, consistent: boolean): Promise<Item | undefined> => {
  const key = { [constraintsTable.partitionKey]: uniqueKey(model, field, value) };
  const holder = await readItem(constraintsTableName, key, consistent);
  if (holder === undefined) return undefined;
  const item = await readItem(table, { id: String(holder['id']) }, consistent);
  return item !== undefined && String(item[field]) === value ? item : undefined;
};

/** GET: the record that holds a unique value. */
export const lookUpRecord: Action = async (request) => {
  const { path, caller } = request;
  const entry = requestedModel(path['model']);
  const { model } = entry;
  assertMayRead(entry, caller);
  const field = path['field'] ?? '';
  if (!model.unique.includes(field)) {
    throw new ApiError('not_found', 'Records can be looked up by the unique fields of the model only.');
  }
  const reach = fieldReach(model.fieldRules[field], 'read', caller);
  if (reach === 'none') throw unreadableField(`/path/${field}`);
  const options = parseReadOptions(entry, request.query);
  const item = await findByValue(entry, field, path['value'] ?? '', options.consistent);
  if (item !== undefined && !isFieldOpen(reach, caller, item)) throw notFound();
  return recordReply(entry, request, options, item);
};

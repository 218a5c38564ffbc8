import { readParameters } from '../runtime/read-parameters.ts';
import type { Action } from '../runtime/request.ts';
import { expandRecords } from './expand-records.ts';
import { meterOf } from './list-meter.ts';
import { listPage } from './list-page.ts';
import { requestedModel } from './models.ts';
import { parseExpand } from './parse-expand.ts';
import { parseFilter } from './parse-filter.ts';
import { parseFields, parseLimit, parseSort } from './query-parameters.ts';
import { assertMayList } from './record-access.ts';

/** GET: one page of the records that the caller may read. */
export const listRecords: Action = async ({ path, query, caller, remainingMs }) => {
  const entry = requestedModel(path['model']);
  const { model } = entry;
  assertMayList(entry, caller);
  const meter = meterOf(query, caller);
  const parameters = readParameters(query, ['filter', 'sort', 'limit', 'cursor', 'fields', 'expand']);
  const limit = parseLimit(parameters.limit);
  const selection = parseFields(model, parameters.fields);
  const relations = parseExpand(model, parameters.expand, limit);
  const filter = parseFilter(model, caller, parameters.filter);
  const sort = parseSort(model, parameters.sort);
  const page = await listPage({ entry, caller, filter, sort }, { limit, cursor: parameters.cursor, remainingMs, meter });
  const items = await expandRecords({ entry, caller, relations, selection, remainingMs }, page.items);
  return { body: { ...page, items, ...meter?.explanation(limit) } };
};

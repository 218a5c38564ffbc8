import { isNotModified } from '../runtime/precondition.ts';
import { readParameters } from '../runtime/read-parameters.ts';
import type { Action, ApiReply, ApiRequest } from '../runtime/request.ts';
import { type Item, readItem } from './data-store.ts';
import { expandRecords } from './expand-records.ts';
import { type ModelEntry, requestedModel } from './models.ts';
import { type ExpandTree, parseExpand } from './parse-expand.ts';
import { parseConsistent, parseFields } from './query-parameters.ts';
import { assertMayRead, isReadable, notFound } from './record-access.ts';
import { recordIdOf } from './record-id.ts';
import { entityTag, type Selection } from './record-view.ts';

/** How a request wants to see one record. */
export interface ReadOptions {
  readonly consistent: boolean;
  readonly selection: Selection;
  readonly relations: ExpandTree;
}

/** @throws ApiError `unknown_field`, `validation_failed` */
export const parseReadOptions = ({ model }: ModelEntry, query: URLSearchParams): ReadOptions => {
  const parameters = readParameters(query, ['fields', 'expand', 'consistent']);
  return {
    consistent: parseConsistent(parameters.consistent),
    selection: parseFields(model, parameters.fields),
    relations: parseExpand(model, parameters.expand, 1),
  };
};

/** Answers a record that was read, if the caller may know of it. */
export const recordReply = async (
  entry: ModelEntry,
  request: ApiRequest,
  options: ReadOptions,
  item: Item | undefined,
): Promise<ApiReply> => {
  const { caller, headers, remainingMs } = request;
  if (item === undefined || !isReadable(entry, caller, item)) throw notFound();
  const etag = entityTag(item);
  const { relations, selection } = options;
  // The tag tells the version of this record, not of those it is expanded with.
  if (relations.size === 0 && isNotModified(headers['if-none-match'], etag)) return { status: 304, headers: { etag } };
  const [body] = await expandRecords({ entry, caller, relations, selection, remainingMs }, [item]);
  return { body, headers: { etag } };
};

/** GET: one record. */
export const readRecord: Action = async (request) => {
  const entry = requestedModel(request.path['model']);
  assertMayRead(entry, request.caller);
  const id = recordIdOf(request.path['id']);
  const options = parseReadOptions(entry, request.query);
  return recordReply(entry, request, options, await readItem(entry.table, { id }, options.consistent));
};

import type { CompiledModel } from '../../contracts/compiled.ts';
import { systemFields } from '../../contracts/data.ts';
import { fieldReach, grantsFor, isFieldOpen, isGranted } from '../runtime/authorize.ts';
import type { ApiReply, Caller } from '../runtime/request.ts';
import type { Item } from './data-store.ts';

/** A record as the API answers it. */
export type RecordView = Readonly<Record<string, unknown>>;

/** What to show of a record: all that the caller may read, or only these fields of it. */
export type Selection = ReadonlySet<string> | undefined;

/** The fields of a record that the caller may read, out of those asked for. The id is always among them. */
export const viewRecord = (model: CompiledModel, caller: Caller, item: Item, selection?: Selection): RecordView => {
  const view: Record<string, unknown> = {};
  for (const name of systemFields) {
    if (item[name] !== undefined && (name === 'id' || selection === undefined || selection.has(name))) view[name] = item[name];
  }
  for (const name of Object.keys(model.fields)) {
    if (selection !== undefined && !selection.has(name)) continue;
    const value = item[name];
    if (value !== undefined && isFieldOpen(fieldReach(model.fieldRules[name], 'read', caller), caller, item)) view[name] = value;
  }
  return view;
};

/** The entity tag of a record: its version. */
export const entityTag = (item: Item): string => `"${String(item['version'])}"`;

/**
 * The answer to a write. A caller who may write but not read the record (any more) learns what the server set, and nothing else.
 */
export const writeReply = (model: CompiledModel, caller: Caller, item: Item): ApiReply => {
  const readable = isGranted(grantsFor(model.rules, 'get', caller), item);
  const body = viewRecord(model, caller, item, readable ? undefined : new Set(['version', 'createdAt', 'updatedAt']));
  return { body, headers: { etag: entityTag(item) } };
};

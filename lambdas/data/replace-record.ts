import type { CompiledModel } from '../../contracts/compiled.ts';
import { systemFields } from '../../contracts/data.ts';
import { ApiError } from '../../contracts/errors.ts';
import { fieldReach, isFieldOpen } from '../runtime/authorize.ts';
import type { Action, ApiRequest, Caller } from '../runtime/request.ts';
import { causeAttributes } from '../runtime/write-cause.ts';
import { directUpdate } from './change-record.ts';
import { checkInput } from './check-input.ts';
import type { Item } from './data-store.ts';
import { assertKeysFit, withKeys } from './index-keys.ts';
import { modifyRecord, type PlannedChange } from './modify-record.ts';
import { writeReply } from './record-view.ts';
import { asksHook } from './run-hooks.ts';
import { splitOwner } from './system-write.ts';
import { writeContextOf } from './write-context.ts';

type Values = Readonly<Record<string, unknown>>;

/** What is to be kept of a stored record: what the server sets, and fields that the caller may not write. */
const keptOf = (model: CompiledModel, caller: Caller, stored: Item): Item => {
  const closed = Object.keys(model.fields).filter(
    (name) => !isFieldOpen(fieldReach(model.fieldRules[name], 'write', caller), caller, stored),
  );
  return Object.fromEntries([...systemFields, ...closed].filter((name) => stored[name] !== undefined).map((name) => [name, stored[name]]));
};

const toAssignments = (values: Values) => {
  const entries = Object.entries(values);
  return {
    set: entries.filter(([, value]) => value !== undefined).map(([name, value]) => ({ path: [name], value })),
    remove: entries.filter(([, value]) => value === undefined).map(([name]) => [name]),
    maps: [],
  };
};

/** Checks a replacement as far as that can be done without the stored record. */
export const planReplace = (request: ApiRequest): PlannedChange => {
  const context = writeContextOf(request, 'update');
  const { entry, caller, id, nowMs } = context;
  const { model } = entry;
  const { id: bodyId = id, ...unsplit } = request.body ?? {};
  if (bodyId !== id) throw new ApiError('id_mismatch', 'The id of the body is not the id of the path. Leave it out of the body.');
  const { fields: body, given } = splitOwner(caller, unsplit);
  const names = Object.keys(model.fields);
  const reaches = new Map(names.map((name) => [name, fieldReach(model.fieldRules[name], 'write', caller)]));
  const kept = new Set(names.filter((name) => reaches.get(name) === 'none' || (reaches.get(name) === 'own' && !Object.hasOwn(body, name))));
  const { values, ownFields } = checkInput({ model, caller, validator: entry.validators.replace, kept }, body);
  assertKeysFit(model, values);
  const updatedAt = new Date(nowMs).toISOString();
  const owned = { ...context, ownFields };
  const open = names.filter((name) => !kept.has(name));
  const written: Values = { ...Object.fromEntries(open.map((name) => [name, values[name]])), ...given };
  // Whether an owner's field that was left out is to be removed depends on whose record it is.
  const dependsOnOwner = [...kept].some((name) => reaches.get(name) === 'own');
  const modification = {
    direct:
      dependsOnOwner || asksHook(entry, 'update', caller)
        ? undefined
        : directUpdate(owned, { assignments: toAssignments(written), values: written, updatedAt }),
    next: (stored: Item) => ({
      ...withKeys(model, { ...values, ...keptOf(model, caller, stored), ...given, updatedAt, version: Number(stored['version']) + 1 }),
      ...causeAttributes(caller),
    }),
    reply: (item: Item = {}) => writeReply(model, caller, item),
  };
  return { context: owned, modification };
};

/** PUT: replaces all fields of a record that the caller may write. */
export const replaceRecord: Action = async (request) => modifyRecord(planReplace(request));

import { ApiError } from '../../contracts/errors.ts';
import type { Action, ApiRequest } from '../runtime/request.ts';
import { causeAttributes } from '../runtime/write-cause.ts';
import { directUpdate } from './change-record.ts';
import { type CheckedInput, checkInput } from './check-input.ts';
import type { Item } from './data-store.ts';
import { applyOperators, splitOperators, toOperators } from './field-operators.ts';
import { assertKeysFit, withKeys } from './index-keys.ts';
import { assertRemovable, patchRecord, toAssignments } from './merge-patch.ts';
import { modifyRecord, type PlannedChange } from './modify-record.ts';
import { writeReply } from './record-view.ts';
import { asksHook } from './run-hooks.ts';
import { splitOwner } from './system-write.ts';
import { type WriteContext, writeContextOf } from './write-context.ts';

/** Checks the operands of operators by the same rules as values. */
const checkOperands = ({ entry, caller }: WriteContext, operands: Readonly<Record<string, unknown>>): CheckedInput => {
  const { model, validators } = entry;
  const validator = validators.operators;
  return validator === undefined ? { values: {}, ownFields: [] } : checkInput({ model, caller, validator }, operands);
};

/** Checks a patch as far as that can be done without the stored record. */
export const planUpdate = (request: ApiRequest): PlannedChange => {
  const context = writeContextOf(request, 'update');
  const { entry, caller, id, nowMs } = context;
  const { model } = entry;
  const { body = {} } = request;
  if (body['id'] !== undefined && body['id'] !== id) {
    throw new ApiError('id_mismatch', 'The id of the body is not the id of the path. Leave it out of the body.');
  }
  const { fields, given } = splitOwner(caller, body);
  const { values, operands } = splitOperators(model, fields);
  assertRemovable(model, values);
  const operated = checkOperands(context, operands);
  const { values: checked, ownFields } = checkInput({ model, caller, validator: entry.validators.update }, values);
  const patch = { ...checked, ...given };
  assertKeysFit(model, patch);
  const operators = toOperators(model, operated.values);
  const updatedAt = new Date(nowMs).toISOString();
  const owned = { ...context, ownFields: [...ownFields, ...operated.ownFields] };
  const patched = (stored: Item): Item => applyOperators(entry, patchRecord(model, stored, patch), operators);
  const modification = {
    direct: asksHook(entry, 'update', caller)
      ? undefined
      : directUpdate(owned, { assignments: toAssignments(model, patch), values: patch, updatedAt, operators }),
    next: (stored: Item) => ({
      ...withKeys(model, { ...patched(stored), updatedAt, version: Number(stored['version']) + 1 }),
      ...causeAttributes(caller),
    }),
    reply: (item: Item = {}) => writeReply(model, caller, item),
  };
  return { context: owned, modification };
};

/** PATCH: an RFC 7396 merge patch of a record, with operators for numbers and lists. */
export const updateRecord: Action = async (request) => modifyRecord(planUpdate(request));

import { ApiError } from '../../contracts/errors.ts';
import type { Action } from '../runtime/request.ts';
import { directUpdate } from './change-record.ts';
import { checkInput } from './check-input.ts';
import { assertKeysFit, withKeys } from './index-keys.ts';
import { assertRemovable, patchRecord, toAssignments } from './merge-patch.ts';
import { modifyRecord } from './modify-record.ts';
import { writeReply } from './record-view.ts';
import { writeContextOf } from './write-context.ts';

/** PATCH: an RFC 7396 merge patch of a record. */
export const updateRecord: Action = async (request) => {
  const context = writeContextOf(request, 'update');
  const { entry, caller, id, nowMs } = context;
  const { model } = entry;
  const { body = {} } = request;
  if (body['id'] !== undefined && body['id'] !== id) {
    throw new ApiError('id_mismatch', 'The id of the body is not the id of the path. Leave it out of the body.');
  }
  assertRemovable(model, body);
  const { values: patch, ownFields } = checkInput({ model, caller, validator: entry.validators.update }, body);
  assertKeysFit(model, patch);
  const updatedAt = new Date(nowMs).toISOString();
  const owned = { ...context, ownFields };
  return modifyRecord(owned, {
    direct: directUpdate(owned, { assignments: toAssignments(model, patch), values: patch, updatedAt }),
    next: (stored) => withKeys(model, { ...patchRecord(model, stored, patch), updatedAt, version: Number(stored['version']) + 1 }),
    reply: (item = {}) => writeReply(model, caller, item),
  });
};

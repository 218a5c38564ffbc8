import { data } from '@compiled/data';
import type { Action, ApiRequest } from '../runtime/request.ts';
import type { Write } from './data-store.ts';
import { ExpressionScope } from './expression.ts';
import { finishDeletion } from './finish-deletion.ts';
import { modifyRecord, type PlannedChange } from './modify-record.ts';
import { hasDependants, isDeletedAlone } from './record-effects.ts';
import { asksHook } from './run-hooks.ts';
import { guardExpression, type WriteContext, writeContextOf } from './write-context.ts';

/** What one request deletes or changes of the records that depended on its own. The rest follows at once, without it. */
const maxInlineRecords = 100;
const maxInlineMs = 4_000;
const reserveMs = 6_000;

const directDelete = (context: WriteContext): Write => {
  const scope = new ExpressionScope();
  const condition = guardExpression(context, scope);
  return { kind: 'delete', table: context.entry.table, key: { id: context.id }, condition, parameters: scope.parameters() };
};

/** Deletes or changes the first records that depended on a deleted one. A function that has not all models leaves them to deletions-handler.ts. */
export const followDeletion = async (model: string, id: string, remainingMs: () => number): Promise<void> => {
  if (data.isPart) return;
  const endsAt = Date.now() + maxInlineMs;
  const hasTime = (): boolean => Date.now() < endsAt && remainingMs() > reserveMs;
  // The delete itself is done. What fails here, deletions-handler.ts does.
  await finishDeletion({ model, id }, { records: maxInlineRecords, hasTime }).catch(() => false);
};

/** Checks a delete as far as that can be done without the stored record. */
export const planDelete = (request: ApiRequest): PlannedChange => {
  const context = writeContextOf(request, 'delete');
  const { entry, caller } = context;
  const direct = isDeletedAlone(entry.model) && !asksHook(entry, 'delete', caller) ? directDelete(context) : undefined;
  return { context, modification: { direct, next: () => undefined, reply: () => ({}) } };
};

/** DELETE: removes a record, with its unique values, and what depends on it. */
export const deleteRecord: Action = async (request) => {
  const planned = planDelete(request);
  const { context } = planned;
  const { model } = context.entry;
  const reply = await modifyRecord(planned);
  if (hasDependants(model)) await followDeletion(model.name, context.id, request.remainingMs);
  return reply;
};

import type { Action } from '../runtime/request.ts';
import type { Write } from './data-store.ts';
import { ExpressionScope } from './expression.ts';
import { modifyRecord } from './modify-record.ts';
import { guardExpression, type WriteContext, writeContextOf } from './write-context.ts';

const directDelete = (context: WriteContext): Write => {
  const scope = new ExpressionScope();
  const condition = guardExpression(context, scope);
  return { kind: 'delete', table: context.entry.table, key: { id: context.id }, condition, parameters: scope.parameters() };
};

/** DELETE: removes a record, and with it its unique values. */
export const deleteRecord: Action = async (request) => {
  const context = writeContextOf(request, 'delete');
  const holdsUniqueValues = context.entry.model.unique.length > 0;
  return modifyRecord(context, {
    direct: holdsUniqueValues ? undefined : directDelete(context),
    next: () => undefined,
    reply: () => ({}),
  });
};

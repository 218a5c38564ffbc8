import type { CompiledModel, CompiledReference } from '../../contracts/compiled.ts';
import { ApiError, type FieldError } from '../../contracts/errors.ts';
import { grantsFor } from '../runtime/authorize.ts';
import { anyOf, isAlways } from '../runtime/predicate.ts';
import type { Caller } from '../runtime/request.ts';
import { type Item, queryItems, type Write } from './data-store.ts';
import { ExpressionScope, predicateExpression } from './expression.ts';
import { findModel } from './models.ts';
import { isRecordId } from './record-id.ts';

/** The refusal of ids that lead nowhere, as far as the caller may know. */
export const invalidReference = (fields: readonly string[]): ApiError => {
  const errors = fields.map(
    (field): FieldError => ({
      pointer: `/${field}`,
      code: 'invalid_reference',
      detail: 'There is no such record, or you may not read it.',
    }),
  );
  return new ApiError('invalid_reference', `There is no such record, or you may not read it: ${fields.join(', ')}.`, { errors });
};

/** The refusal of a delete because of records that depend on the record. */
export const stillReferenced = (models: readonly string[]): ApiError =>
  new ApiError('still_referenced', `Records of ${[...new Set(models)].join(', ')} refer to this one. Delete or change them first.`);

/** A check that the record a field leads to is there and that the caller may read it, so that both failures look the same. */
export interface ReferenceCheck {
  readonly fields: readonly string[];
  readonly write: Write;
}

const checkWrite = (target: string, id: string, caller: Caller | undefined): Write | undefined => {
  const { model, table } = findModel(target);
  const grants = caller === undefined ? [] : grantsFor(model.rules, 'get', caller);
  if (caller !== undefined && grants.length === 0) return undefined;
  const readable = anyOf(grants);
  const scope = new ExpressionScope();
  const exists = `attribute_exists(${scope.name('id')})`;
  const isOpen = caller === undefined || isAlways(readable);
  const condition = isOpen ? exists : `${exists} AND (${predicateExpression(readable, scope)})`;
  return { kind: 'check', table, key: { id }, condition, parameters: scope.parameters() };
};

/**
 * The checks of the ids that a change brings in. Done in the transaction of the change, they hold against deletes at the same time.
 *
 * @throws ApiError `invalid_reference` for what is no id, for the record itself, and for models of which the caller may read nothing
 */
export const referenceChecks = (
  model: CompiledModel,
  caller: Caller | undefined,
  before: Item | undefined,
  after: Item,
): readonly ReferenceCheck[] => {
  const changed = model.references.filter(({ field }) => after[field] !== undefined && after[field] !== before?.[field]);
  const byTarget = new Map<string, ReferenceCheck>();
  const refused: string[] = [];
  for (const { model: target, field } of changed) {
    const id = after[field];
    const isItself = target === model.name && id === after['id'];
    const write = isRecordId(id) && !isItself ? checkWrite(target, id, caller) : undefined;
    const key = `${target}#${String(id)}`;
    if (write === undefined) refused.push(field);
    else byTarget.set(key, { fields: [...(byTarget.get(key)?.fields ?? []), field], write });
  }
  if (refused.length > 0) throw invalidReference(refused);
  return [...byTarget.values()];
};

/** The index of a referrer that finds its records by the id they hold. */
export const referrerQuery = ({ model: name, field }: CompiledReference, id: string) => {
  const { model, table } = findModel(name);
  const index = model.indexes.find(({ partition }) => partition === field);
  if (index === undefined) throw new Error(`no index of ${name} begins with ${field}: compile the definition again`);
  return {
    table,
    index: index.name,
    condition: '#f = :i',
    parameters: { ExpressionAttributeNames: { '#f': index.partitionAttribute }, ExpressionAttributeValues: { ':i': id } },
    descending: false,
  };
};

/**
 * Refuses the delete of a record on which others depend, as far as the indexes tell. The counters in the transaction of the
 * delete decide exactly; the indexes also know the records of before there were counters.
 *
 * @throws ApiError `still_referenced`
 */
export const assertUnreferenced = async ({ referrers }: CompiledModel, id: string): Promise<void> => {
  const restricting = referrers.filter(({ onDelete }) => onDelete === 'restrict');
  const found = await Promise.all(restricting.map((referrer) => queryItems({ ...referrerQuery(referrer, id), limit: 1, countOnly: true })));
  const models = restricting.filter((_referrer, index) => (found[index]?.count ?? 0) > 0).map(({ model }) => model);
  if (models.length > 0) throw stillReferenced(models);
};

import type { CompiledModel } from '../../contracts/compiled.ts';
import type { Write } from './data-store.ts';
import { ExpressionScope, maxExpressionLength } from './expression.ts';
import { keyChanges } from './index-keys.ts';
import type { Assignments } from './merge-patch.ts';
import { guardExpression, type WriteContext } from './write-context.ts';

/** DynamoDB takes 300 operators and functions in an expression ("Service quotas"). */
const maxAssignments = 150;

/** Changes of named fields. */
export interface FieldChanges {
  readonly assignments: Assignments;
  /** The new values of the fields that change; undefined or null for a removed one. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly updatedAt: string;
}

const touchesUniqueValues = (model: CompiledModel, values: Readonly<Record<string, unknown>>): boolean =>
  model.unique.length > 0 && [...model.unique, model.ttl].some((field) => field !== undefined && Object.hasOwn(values, field));

const clause = (word: string, parts: readonly string[]): string => (parts.length === 0 ? '' : `${word} ${parts.join(',')} `);

/**
 * The one conditional request that changes fields of a record that was not read: guard, assignments and index keys in one.
 * Undefined where the stored values are needed: for unique values, for an index key of which only a part changes, and for
 * more assignments than an expression holds.
 */
export const directUpdate = (context: WriteContext, { assignments, values, updatedAt }: FieldChanges): Write | undefined => {
  const { model, table } = context.entry;
  const keys = keyChanges(model, { ...values, updatedAt });
  const { set, remove, maps } = assignments;
  if (keys.incomplete || touchesUniqueValues(model, values) || set.length + remove.length + maps.length > maxAssignments) return undefined;
  const scope = new ExpressionScope();
  const sets = [
    ...set.map(({ path, value }) => `${scope.path(path)}=${scope.value(value)}`),
    ...Object.entries({ ...keys.set, updatedAt }).map(([attribute, value]) => `${scope.name(attribute)}=${scope.value(value)}`),
  ];
  const removes = [...remove.map((path) => scope.path(path)), ...keys.remove.map((attribute) => scope.name(attribute))];
  const expression = `${clause('SET', sets)}${clause('REMOVE', removes)}ADD ${scope.name('version')} ${scope.value(1)}`;
  const isMap = maps.map((path) => `attribute_type(${scope.path(path)},${scope.value('M')})`);
  const condition = [guardExpression(context, scope), ...isMap].join(' AND ');
  if (Math.max(expression.length, condition.length) > maxExpressionLength) return undefined;
  return { kind: 'update', table, key: { id: context.id }, expression, condition, parameters: scope.parameters() };
};

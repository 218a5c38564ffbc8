import type { CompiledModel } from '../../contracts/compiled.ts';
import { causeAttributes } from '../runtime/write-cause.ts';
import type { Write } from './data-store.ts';
import { ExpressionScope, maxExpressionLength } from './expression.ts';
import { type FieldOperator, operatorClauses } from './field-operators.ts';
import { isPartOfAttribute, keyChanges } from './index-keys.ts';
import type { Assignments } from './merge-patch.ts';
import { fieldsWithEffects } from './record-effects.ts';
import { guardExpression, type WriteContext } from './write-context.ts';

/** DynamoDB takes 300 operators and functions in an expression ("Service quotas"). */
const maxAssignments = 150;

/** Changes of named fields. */
export interface FieldChanges {
  readonly assignments: Assignments;
  /** The new values of the fields that change; undefined or null for a removed one. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly updatedAt: string;
  /** Changes that the database makes of stored values. @default none */
  readonly operators?: readonly FieldOperator[];
}

const touchesOtherItems = (model: CompiledModel, values: Readonly<Record<string, unknown>>): boolean =>
  fieldsWithEffects(model).some((field) => Object.hasOwn(values, field));

/** Whether other attributes or items follow from what an operator gives, so that its outcome must be known. */
const needsOutcome = (model: CompiledModel, { field }: FieldOperator): boolean =>
  isPartOfAttribute(model, field) || fieldsWithEffects(model).includes(field);

const clause = (word: string, parts: readonly string[]): string => (parts.length === 0 ? '' : `${word} ${parts.join(',')} `);

/**
 * The one conditional request that changes fields of a record that was not read: guard, assignments and index keys in one.
 * Undefined where the stored values are needed: for unique values, counters and references, for an index key of which only a part changes, and for
 * more assignments than an expression holds.
 */
export const directUpdate = (context: WriteContext, changes: FieldChanges): Write | undefined => {
  const { assignments, values, updatedAt, operators = [] } = changes;
  const { model, table } = context.entry;
  const keys = keyChanges(model, { ...values, updatedAt });
  const { set, remove, maps } = assignments;
  if (keys.incomplete || touchesOtherItems(model, values) || set.length + remove.length + maps.length + operators.length > maxAssignments)
    return undefined;
  if (operators.some((operator) => needsOutcome(model, operator))) return undefined;
  const scope = new ExpressionScope();
  const operated = operators.map((operator) => operatorClauses(operator, scope));
  const sets = [
    ...set.map(({ path, value }) => `${scope.path(path)}=${scope.value(value)}`),
    ...Object.entries({ ...keys.set, ...causeAttributes(context.caller), updatedAt }).map(
      ([attribute, value]) => `${scope.name(attribute)}=${scope.value(value)}`,
    ),
    ...operated.map((each) => each.assignment),
  ];
  const removes = [...remove.map((path) => scope.path(path)), ...keys.remove.map((attribute) => scope.name(attribute))];
  const expression = `${clause('SET', sets)}${clause('REMOVE', removes)}ADD ${scope.name('version')} ${scope.value(1)}`;
  const isMap = maps.map((path) => `attribute_type(${scope.path(path)},${scope.value('M')})`);
  const condition = [guardExpression(context, scope), ...isMap, ...operated.flatMap((each) => each.conditions)].join(' AND ');
  if (Math.max(expression.length, condition.length) > maxExpressionLength) return undefined;
  return { kind: 'update', table, key: { id: context.id }, expression, condition, parameters: scope.parameters() };
};

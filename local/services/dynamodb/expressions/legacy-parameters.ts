import { validationError } from '../dynamodb-errors.ts';
import { type AttributeValue, type Item, setAttribute, typeOf } from '../values/attribute-value.ts';
import type { Condition, Operand } from './expression-tree.ts';
import { addTo, deleteFrom } from './update.ts';

/** `Expected`, `QueryFilter`, `ScanFilter` and `KeyConditions`: one entry for each attribute. */
export type LegacyConditions = Readonly<
  Record<string, { ComparisonOperator?: string; AttributeValueList?: readonly AttributeValue[]; Value?: AttributeValue; Exists?: boolean }>
>;

export type LegacyUpdates = Readonly<Record<string, { Action?: string; Value?: AttributeValue }>>;

const COMPARISONS: Readonly<Record<string, '=' | '<>' | '<' | '<=' | '>' | '>=' | 'between' | 'in'>> = {
  EQ: '=',
  NE: '<>',
  LT: '<',
  LE: '<=',
  GT: '>',
  GE: '>=',
  BETWEEN: 'between',
  IN: 'in',
};

/** The condition that the parameters of before 2014 stand for. */
export function legacyCondition(conditions: LegacyConditions | undefined, operator: 'AND' | 'OR' = 'AND'): Condition | undefined {
  const parts = Object.entries(conditions ?? {}).map(([name, condition]) => attributeCondition(name, condition));
  return parts.reduce<Condition | undefined>(
    (joined, part) => (joined === undefined ? part : { type: operator === 'OR' ? 'or' : 'and', args: [joined, part] }),
    undefined,
  );
}

function attributeCondition(name: string, condition: LegacyConditions[string]): Condition {
  const path = [name];
  const values = condition.AttributeValueList ?? (condition.Value === undefined ? [] : [condition.Value]);
  if (condition.Exists === false) return existence(false, path);
  const operator = condition.ComparisonOperator ?? 'EQ';
  const comparison = COMPARISONS[operator];
  if (comparison !== undefined) return { type: comparison, args: [path, ...values] };
  switch (operator) {
    case 'NULL':
    case 'NOT_NULL':
      return existence(operator === 'NOT_NULL', path);
    case 'NOT_CONTAINS':
      return { type: 'and', args: [existence(true, path), { type: 'not', args: [containment(path, values)] }] };
    case 'CONTAINS':
      return containment(path, values);
    default:
      return { type: 'function', name: 'begins_with', args: [path, ...values] };
  }
}

function existence(exists: boolean, path: string[]): Condition {
  return { type: 'function', name: exists ? 'attribute_exists' : 'attribute_not_exists', args: [path] };
}

function containment(path: string[], values: readonly Operand[]): Condition {
  return { type: 'function', name: 'contains', args: [path, ...values] };
}

/** The item after `AttributeUpdates`. */
export function applyLegacyUpdates(updates: LegacyUpdates, before: Item): Item {
  const after = { ...before };
  for (const [name, { Action, Value }] of Object.entries(updates)) {
    const value = updatedValue(Action ?? 'PUT', Value, after[name]);
    if (value === undefined) delete after[name];
    else setAttribute(after, name, value);
  }
  return after;
}

function updatedValue(action: string, value: AttributeValue | undefined, existing: AttributeValue | undefined): AttributeValue | undefined {
  if (action === 'PUT' || value === undefined) return action === 'DELETE' ? undefined : value;
  if (existing !== undefined && typeOf(existing) !== typeOf(value)) throw validationError('Type mismatch for attribute to update');
  if (action === 'DELETE') return deleteFrom(existing, value);
  if ('L' in value) return existing !== undefined && 'L' in existing ? { L: [...existing.L, ...value.L] } : value;
  return addTo(existing, value);
}

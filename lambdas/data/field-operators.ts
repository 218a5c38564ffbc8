import type { CompiledField, CompiledModel, OperatorLimits } from '../../contracts/compiled.ts';
import { validateBody } from '../runtime/validate-body.ts';
import type { Item } from './data-store.ts';
import type { ExpressionScope } from './expression.ts';
import type { ModelEntry } from './models.ts';

type Values = Readonly<Record<string, unknown>>;

/** A change of one field that is made from its stored value. */
export type FieldOperator = { readonly field: string; readonly limits: OperatorLimits; readonly nullable: boolean } & (
  | { readonly kind: 'increment'; readonly amount: number; readonly start: number }
  | { readonly kind: 'append' | 'prepend'; readonly items: readonly unknown[]; readonly start: readonly unknown[] }
);

const isObject = (value: unknown): value is Values => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A patch with its operators apart from its values. An object is a number or list of nobody, so it can only be an operator. */
export const splitOperators = (model: CompiledModel, body: Values): { readonly values: Values; readonly operands: Values } => {
  const takesOperators = (name: string): boolean => Object.hasOwn(model.fields, name) && model.fields[name]?.operators !== undefined;
  const isOperand = ([name, value]: readonly [string, unknown]): boolean => isObject(value) && takesOperators(name);
  const entries = Object.entries(body);
  return {
    values: Object.fromEntries(entries.filter((entry) => !isOperand(entry))),
    operands: Object.fromEntries(entries.filter(isOperand)),
  };
};

const toOperator = (
  name: string,
  { operators: limits = {}, nullable, default: initial }: CompiledField,
  operand: Values,
): FieldOperator => {
  const [[kind, value] = ['', undefined]] = Object.entries(operand);
  if (kind === 'increment') {
    return { kind, field: name, limits, nullable, amount: Number(value), start: typeof initial === 'number' ? initial : 0 };
  }
  const items = value as readonly unknown[];
  return { kind: kind as 'append' | 'prepend', field: name, limits, nullable, items, start: Array.isArray(initial) ? initial : [] };
};

/** The operators of a patch, after their operands were checked. A field without a value starts from its default, else from 0 or []. */
export const toOperators = (model: CompiledModel, operands: Values): readonly FieldOperator[] =>
  Object.entries(operands).flatMap(([name, operand]) => {
    const field = model.fields[name];
    return field === undefined ? [] : [toOperator(name, field, operand as Values)];
  });

/** Sums of doubles have digits that nobody wrote (0.1 + 0.2); the database adds in decimals. */
const maxDigits = 15;
const add = (left: number, right: number): number => {
  const sum = left + right;
  return Number.isInteger(sum) ? sum : Number(sum.toPrecision(maxDigits));
};

const resultOf = (operator: FieldOperator, stored: unknown): unknown => {
  if (operator.kind === 'increment') return add(typeof stored === 'number' ? stored : operator.start, operator.amount);
  const list: readonly unknown[] = Array.isArray(stored) ? stored : operator.start;
  return operator.kind === 'append' ? [...list, ...operator.items] : [...operator.items, ...list];
};

/**
 * A record after its operators.
 *
 * @throws ApiError `validation_failed` for results that break the schema
 */
export const applyOperators = ({ validators }: ModelEntry, record: Item, operators: readonly FieldOperator[]): Item => {
  if (operators.length === 0) return record;
  const results = Object.fromEntries(operators.map((operator) => [operator.field, resultOf(operator, record[operator.field])]));
  validateBody(validators.update, results);
  return { ...record, ...results };
};

/** An operator as parts of the one request that changes the record. */
export interface OperatorClauses {
  readonly assignment: string;
  /** What the stored value must be, so that the result keeps to the schema. */
  readonly conditions: readonly string[];
}

const keepsLimits = (value: number, { minimum, maximum, exclusiveMinimum, exclusiveMaximum }: OperatorLimits): boolean =>
  (minimum === undefined || value >= minimum) &&
  (maximum === undefined || value <= maximum) &&
  (exclusiveMinimum === undefined || value > exclusiveMinimum) &&
  (exclusiveMaximum === undefined || value < exclusiveMaximum);

/** What holds for stored numbers to which the amount can be added. */
const roomFor = (amount: number, limits: OperatorLimits): readonly (readonly [comparator: string, bound: number])[] => {
  const bounds: readonly (readonly [string, number | undefined])[] =
    amount < 0
      ? [
          ['>=', limits.minimum],
          ['>', limits.exclusiveMinimum],
        ]
      : [
          ['<=', limits.maximum],
          ['<', limits.exclusiveMaximum],
        ];
  return bounds.flatMap(([comparator, bound]) => (bound === undefined ? [] : [[comparator, add(bound, -amount)] as const]));
};

/** The condition for stored values, beside that the field may have none if the result then is good, too. */
const orAbsent = (name: string, present: readonly string[], isGoodFromStart: boolean): readonly string[] => {
  if (!isGoodFromStart) return present.length > 0 ? present : [`attribute_exists(${name})`];
  if (present.length === 0) return [];
  const all = present.join(' AND ');
  return [`(attribute_not_exists(${name}) OR ${present.length > 1 ? `(${all})` : all})`];
};

/** The parts of the expressions that make the database do the operator. */
export const operatorClauses = (operator: FieldOperator, scope: ExpressionScope): OperatorClauses => {
  const { field, limits, nullable } = operator;
  const name = scope.name(field);
  const stored = `if_not_exists(${name},${scope.value(operator.start)})`;
  // A stored null is no number and no list; what becomes of it is decided with the record in hand.
  const type = (text: string): readonly string[] => (nullable ? [`attribute_type(${name},${scope.value(text)})`] : []);
  if (operator.kind === 'increment') {
    const { amount, start } = operator;
    const present = [...type('N'), ...roomFor(amount, limits).map(([comparator, bound]) => `${name} ${comparator} ${scope.value(bound)}`)];
    const conditions = orAbsent(name, present, keepsLimits(add(start, amount), limits));
    return { assignment: `${name}=${stored}+${scope.value(amount)}`, conditions };
  }
  const { kind, items, start } = operator;
  const { maxItems } = limits;
  const room = maxItems === undefined ? [] : [`size(${name}) <= ${scope.value(maxItems - items.length)}`];
  const conditions = orAbsent(name, [...type('L'), ...room], maxItems === undefined || start.length + items.length <= maxItems);
  const added = scope.value(items);
  return { assignment: `${name}=list_append(${kind === 'append' ? `${stored},${added}` : `${added},${stored}`})`, conditions };
};

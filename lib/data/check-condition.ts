import type { FieldKind } from '../../contracts/compiled.ts';
import { dataLimits } from '../../contracts/data.ts';
import { type Filter, type FilterOperator, filterOperators } from '../../contracts/filter.ts';
import type { FieldFacts } from './compile-fields.ts';

type Facts = Readonly<Record<string, FieldFacts>>;

const isPlainObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const show = (value: unknown): string => JSON.stringify(value) ?? String(value);

const operandTypes: Readonly<Record<FieldKind, 'string' | 'number' | 'boolean' | undefined>> = {
  string: 'string',
  dateTime: 'string',
  number: 'number',
  integer: 'number',
  boolean: 'boolean',
  array: undefined,
  object: undefined,
  json: undefined,
};

const checkValue = (value: unknown, field: FieldFacts, at: string): void => {
  const expected = operandTypes[field.kind];
  if (expected === undefined)
    throw new Error(
      `${at} compares a field of the kind ${field.kind}: only "exists"${field.kind === 'array' ? ' and "contains"' : ''} can be asked of it`,
    );
  if (typeof value !== expected || (expected === 'number' && !Number.isFinite(value))) {
    throw new Error(`${at} has the operand ${show(value)}, but the field is of the kind ${field.kind}: use a ${expected}`);
  }
  if (field.values !== undefined && !field.values.includes(value)) {
    throw new Error(`${at} has the operand ${show(value)}, which the field never has: use one of ${field.values.map(show).join(', ')}`);
  }
  if (field.kind !== 'dateTime') return;
  const date = new Date(String(value));
  const normal = Number.isNaN(date.getTime()) ? '2026-01-31T12:00:00.000Z' : date.toISOString();
  if (normal !== value) throw new Error(`${at} has the operand ${show(value)}: write dates in UTC with milliseconds, as "${normal}"`);
};

type OperandCheck = (operand: unknown, field: FieldFacts, at: string) => void;

const checkList =
  (least: number, most: number): OperandCheck =>
  (operand, field, at) => {
    if (!Array.isArray(operand) || operand.length < least || operand.length > most) {
      throw new Error(`${at} has the operand ${show(operand)}: use a list of ${least === most ? least : `${least} to ${most}`} values`);
    }
    for (const value of operand) checkValue(value, field, at);
  };

const checkPart: OperandCheck = (operand, field, at) => {
  if (field.kind !== 'string' && field.kind !== 'dateTime') {
    throw new Error(`${at} asks for a part of a field of the kind ${field.kind}: only texts have parts`);
  }
  if (typeof operand !== 'string' || operand === '') throw new Error(`${at} has the operand ${show(operand)}: use a text`);
};

const checkItem: OperandCheck = (operand, field, at) => {
  if (field.kind !== 'array') checkPart(operand, field, at);
  else if (!['string', 'number', 'boolean'].includes(typeof operand)) {
    throw new Error(`${at} has the operand ${show(operand)}: use a text, number or boolean`);
  }
};

const checkExists: OperandCheck = (operand, _field, at) => {
  if (typeof operand !== 'boolean') throw new Error(`${at} has the operand ${show(operand)}: use true or false`);
};

const checkOrder: OperandCheck = (operand, field, at) => {
  if (field.kind === 'boolean') throw new Error(`${at} orders a boolean: use eq or ne`);
  checkValue(operand, field, at);
};

const operandChecks: Readonly<Record<FilterOperator, OperandCheck>> = {
  eq: checkValue,
  ne: checkValue,
  lt: checkOrder,
  lte: checkOrder,
  gt: checkOrder,
  gte: checkOrder,
  between: checkList(2, 2),
  in: checkList(1, dataLimits.maxInOperands),
  contains: checkItem,
  beginsWith: checkPart,
  exists: checkExists,
};

const checkComparison = (name: string, comparison: unknown, fields: Facts, at: string): void => {
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (field === undefined)
    throw new Error(`${at} names the field ${show(name)}, which the model does not have: use one of ${Object.keys(fields).join(', ')}`);
  if (!isPlainObject(comparison)) {
    checkValue(comparison, field, `${at}.${name}`);
    return;
  }
  if (Object.keys(comparison).length === 0)
    throw new Error(`${at}.${name} compares with nothing: use one of ${filterOperators.join(', ')}`);
  for (const [operator, operand] of Object.entries(comparison)) {
    if (!(filterOperators as readonly string[]).includes(operator)) {
      throw new Error(`${at}.${name} has the operator ${show(operator)}, which does not exist: use one of ${filterOperators.join(', ')}`);
    }
    operandChecks[operator as FilterOperator](operand, field, `${at}.${name}.${operator}`);
  }
};

/**
 * Refuses a rule's condition that could never be evaluated.
 *
 * @throws Error that names the field, the operator and the operand
 */
export const checkCondition = (condition: Filter | undefined, fields: Facts, at: string): void => {
  if (!isPlainObject(condition) || Object.keys(condition).length === 0) {
    throw new Error(`${at} is ${show(condition)}: compare at least one field, or leave the condition out`);
  }
  for (const [name, part] of Object.entries(condition)) {
    if (name === 'and' || name === 'or') {
      if (!Array.isArray(part) || part.length === 0) throw new Error(`${at}.${name} is ${show(part)}: use a list of conditions`);
      part.forEach((inner, index) => {
        checkCondition(inner, fields, `${at}.${name}[${index}]`);
      });
    } else if (name === 'not') checkCondition(part as Filter, fields, `${at}.not`);
    else checkComparison(name, part, fields, at);
  }
};

import type { CompiledField, CompiledModel, FieldKind } from '../../contracts/compiled.ts';
import { dataLimits } from '../../contracts/data.ts';
import { ApiError } from '../../contracts/errors.ts';
import { type FilterOperator, type FilterValue, filterOperators } from '../../contracts/filter.ts';
import { fieldReach } from '../runtime/authorize.ts';
import { escapePointer } from '../runtime/json-pointer.ts';
import { allOf, always, anyOf, compareValues, noneOf, type Predicate, term } from '../runtime/predicate.ts';
import type { Caller } from '../runtime/request.ts';
import { validationError } from '../runtime/validate-body.ts';
import { normalizeDateTime } from './date-time.ts';
import { isStorableNumber } from './storable-number.ts';
import { fieldOf } from './system-fields.ts';

const root = '/query/filter';
const orderings = ['eq', 'ne', 'lt', 'lte', 'gt', 'gte', 'between', 'in', 'exists'] as const;

/** The operators that make sense for a kind of field. */
const operatorsOf: Readonly<Record<FieldKind, readonly FilterOperator[]>> = {
  string: filterOperators,
  number: orderings,
  integer: orderings,
  boolean: ['eq', 'ne', 'in', 'exists'],
  dateTime: [...orderings, 'beginsWith'],
  array: ['contains', 'exists'],
  object: ['exists'],
  json: filterOperators,
};

const scalarTypes: Readonly<Partial<Record<FieldKind, string>>> = {
  string: 'string',
  dateTime: 'string',
  number: 'number',
  integer: 'number',
  boolean: 'boolean',
};

class FilterParser {
  readonly #model: CompiledModel;
  readonly #caller: Caller;
  #terms = 0;

  constructor(model: CompiledModel, caller: Caller) {
    this.#model = model;
    this.#caller = caller;
  }

  filter(value: unknown, pointer: string, depth: number): Predicate {
    if (depth > dataLimits.maxFilterDepth) throw tooComplex(`It is nested more than ${dataLimits.maxFilterDepth} levels deep.`);
    if (!isObject(value)) throw invalidOperand(pointer, 'Expected an object of fields and their comparisons.');
    return allOf(Object.entries(value).map(([key, item]) => this.#entry(key, item, `${pointer}/${escapePointer(key)}`, depth)));
  }

  #entry(key: string, value: unknown, pointer: string, depth: number): Predicate {
    if (key === 'and') return allOf(this.#list(value, pointer, depth));
    if (key === 'or') return anyOf(this.#list(value, pointer, depth));
    if (key === 'not') return noneOf(this.filter(value, pointer, depth + 1));
    return this.#comparison(key, value, pointer);
  }

  #list(value: unknown, pointer: string, depth: number): readonly Predicate[] {
    if (!Array.isArray(value) || value.length === 0) throw invalidOperand(pointer, 'Expected a list of at least one filter.');
    if (value.length > dataLimits.maxFilterTerms) throw tooComplex(`It has more than ${dataLimits.maxFilterTerms} comparisons.`);
    return value.map((item, index) => this.filter(item, `${pointer}/${index}`, depth + 1));
  }

  #comparison(name: string, value: unknown, pointer: string): Predicate {
    const field = fieldOf(this.#model, name);
    if (field === undefined) throw this.#unknownField(name, pointer);
    if (!isObject(value)) return this.#term(name, field, 'eq', value, pointer);
    const entries = Object.entries(value);
    if (entries.length === 0) throw invalidOperand(pointer, 'Expected at least one operator.');
    return allOf(entries.map(([operator, operand]) => this.#term(name, field, operator, operand, `${pointer}/${escapePointer(operator)}`)));
  }

  #term(name: string, field: CompiledField, operator: string, operand: unknown, pointer: string): Predicate {
    this.#terms += 1;
    if (this.#terms > dataLimits.maxFilterTerms) throw tooComplex(`It has more than ${dataLimits.maxFilterTerms} comparisons.`);
    if (!isOperator(operator, field.kind)) {
      throw invalidOperand(pointer, `A field of this kind takes ${operatorsOf[field.kind].join(', ')}.`);
    }
    return term(name, operator, checkedOperand(field.kind, operator, operand, pointer));
  }

  /** A path into a field that the caller may not read is answered as the field itself is. */
  #unknownField(name: string, pointer: string): ApiError {
    const [first = ''] = name.split('.');
    if (Object.hasOwn(this.#model.fields, first) && fieldReach(this.#model.fieldRules[first], 'read', this.#caller) === 'none') {
      return unreadableField(pointer);
    }
    return validationError([{ pointer, code: 'unknown_field', detail: 'The model has no such field. Filters look at whole fields.' }]);
  }
}

/** The refusal of a field that the caller may not read, in a filter, an order or a look-up. */
export const unreadableField = (pointer: string): ApiError =>
  new ApiError('field_not_allowed', 'You may not read a field that the request looks at. Leave it out.', {
    errors: [{ pointer, code: 'field_not_allowed', detail: 'This caller may not read the field.' }],
  });

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const isOperator = (name: string, kind: FieldKind): name is FilterOperator => (operatorsOf[kind] as readonly string[]).includes(name);

const tooComplex = (why: string): ApiError => new ApiError('filter_too_complex', `The filter is too complex. ${why}`);
const invalidOperand = (pointer: string, detail: string): ApiError =>
  new ApiError('invalid_operand', `${pointer}: ${detail}`, { errors: [{ pointer, code: 'invalid_operand', detail }] });

const isScalar = (value: unknown): value is FilterValue => {
  if (typeof value === 'string') return value.isWellFormed();
  return typeof value === 'boolean' || (typeof value === 'number' && isStorableNumber(value));
};

const scalar = (kind: FieldKind, operand: unknown, pointer: string): FilterValue => {
  const type = scalarTypes[kind];
  if (!isScalar(operand) || (type !== undefined && typeof operand !== type)) {
    throw invalidOperand(pointer, `Expected ${type === undefined ? 'a text, a number or a boolean' : `a ${type}`}.`);
  }
  if (kind !== 'dateTime') return operand;
  const normal = normalizeDateTime(String(operand));
  if (normal === undefined) throw invalidOperand(pointer, 'Expected a date and time with its zone, in ISO 8601.');
  return normal;
};

const scalars = (kind: FieldKind, operand: unknown, pointer: string, most: number): readonly FilterValue[] => {
  if (!Array.isArray(operand) || operand.length === 0 || operand.length > most) {
    throw invalidOperand(pointer, `Expected a list of 1 to ${most} values.`);
  }
  return operand.map((item, index) => scalar(kind, item, `${pointer}/${index}`));
};

const range = (kind: FieldKind, operand: unknown, pointer: string): readonly FilterValue[] => {
  const [low, high, ...rest] = scalars(kind, operand, pointer, 2);
  const order = compareValues(low, high);
  if (low === undefined || high === undefined || typeof low === 'boolean' || rest.length > 0 || order === undefined || order > 0) {
    throw invalidOperand(pointer, 'Expected the lower and the upper end.');
  }
  return [low, high];
};

const text = (operand: unknown, pointer: string): string => {
  if (typeof operand !== 'string' || operand === '' || !operand.isWellFormed())
    throw invalidOperand(pointer, 'Expected a text that is not empty.');
  return operand;
};

const checkedOperand = (
  kind: FieldKind,
  operator: FilterOperator,
  operand: unknown,
  pointer: string,
): FilterValue | readonly FilterValue[] => {
  switch (operator) {
    case 'exists':
      if (typeof operand !== 'boolean') throw invalidOperand(pointer, 'Expected true or false.');
      return operand;
    case 'in':
      return scalars(kind, operand, pointer, dataLimits.maxInOperands);
    case 'between':
      return range(kind, operand, pointer);
    case 'beginsWith':
      return text(operand, pointer);
    case 'contains':
      return kind === 'string' ? text(operand, pointer) : scalar('json', operand, pointer);
    case 'lt':
    case 'lte':
    case 'gt':
    case 'gte':
      if (typeof operand === 'boolean') throw invalidOperand(pointer, 'Booleans have no order. Use eq.');
      return scalar(kind, operand, pointer);
    default:
      return scalar(kind, operand, pointer);
  }
};

/**
 * Parses the `filter` parameter.
 *
 * @throws ApiError `filter_too_complex`, `invalid_operand`, `unknown_field`, `field_not_allowed`
 */
export const parseFilter = (model: CompiledModel, caller: Caller, json: string | undefined): Predicate => {
  if (json === undefined) return always;
  if (json.length > dataLimits.maxFilterLength) throw tooComplex(`It has more than ${dataLimits.maxFilterLength} characters.`);
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw validationError([{ pointer: root, code: 'invalid_format', detail: 'Expected a filter as JSON.' }]);
  }
  return new FilterParser(model, caller).filter(value, root, 1);
};

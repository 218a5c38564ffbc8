import { type Filter, type FilterOperator, type FilterValue, filterOperators } from '../../contracts/filter.ts';

/** One comparison of one field. */
export interface Term {
  readonly kind: 'term';
  readonly field: string;
  readonly operator: FilterOperator;
  /** A list for `in` and `between`. */
  readonly operand: FilterValue | readonly FilterValue[];
}

/** A {@link Filter} without its short forms, made by {@link allOf}, {@link anyOf}, {@link noneOf} and {@link term}. */
export type Predicate =
  | Term
  | { readonly kind: 'and'; readonly parts: readonly Predicate[] }
  | { readonly kind: 'or'; readonly parts: readonly Predicate[] }
  | { readonly kind: 'not'; readonly part: Predicate };

/** Holds for every record. */
export const always: Predicate = { kind: 'and', parts: [] };
/** Holds for no record. */
export const never: Predicate = { kind: 'or', parts: [] };

export const isAlways = (predicate: Predicate): boolean => predicate.kind === 'and' && predicate.parts.length === 0;
export const isNever = (predicate: Predicate): boolean => predicate.kind === 'or' && predicate.parts.length === 0;

const joined = (kind: 'and' | 'or', parts: readonly Predicate[]): Predicate => {
  // `and` in `and` and `or` in `or` say nothing, and cost the database's parser dear.
  const flat = parts.flatMap((part) => (part.kind === kind ? part.parts : [part]));
  const [only] = flat;
  return flat.length === 1 && only !== undefined ? only : { kind, parts: flat };
};

/** All of the parts must hold. Without parts: {@link always}. */
export const allOf = (parts: readonly Predicate[]): Predicate => (parts.some(isNever) ? never : joined('and', parts));
/** One of the parts must hold. Without parts: {@link never}. */
export const anyOf = (parts: readonly Predicate[]): Predicate => (parts.some(isAlways) ? always : joined('or', parts));
/** The part must not hold. */
export const noneOf = (part: Predicate): Predicate => {
  if (isAlways(part)) return never;
  if (isNever(part)) return always;
  return part.kind === 'not' ? part.part : { kind: 'not', part };
};

/** One comparison. */
export const term = (field: string, operator: FilterOperator, operand: Term['operand']): Term => ({
  kind: 'term',
  field,
  operator,
  operand,
});

const comparisonTerms = (field: string, comparison: unknown): readonly Predicate[] => {
  if (typeof comparison !== 'object' || comparison === null) return [term(field, 'eq', comparison as FilterValue)];
  const operands = comparison as Partial<Record<FilterOperator, Term['operand']>>;
  return filterOperators.flatMap((operator) => {
    const operand = operands[operator];
    return operand === undefined ? [] : [term(field, operator, operand)];
  });
};

const entryPredicates = ([key, value]: readonly [string, unknown]): readonly Predicate[] => {
  if (key === 'and') return (value as readonly Filter[]).map(toPredicate);
  if (key === 'or') return [anyOf((value as readonly Filter[]).map(toPredicate))];
  if (key === 'not') return [noneOf(toPredicate(value as Filter))];
  return comparisonTerms(key, value);
};

/** Brings a filter that is known to be well formed into its normal form. */
export const toPredicate = (filter: Filter): Predicate => allOf(Object.entries(filter).flatMap(entryPredicates));

/** Every field that a predicate looks at. */
export const fieldsOf = (predicate: Predicate): readonly string[] => {
  if (predicate.kind === 'term') return [predicate.field];
  return predicate.kind === 'not' ? fieldsOf(predicate.part) : predicate.parts.flatMap(fieldsOf);
};

/** The parts of nested `and`s in one list. */
export const conjunctsOf = (predicate: Predicate): readonly Predicate[] =>
  predicate.kind === 'and' ? predicate.parts.flatMap(conjunctsOf) : [predicate];

const surrogates = /[\ud800-\udfff]/;

/**
 * Compares two values of one kind as DynamoDB does: numbers by size, texts by their UTF-8 bytes, false before true.
 * Undefined for values that have no order between them.
 */
export const compareValues = (left: unknown, right: unknown): number | undefined => {
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  if (typeof left === 'boolean' && typeof right === 'boolean') return Number(left) - Number(right);
  if (typeof left !== 'string' || typeof right !== 'string') return undefined;
  if (left === right) return 0;
  // UTF-16 code units sort as UTF-8 bytes do, but for surrogates.
  if (surrogates.test(left) || surrogates.test(right)) return Buffer.compare(Buffer.from(left), Buffer.from(right));
  return left < right ? -1 : 1;
};

const contains = (value: unknown, operand: unknown): boolean =>
  Array.isArray(value) ? value.includes(operand) : typeof value === 'string' && typeof operand === 'string' && value.includes(operand);

const ordered = (value: unknown, operand: unknown, holds: (order: number) => boolean): boolean => {
  if (typeof operand === 'boolean') return false;
  const order = compareValues(value, operand);
  return order !== undefined && holds(order);
};

const atLeast = (order: number): boolean => order >= 0;
const atMost = (order: number): boolean => order <= 0;
const ends = (operand: Term['operand']): readonly FilterValue[] => operand as readonly FilterValue[];

/** One test an operator. A value that is absent or of another type fails all of them but `ne` (and `exists: false`). */
const tests: Readonly<Record<FilterOperator, (value: unknown, operand: Term['operand']) => boolean>> = {
  eq: (value, operand) => value === operand,
  ne: (value, operand) => value !== operand,
  lt: (value, operand) => ordered(value, operand, (order) => order < 0),
  lte: (value, operand) => ordered(value, operand, atMost),
  gt: (value, operand) => ordered(value, operand, (order) => order > 0),
  gte: (value, operand) => ordered(value, operand, atLeast),
  between: (value, operand) => ordered(value, ends(operand)[0], atLeast) && ordered(value, ends(operand)[1], atMost),
  in: (value, operand) => ends(operand).some((item) => item === value),
  contains,
  beginsWith: (value, operand) => typeof value === 'string' && value.startsWith(String(operand)),
  exists: (value, operand) => (value !== undefined && value !== null) === operand,
};

/** Whether a record satisfies a predicate; DynamoDB's expressions made from it (`lambdas/data/expression.ts`) say the same. */
export const matches = (predicate: Predicate, record: Readonly<Record<string, unknown>>): boolean => {
  switch (predicate.kind) {
    case 'term':
      return tests[predicate.operator](record[predicate.field], predicate.operand);
    case 'and':
      return predicate.parts.every((part) => matches(part, record));
    case 'or':
      return predicate.parts.some((part) => matches(part, record));
    case 'not':
      return !matches(predicate.part, record);
  }
};

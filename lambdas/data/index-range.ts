import type { CompiledIndex } from '../../contracts/compiled.ts';
import { dataLimits } from '../../contracts/data.ts';
import type { FilterValue } from '../../contracts/filter.ts';
import {
  encodedRange,
  encodedTextStart,
  encodeKey,
  type KeyBound,
  type KeyValue,
  wholeModelPartition,
} from '../../contracts/key-encoding.ts';
import { compareValues, type Term } from '../runtime/predicate.ts';

/** What a Query asks of the sort key. */
export type SortCondition =
  | { readonly operator: '=' | '<' | '<=' | '>' | '>=' | 'begins_with'; readonly value: KeyValue }
  | { readonly operator: 'between'; readonly value: KeyValue; readonly highest: KeyValue };

/** The part of an index that holds all records of a conjunction of terms. */
export interface IndexRange {
  readonly partition: KeyValue;
  readonly sort?: SortCondition;
  /** The terms that the keys alone decide. */
  readonly decided: readonly Term[];
  /** How many of the index's sort fields have one value only. */
  readonly fixed: number;
  /** Whether the sort key has a bound beside the fixed fields. */
  readonly bounded: boolean;
}

/** No record can have a key like that. */
export const emptyRange = 'empty';

const isEqual = (field: string) => (term: Term) => term.field === field && term.operator === 'eq';

/** The terms that fix the first sort fields of the index to one value each. */
const fixedTerms = (index: CompiledIndex, terms: readonly Term[]): readonly Term[] => {
  const fixed: Term[] = [];
  for (const field of index.sort) {
    const term = terms.find(isEqual(field));
    if (term === undefined) break;
    fixed.push(term);
  }
  return fixed;
};

interface Bounds {
  readonly lower?: KeyBound;
  readonly upper?: KeyBound;
  readonly start?: string;
  readonly terms: readonly Term[];
}

const boundOf = ({ operator, operand }: Term): { lower?: KeyBound; upper?: KeyBound; start?: string } => {
  const value = operand as FilterValue;
  switch (operator) {
    case 'gt':
      return { lower: { value, included: false } };
    case 'gte':
      return { lower: { value, included: true } };
    case 'lt':
      return { upper: { value, included: false } };
    case 'lte':
      return { upper: { value, included: true } };
    case 'between': {
      const [low, high] = operand as readonly [FilterValue, FilterValue];
      return { lower: { value: low, included: true }, upper: { value: high, included: true } };
    }
    case 'beginsWith':
      return { start: String(operand) };
    default:
      return {};
  }
};

const isRange = (bound: ReturnType<typeof boundOf>): boolean => Object.keys(bound).length > 0;

/** The bounds of one field, each end from the first term that gives it. Terms that add nothing stay undecided. */
const boundsOf = (field: string, terms: readonly Term[]): Bounds => {
  let bounds: Bounds = { terms: [] };
  for (const term of terms) {
    if (term.field !== field) continue;
    const bound = boundOf(term);
    const collides = Object.keys(bound).some((end) => Object.hasOwn(bounds, end));
    const mixes = bounds.terms.length > 0 && (bound.start !== undefined || bounds.start !== undefined);
    if (isRange(bound) && !collides && !mixes) bounds = { ...bounds, ...bound, terms: [...bounds.terms, term] };
  }
  return bounds;
};

const encodedCondition = (prefix: readonly KeyValue[], { lower, upper, start }: Bounds): SortCondition => {
  if (start !== undefined) return { operator: 'begins_with', value: encodedTextStart(prefix, start) };
  const { lowest, highest } = encodedRange(prefix, lower, upper);
  return { operator: 'between', value: lowest, highest };
};

/** A condition on a sort key that is the field itself. Two ends, of which one is excluded, cannot both be told. */
const plainCondition = ({ lower, upper, start }: Bounds): SortCondition => {
  if (start !== undefined) return { operator: 'begins_with', value: start };
  if (lower !== undefined && upper !== undefined) return { operator: 'between', value: lower.value, highest: upper.value };
  if (lower !== undefined) return { operator: lower.included ? '>=' : '>', value: lower.value };
  return { operator: upper?.included ? '<=' : '<', value: upper?.value ?? '' };
};

const isExact = ({ lower, upper }: Bounds): boolean => lower === undefined || upper === undefined || (lower.included && upper.included);

const byteLength = (value: KeyValue): number => (typeof value === 'string' ? Buffer.byteLength(value) : 0);
const fits = (value: KeyValue, most: number): boolean => value !== '' && byteLength(value) <= most;

const sortValuesOf = (sort: SortCondition): readonly KeyValue[] =>
  sort.operator === 'between' ? [sort.value, sort.highest] : [sort.value];

/** A range that says more than a key can hold is left to the filter. */
const sortFits = (sort: SortCondition): boolean => sortValuesOf(sort).every((value) => fits(value, dataLimits.maxSortKeyBytes));

const isReversed = (sort: SortCondition): boolean => sort.operator === 'between' && (compareValues(sort.value, sort.highest) ?? 0) > 0;

const partitionOf = (index: CompiledIndex, terms: readonly Term[]): { value: KeyValue; terms: readonly Term[] } | undefined => {
  if (index.partition === wholeModelPartition) return { value: wholeModelPartition, terms: [] };
  const term = terms.find(isEqual(index.partition));
  if (term === undefined) return undefined;
  const value = term.operand as FilterValue;
  return { value: index.partitionEncoded ? encodeKey([value]) : value, terms: [term] };
};

type SortPart = Omit<IndexRange, 'partition'>;

const openSort: SortPart = { decided: [], fixed: 0, bounded: false };

/** A key that is the field itself: one value, or a range of values. */
const plainSortPart = (fixed: readonly Term[], bounds: Bounds): SortPart | typeof emptyRange => {
  const value = fixed[0]?.operand as FilterValue | undefined;
  if (value !== undefined) {
    if (!fits(value, dataLimits.maxSortKeyBytes)) return emptyRange;
    return { sort: { operator: '=', value }, decided: fixed, fixed: 1, bounded: false };
  }
  const sort = plainCondition(bounds);
  if (isReversed(sort)) return emptyRange;
  return sortFits(sort) ? { sort, decided: isExact(bounds) ? bounds.terms : [], fixed: 0, bounded: true } : openSort;
};

/** A key that holds several values: those of the fixed fields, then perhaps a range. */
const encodedSortPart = (fixed: readonly Term[], bounds: Bounds): SortPart | typeof emptyRange => {
  const values = fixed.map((term) => term.operand as FilterValue);
  const bounded = bounds.terms.length > 0;
  const sort: SortCondition = bounded ? encodedCondition(values, bounds) : { operator: 'begins_with', value: encodeKey(values) };
  if (isReversed(sort)) return emptyRange;
  return sortFits(sort) ? { sort, decided: [...fixed, ...bounds.terms], fixed: fixed.length, bounded } : openSort;
};

const sortPartOf = (index: CompiledIndex, terms: readonly Term[]): SortPart | typeof emptyRange => {
  const fixed = fixedTerms(index, terms);
  const next = index.sort[fixed.length];
  const bounds: Bounds = next === undefined ? { terms: [] } : boundsOf(next, terms);
  if (fixed.length === 0 && bounds.terms.length === 0) return openSort;
  return index.sortEncoded ? encodedSortPart(fixed, bounds) : plainSortPart(fixed, bounds);
};

/**
 * Where in an index the records are that satisfy all of the terms.
 * Undefined if the terms don't fix the index's partition; `'empty'` if no record can satisfy them.
 */
export const indexRange = (index: CompiledIndex, terms: readonly Term[]): IndexRange | typeof emptyRange | undefined => {
  const partition = partitionOf(index, terms);
  if (partition === undefined) return undefined;
  const sort = sortPartOf(index, terms);
  if (sort === emptyRange || !fits(partition.value, dataLimits.maxPartitionKeyBytes)) return emptyRange;
  return { ...sort, partition: partition.value, decided: [...partition.terms, ...sort.decided] };
};

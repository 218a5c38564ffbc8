import type { CompiledModel } from '../../contracts/compiled.ts';
import type { FilterValue } from '../../contracts/filter.ts';
import { allOf, conjunctsOf, isNever, type Predicate, type Term, term } from '../runtime/predicate.ts';

/** One way for a record to be in the list: everything that it has to satisfy. */
export interface Disjunct {
  readonly terms: readonly Term[];
  /** `or` and `not`, which no key can tell. */
  readonly others: readonly Predicate[];
}

const keyOf = (predicate: Predicate): string => JSON.stringify(predicate);

const distinct = (parts: readonly Predicate[]): readonly Predicate[] => [...new Map(parts.map((part) => [keyOf(part), part])).values()];

/** An `in` of one value is an `eq`. */
const simplified = (part: Predicate): Predicate => {
  if (part.kind !== 'term' || part.operator !== 'in') return part;
  const [only, ...rest] = part.operand as readonly FilterValue[];
  return only !== undefined && rest.length === 0 ? term(part.field, 'eq', only) : part;
};

/** The disjunct that asks for all of the parts. */
export const disjunctOf = (parts: readonly Predicate[]): Disjunct => {
  const all = distinct(parts.flatMap(conjunctsOf).map(simplified));
  return { terms: all.filter((part) => part.kind === 'term'), others: all.filter((part) => part.kind !== 'term') };
};

export const partsOf = ({ terms, others }: Disjunct): readonly Predicate[] => [...terms, ...others];
export const predicateOf = (disjunct: Disjunct): Predicate => allOf(partsOf(disjunct));

const differ = (left: Term, right: Term): boolean =>
  left.operator === 'eq' && right.operator === 'eq' && left.field === right.field && left.operand !== right.operand;

/** Whether no record satisfies a disjunct: it asks for two values of one field, or for what never holds. */
export const isContradiction = ({ terms, others }: Disjunct): boolean =>
  others.some(isNever) || terms.some((left) => terms.some((right) => differ(left, right)));

/** Drops each disjunct that asks for everything that another one asks for, and more. */
export const withoutImplied = (disjuncts: readonly Disjunct[]): readonly Disjunct[] => {
  const sets = disjuncts.map((disjunct) => new Set(partsOf(disjunct).map(keyOf)));
  const isImplied = (index: number): boolean =>
    sets.some((other, otherIndex) => {
      const own = sets[index];
      if (own === undefined || otherIndex === index || ![...other].every((part) => own.has(part))) return false;
      return other.size < own.size || otherIndex < index;
    });
  return disjuncts.filter((_disjunct, index) => !isImplied(index));
};

const isPartition = (model: CompiledModel, field: string): boolean =>
  field === 'id' || model.indexes.some((index) => index.partition === field);

/** Alternatives of a part: the branches of an `or`, or the values of an `in` on a field that partitions an index. */
const alternativesOf = (model: CompiledModel, part: Predicate): readonly Predicate[] | undefined => {
  if (part.kind === 'or') return part.parts;
  if (part.kind !== 'term' || part.operator !== 'in' || !isPartition(model, part.field)) return undefined;
  return [...new Set(part.operand as readonly FilterValue[])].map((value) => term(part.field, 'eq', value));
};

/**
 * The disjuncts that a disjunct falls into by one of its alternatives, one list for each part that has any.
 * A list that no index serves as it is may be served so.
 */
export const splitsOf = (model: CompiledModel, disjunct: Disjunct): readonly (readonly Disjunct[])[] => {
  const parts = partsOf(disjunct);
  return parts.flatMap((part) => {
    const alternatives = alternativesOf(model, part);
    if (alternatives === undefined) return [];
    const rest = parts.filter((other) => other !== part);
    return [alternatives.map((alternative) => disjunctOf([...rest, alternative]))];
  });
};

import type { CompiledModel } from '../../contracts/compiled.ts';
import type { Predicate, Term } from '../runtime/predicate.ts';
import { allRecords, counterKey } from './constraint-keys.ts';
import { disjunctOf, partsOf, withoutImplied } from './disjuncts.ts';

/** A counter that answers a count. */
export interface Counter {
  readonly key: string;
  /** What its records have in common; undefined for the counter of all records. */
  readonly term: Term | undefined;
}

/**
 * The counter of exactly the records that satisfy a filter and one of the grants, if it is kept. What the rules ask is part of
 * what is looked up, so that no counter tells of records that the caller may not list.
 */
export const findCounter = (model: CompiledModel, grants: readonly Predicate[], filter: Predicate): Counter | undefined => {
  const [only, ...others] = withoutImplied(grants.map((grant) => disjunctOf([grant, filter])));
  if (only === undefined || others.length > 0) return undefined;
  const [part, ...rest] = partsOf(only);
  if (part === undefined) {
    return model.counts.includes(allRecords) ? { key: counterKey(model, allRecords, undefined), term: undefined } : undefined;
  }
  if (rest.length > 0 || part.kind !== 'term' || part.operator !== 'eq' || !model.counts.includes(part.field)) return undefined;
  return { key: counterKey(model, part.field, part.operand), term: part };
};

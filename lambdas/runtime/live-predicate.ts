import type { CompiledModel } from '../../contracts/compiled.ts';
import { noneOf, type Predicate, term } from './predicate.ts';

/**
 * What holds for records whose time to live is not over; undefined where records have none. DynamoDB deletes expired records within
 * days ("Using time to live", DynamoDB Developer Guide); until then they are treated as deleted.
 */
export const livePredicate = (model: CompiledModel, nowMs: number): Predicate | undefined => {
  if (model.ttl === undefined) return undefined;
  const isDate = model.fields[model.ttl]?.kind === 'dateTime';
  return noneOf(term(model.ttl, 'lte', isDate ? new Date(nowMs).toISOString() : Math.floor(nowMs / 1_000)));
};

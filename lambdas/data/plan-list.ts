import type { CompiledIndex, CompiledModel } from '../../contracts/compiled.ts';
import { wholeModelPartition } from '../../contracts/key-encoding.ts';
import type { Predicate, Term } from '../runtime/predicate.ts';
import { type Disjunct, disjunctOf, isContradiction, splitsOf, withoutImplied } from './disjuncts.ts';
import { emptyRange, type IndexRange, indexRange } from './index-range.ts';
import type { Sort } from './query-parameters.ts';
import { indexRequired, sortNotSupported } from './suggest-index.ts';
import { fieldOf } from './system-fields.ts';

/** The records of one disjunct, in order, out of one index. */
export interface Stream {
  readonly disjunct: Disjunct;
  readonly index: CompiledIndex;
  readonly range: IndexRange;
}

/** How a list is read: streams that are merged in one order. */
export interface ListPlan {
  readonly model: CompiledModel;
  readonly streams: readonly Stream[];
  /** The fields that the streams are ordered by. Empty: each stream in its own order, one after the other. */
  readonly order: readonly string[];
  readonly descending: boolean;
}

/** What to list. */
export interface ListRequest {
  readonly model: CompiledModel;
  /** What the rules grant the caller: any one of these. */
  readonly grants: readonly Predicate[];
  readonly filter: Predicate;
  readonly sort: Sort | undefined;
}

/** Streams of one list at the most: each costs a request a page. */
const maxStreams = 16;

/** The table itself, which finds a record by its id. */
const primary: CompiledIndex = {
  name: '',
  partition: 'id',
  partitionAttribute: 'id',
  partitionEncoded: false,
  sort: [],
  sortEncoded: false,
};

export const isPrimary = (index: CompiledIndex): boolean => index === primary;

/** The comparisons that only a value passes. */
const needValue: ReadonlySet<string> = new Set(['eq', 'lt', 'lte', 'gt', 'gte', 'between', 'in', 'beginsWith', 'contains']);

const impliesValue = (field: string) => (term: Term) =>
  term.field === field && (needValue.has(term.operator) || (term.operator === 'exists' && term.operand === true));

/**
 * Whether every record of the disjunct has a value for a field. An index leaves out records without one, so that it can
 * serve only lists that leave them out, too. Who sorts by a field asks for the records that have it.
 */
const hasValue = ({ model, sort }: ListRequest, disjunct: Disjunct, name: string): boolean => {
  if (sort?.field === name) return true;
  const field = fieldOf(model, name);
  if (field === undefined) return false;
  return (!field.nullable && (field.required || field.default !== undefined)) || disjunct.terms.some(impliesValue(name));
};

/** The order in which an index gives the records of a range: what is left of its sort fields behind the fixed ones. */
const orderOf = ({ index, range }: Stream): readonly string[] => index.sort.slice(range.fixed);

const isPrefix = (prefix: readonly string[], list: readonly string[]): boolean =>
  prefix.every((field, position) => list[position] === field);

const isFixed = (disjunct: Disjunct, field: string): boolean =>
  disjunct.terms.some((term) => term.field === field && term.operator === 'eq');

/** Whether a stream comes in an order; a field with one value only orders nothing. */
const isOrdered = (stream: Stream, order: readonly string[]): boolean =>
  isPrefix(
    order.filter((field) => !isFixed(stream.disjunct, field)),
    orderOf(stream),
  );

/** The more of the disjunct the keys decide, the less is read in vain. */
const score = ({ index, range }: Stream): number => {
  if (isPrimary(index)) return 100;
  const partition = index.partition === wholeModelPartition ? 0 : 10;
  return partition + (index.partition === 'owner' ? 1 : 0) + range.fixed * 3 + (range.bounded ? 2 : 0);
};

/** The ways to read one disjunct, best first; `'empty'` if no record satisfies it. */
const candidatesFor = (request: ListRequest, disjunct: Disjunct): readonly Stream[] | typeof emptyRange => {
  if (isContradiction(disjunct)) return emptyRange;
  const candidates: Stream[] = [];
  for (const index of [primary, ...request.model.indexes]) {
    const range = indexRange(index, disjunct.terms);
    if (range === emptyRange) return emptyRange;
    if (range !== undefined && index.sort.every((field) => hasValue(request, disjunct, field))) candidates.push({ disjunct, index, range });
  }
  return candidates.sort((left, right) => score(right) - score(left));
};

type Candidates = readonly (readonly Stream[])[];

const isInAskedOrder = ({ sort }: ListRequest, stream: Stream): boolean => sort === undefined || isOrdered(stream, [sort.field]);

/** The split whose every branch an index serves; else the first, whose branches may be split again. */
const splitOf = (request: ListRequest, disjunct: Disjunct, lacksOrderOnly: boolean): readonly Disjunct[] => {
  const splits = splitsOf(request.model, disjunct);
  const serves = (branch: Disjunct): boolean => {
    const candidates = candidatesFor(request, branch);
    return candidates === emptyRange || candidates.some((stream) => isInAskedOrder(request, stream));
  };
  const best = splits.find((branches) => branches.every(serves)) ?? splits[0];
  if (best === undefined) throw lacksOrderOnly ? sortNotSupported(request, disjunct) : indexRequired(request, disjunct);
  return best;
};

/** Finds the candidates of each disjunct; one that no index serves is split by its alternatives. */
const candidatesOf = (request: ListRequest, disjuncts: readonly Disjunct[]): Candidates => {
  const pending = [...disjuncts];
  const found: (readonly Stream[])[] = [];
  for (let disjunct = pending.shift(); disjunct !== undefined; disjunct = pending.shift()) {
    const candidates = candidatesFor(request, disjunct);
    if (candidates === emptyRange) continue;
    const usable = candidates.filter((stream) => isInAskedOrder(request, stream));
    if (usable.length > 0) found.push(usable);
    else pending.unshift(...splitOf(request, disjunct, candidates.length > 0));
    if (found.length + pending.length > maxStreams) throw indexRequired(request, disjunct);
  }
  return found;
};

/** For each disjunct the best candidate that comes in the order; undefined if one has none. */
const streamsIn = (candidates: Candidates, order: readonly string[]): readonly Stream[] | undefined => {
  const streams = candidates.map((streams) => streams.find((stream) => isOrdered(stream, order)));
  return streams.every((stream) => stream !== undefined) ? streams : undefined;
};

/** Orders to try when none is asked for: those of the best indexes first, whole and then by their first field alone. */
const naturalOrders = (candidates: Candidates): readonly (readonly string[])[] => {
  // One record each, whatever the order: no index would find it at less cost.
  if (candidates.every(([best]) => best !== undefined && isPrimary(best.index))) return [[]];
  const orders = candidates.flatMap((streams) => streams.map(orderOf)).filter((order) => order.length > 0);
  return [...orders, ...orders.map((order) => order.slice(0, 1)), []];
};

const newestFirst: ReadonlySet<string> = new Set(['createdAt', 'updatedAt']);

/**
 * Plans a list: the readable records are the union over the caller's grants, each with the filter; each of these disjuncts
 * is read from the index that serves it best, and the streams are merged in one order.
 *
 * Without `sort`, the order is that of the index: newest first where it goes by time, else ascending.
 *
 * @throws ApiError `index_required`, `sort_not_supported`
 */
export const planList = (request: ListRequest): ListPlan => {
  const { model, grants, filter, sort } = request;
  const disjuncts = withoutImplied(grants.map((grant) => disjunctOf([grant, filter])));
  const candidates = candidatesOf(request, disjuncts);
  const orders = sort === undefined ? naturalOrders(candidates) : [[sort.field]];
  for (const order of orders) {
    const streams = streamsIn(candidates, order);
    if (streams !== undefined) return { model, streams, order, descending: sort?.descending ?? newestFirst.has(order[0] ?? '') };
  }
  return { model, streams: [], order: [], descending: false };
};

import { variables } from '../../contracts/variables.ts';
import type { Predicate, Term } from '../runtime/predicate.ts';
import type { Caller } from '../runtime/request.ts';
import { validationError } from '../runtime/validate-body.ts';
import type { ReadCost } from './data-store.ts';
import type { Counter } from './find-counter.ts';
import { isPrimary, type ListPlan, type Stream } from './plan-list.ts';
import type { StreamQuery } from './stream-query.ts';

/** How one stream of a list, or a counter, is read. */
interface StreamExplanation {
  /** The name of the index; `table` for the read by the id, `counter` for a count that is kept. */
  readonly index: string;
  readonly keys: string;
  /** What is looked at in each record that the keys find. Absent: nothing. */
  readonly filter?: string;
  readonly estimated: { readonly requests: number; readonly readUnits?: number };
  readonly actual: ReadCost;
}

const signs = { eq: '=', ne: '≠', lt: '<', lte: '≤', gt: '>', gte: '≥' } as const;

const describeTerm = ({ field, operator, operand }: Term): string =>
  `${field} ${operator in signs ? signs[operator as keyof typeof signs] : operator} ${JSON.stringify(operand)}`;

/** A predicate in words. */
const describe = (predicate: Predicate): string => {
  if (predicate.kind === 'term') return describeTerm(predicate);
  if (predicate.kind === 'not') return `not (${describe(predicate.part)})`;
  return predicate.parts.map((part) => (part.kind === 'term' ? describe(part) : `(${describe(part)})`)).join(` ${predicate.kind} `);
};

const describeKeys = ({ index, range }: Stream): string => {
  const decided = range.decided.map(describeTerm);
  const isPartial =
    range.sort !== undefined && range.bounded && !index.sortEncoded && range.decided.every(({ field }) => field !== index.sort[0]);
  const sort = range.sort;
  const bounds =
    !isPartial || sort === undefined
      ? []
      : [`${index.sort[0]} ${sort.operator} ${JSON.stringify(sort.operator === 'between' ? [sort.value, sort.highest] : sort.value)}`];
  const parts = [...decided, ...bounds];
  return parts.length === 0 ? 'all records of the index' : parts.join(' and ');
};

/** What an index entry is taken to weigh before it is read, and what one unit reads with eventual consistency. */
const assumedBytes = 1_024;
const bytesAUnit = 8_192;
/** Entries that are read at least where a filter lets only some through. */
const smallestBatch = 50;

const estimate = (query: StreamQuery, stream: Stream, limit: number | undefined): StreamExplanation['estimated'] => {
  if (isPrimary(stream.index)) return { requests: 1, readUnits: 0.5 };
  if (limit === undefined) return { requests: 1 };
  const entries = query.isExact ? limit : Math.max(limit, smallestBatch);
  return { requests: 1, readUnits: Math.ceil((entries * assumedBytes * 2) / bytesAUnit) / 2 };
};

/** Explains how a list or a count is read, and measures what it costs. */
export class ListMeter {
  #streams: readonly { readonly query: StreamQuery; readonly stream: Stream; readonly cost: ReadCost }[] = [];
  #counter: { readonly counter: Counter; readonly cost: ReadCost } | undefined;
  #order: readonly string[] = [];

  /** The same queries, measured. */
  measure(plan: ListPlan, queries: readonly StreamQuery[]): readonly StreamQuery[] {
    this.#order = plan.order.map((field) => (plan.descending ? `-${field}` : field));
    this.#streams = plan.streams.flatMap((stream, index) => {
      const query = queries[index];
      return query === undefined ? [] : [{ query, stream, cost: { requests: 0, readUnits: 0 } }];
    });
    return this.#streams.map(({ query, cost }) => ({ ...query, run: (options) => query.run({ ...options, cost }) }));
  }

  measureCounter(counter: Counter): ReadCost {
    this.#counter = { counter, cost: { requests: 0, readUnits: 0 } };
    return this.#counter.cost;
  }

  /** @param limit records a page; undefined for a count */
  explanation(limit?: number): { readonly explain: { readonly order: readonly string[]; readonly streams: readonly StreamExplanation[] } } {
    const streams = this.#streams.map(
      ({ query, stream, cost }): StreamExplanation => ({
        index: isPrimary(stream.index) ? 'table' : stream.index.name,
        keys: describeKeys(stream),
        ...(query.residual.length > 0 && { filter: query.residual.map(describe).join(' and ') }),
        estimated: estimate(query, stream, limit),
        actual: cost,
      }),
    );
    return { explain: { order: this.#order, streams: this.#counter === undefined ? streams : [this.#ofCounter(this.#counter)] } };
  }

  #ofCounter({ counter, cost }: { readonly counter: Counter; readonly cost: ReadCost }): StreamExplanation {
    const keys = counter.term === undefined ? 'all records' : describeTerm(counter.term);
    return { index: 'counter', keys, estimated: { requests: 1, readUnits: 1 }, actual: cost };
  }
}

const mayExplain = (caller: Caller): boolean =>
  process.env[variables.localMode] === '1' &&
  caller.kind === 'user' &&
  caller.groups.includes(process.env[variables.adminGroup] ?? 'admins');

/**
 * Takes the parameter `explain` out of a query, for admins in local mode. For all others it stays, and is as unknown as any
 * other name: plans tell of the rules.
 *
 * @throws ApiError `validation_failed`
 */
export const meterOf = (query: URLSearchParams, caller: Caller): ListMeter | undefined => {
  if (!query.has('explain') || !mayExplain(caller)) return undefined;
  const values = query.getAll('explain');
  query.delete('explain');
  if (values.join() === '1') return new ListMeter();
  throw validationError([{ pointer: '/query/explain', code: 'invalid_value', detail: 'Expected 1, once.' }]);
};

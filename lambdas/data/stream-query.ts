import { allOf, anyOf, fieldsOf, matches, noneOf, type Predicate } from '../runtime/predicate.ts';
import { type Item, type QueryInput, type QueryOutput, queryItems, type ReadCost, readItem } from './data-store.ts';
import { partsOf, predicateOf } from './disjuncts.ts';
import { ExpressionScope, maxExpressionLength, predicateExpression } from './expression.ts';
import type { SortCondition } from './index-range.ts';
import { isPrimary, type ListPlan, type Stream } from './plan-list.ts';

/** Where a stream is read, and how much of it. */
export interface StreamReadOptions {
  readonly startKey?: Item;
  readonly limit?: number;
  readonly countOnly?: boolean;
  /** Counts what the reading costs. */
  readonly cost?: ReadCost;
}

/** One stream of a plan, ready to be read. */
export interface StreamQuery {
  readonly run: (options: StreamReadOptions) => Promise<QueryOutput>;
  /** Whether an item that was read belongs to this stream. The rules are among what is looked at, so that each record is checked once more. */
  readonly accepts: (item: Item) => boolean;
  /** The place of an item in the index, to go on from. */
  readonly keyOf: (item: Item) => Item;
  /** What the keys do not decide. */
  readonly residual: readonly Predicate[];
  /** No item is read in vain: the keys decide everything. */
  readonly isExact: boolean;
  /** The database alone can tell which items belong to the stream. */
  readonly isCountable: boolean;
}

const sortExpression = (name: string, sort: SortCondition, scope: ExpressionScope): string => {
  if (sort.operator === 'between') return `${name} BETWEEN ${scope.value(sort.value)} AND ${scope.value(sort.highest)}`;
  if (sort.operator === 'begins_with') return `begins_with(${name},${scope.value(sort.value)})`;
  return `${name} ${sort.operator} ${scope.value(sort.value)}`;
};

const keyExpression = ({ index, range }: Stream, scope: ExpressionScope): string => {
  const partition = `${scope.name(index.partitionAttribute)} = ${scope.value(range.partition)}`;
  if (range.sort === undefined || index.sortAttribute === undefined) return partition;
  return `${partition} AND ${sortExpression(scope.name(index.sortAttribute), range.sort, scope)}`;
};

/** A filter expression may not look at the key of the index ("Filter expressions for the Query operation", Developer Guide). */
const canBePushed = ({ index }: Stream, predicate: Predicate): boolean =>
  fieldsOf(predicate).every((field) => field !== index.partitionAttribute && field !== index.sortAttribute);

/**
 * What a record has to satisfy beside the keys. A record of several streams belongs to the first of them, so that it is
 * listed once, and no page has to remember what the pages before it held.
 */
const residualOf = (plan: ListPlan, stream: Stream): readonly Predicate[] => {
  const undecided = partsOf(stream.disjunct).filter((part) => !stream.range.decided.some((term) => term === part));
  const earlier = plan.streams.slice(0, plan.streams.indexOf(stream)).map(({ disjunct }) => predicateOf(disjunct));
  return earlier.length === 0 ? undecided : [...undecided, noneOf(anyOf(earlier))];
};

/** What the database filters by; undefined for nothing, and for more than it takes in one expression. */
const filterExpression = (residual: readonly Predicate[], scope: ExpressionScope): string | undefined => {
  if (residual.length === 0) return undefined;
  const expression = predicateExpression(allOf(residual), scope);
  return expression.length > maxExpressionLength ? undefined : expression;
};

/** The one record of a stream that names its id. */
const readById = async (table: string, id: string, cost?: ReadCost): Promise<QueryOutput> => {
  const item = await readItem(table, { id }, false, cost);
  return { items: item === undefined ? [] : [item], count: 0, scanned: 1 };
};

/** Makes the Query of one stream. */
export const streamQuery = (plan: ListPlan, stream: Stream, table: string): StreamQuery => {
  const { index } = stream;
  const residual = residualOf(plan, stream);
  const pushed = residual.filter((part) => canBePushed(stream, part));
  const scope = new ExpressionScope();
  const condition = keyExpression(stream, scope);
  const keyParameters = scope.parameters();
  const filter = filterExpression(pushed, scope);
  const base: Omit<QueryInput, keyof StreamReadOptions> = {
    table,
    condition,
    descending: plan.descending,
    // DynamoDB refuses placeholders that no expression uses.
    parameters: filter === undefined ? keyParameters : scope.parameters(),
    index: index.name,
    ...(filter !== undefined && { filter }),
  };
  const whole = predicateOf(stream.disjunct);
  const rest = allOf(residual);
  const keyNames = ['id', index.partitionAttribute, ...(index.sortAttribute === undefined ? [] : [index.sortAttribute])];
  return {
    run: (options) =>
      isPrimary(index) ? readById(table, String(stream.range.partition), options.cost) : queryItems({ ...base, ...options }),
    accepts: (item) => matches(whole, item) && matches(rest, item),
    keyOf: (item) => Object.fromEntries(keyNames.map((name) => [name, item[name]])),
    residual,
    isExact: residual.length === 0,
    isCountable: !isPrimary(index) && pushed.length === residual.length && (pushed.length === 0 || filter !== undefined),
  };
};

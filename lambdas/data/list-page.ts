import type { CompiledModel } from '../../contracts/compiled.ts';
import { dataLimits, type Page } from '../../contracts/data.ts';
import { type FieldReach, fieldReach, grantsFor } from '../runtime/authorize.ts';
import { callerKey } from '../runtime/caller-key.ts';
import { keptBack } from '../runtime/kept-back.ts';
import { livePredicate } from '../runtime/live-predicate.ts';
import { allOf, conjunctsOf, fieldsOf, type Predicate } from '../runtime/predicate.ts';
import type { Caller } from '../runtime/request.ts';
import { assertBackfilled } from './backfill-state.ts';
import { openCursor, sealCursor } from './cursor.ts';
import type { Item } from './data-store.ts';
import type { ListMeter } from './list-meter.ts';
import { mergeStreams, type ReadBudget, StreamReader } from './merge-streams.ts';
import type { ModelEntry } from './models.ts';
import { unreadableField } from './parse-filter.ts';
import { type ListPlan, planList } from './plan-list.ts';
import type { Sort } from './query-parameters.ts';
import { assertMayList } from './record-access.ts';
import { streamQuery } from './stream-query.ts';

/** A list of the records that the caller may read. */
export interface ListQuery {
  readonly entry: ModelEntry;
  readonly caller: Caller;
  readonly filter: Predicate;
  readonly sort: Sort | undefined;
}

/** Whether a list holds the caller's own records only. */
const isOfOwn = (caller: Caller, grants: readonly Predicate[], filter: Predicate): boolean => {
  const asksForOwn = (predicate: Predicate): boolean =>
    conjunctsOf(predicate).some(
      (part) =>
        part.kind === 'term' && part.field === 'owner' && part.operator === 'eq' && caller.kind === 'user' && part.operand === caller.id,
    );
  return asksForOwn(filter) || grants.every(asksForOwn);
};

/**
 * Refuses a filter or an order that looks at a field which the caller may not read on every record of the list: what it
 * lets through would tell the value.
 */
const assertFieldsReadable = (model: CompiledModel, { caller, filter, sort }: ListQuery, grants: readonly Predicate[]): void => {
  const isReadable = (reach: FieldReach): boolean => reach === 'all' || (reach === 'own' && isOfOwn(caller, grants, filter));
  const names = [
    ...fieldsOf(filter).map((name) => ['filter', name] as const),
    ...(sort === undefined ? [] : [['sort', sort.field] as const]),
  ];
  for (const [parameter, name] of names) {
    const rules = Object.hasOwn(model.fieldRules, name) ? model.fieldRules[name] : undefined;
    if (!isReadable(fieldReach(rules, 'read', caller))) throw unreadableField(`/query/${parameter}`);
  }
};

/** A plan, and what a cursor of it is bound to. */
export interface BoundPlan {
  readonly plan: ListPlan;
  readonly binding: string;
}

/**
 * What the rules grant the caller to list: any one of these.
 *
 * @throws ApiError `unauthenticated`, `forbidden`, `field_not_allowed`
 */
export const grantsOf = (query: ListQuery): readonly Predicate[] => {
  const { entry, caller } = query;
  assertMayList(entry, caller);
  const grants = grantsFor(entry.model.rules, 'list', caller);
  assertFieldsReadable(entry.model, query, grants);
  return grants;
};

/**
 * Plans a list as the caller: only what the rules grant is ever read.
 *
 * @throws ApiError `unauthenticated`, `forbidden`, `field_not_allowed`, `index_required`, `sort_not_supported`
 */
export const planFor = (query: ListQuery): BoundPlan => {
  const { entry, caller, filter, sort } = query;
  const { model } = entry;
  const grants = grantsOf(query);
  const live = livePredicate(model, Date.now());
  const plan = planList({ model, grants, sort, filter: live === undefined ? filter : allOf([filter, live]) });
  const who = callerKey(caller);
  const indexes = plan.streams.map((stream) => stream.index.name);
  return { plan, binding: JSON.stringify([model.name, who, grants, filter, plan.order, plan.descending, indexes]) };
};

/** What one request may read. */
export const readBudget = (remainingMs: () => number, entries: number): ReadBudget => {
  /** The last read must still be able to end, and the answer to be sent. */
  const reserveMs = keptBack(remainingMs(), 3_000);
  return { entries, hasTime: () => remainingMs() > reserveMs };
};

/** Where to read a page. */
export interface PageOptions {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly remainingMs: () => number;
  /** Measures the reading. @default nothing does */
  readonly meter?: ListMeter | undefined;
}

/**
 * Reads one page of a list. It is filled by as many queries as the budget allows; what is then missing comes with the cursor.
 *
 * @throws ApiError as {@link planFor}, `index_building` and `invalid_cursor`
 */
export const listPage = async (query: ListQuery, { limit, cursor, remainingMs, meter }: PageOptions): Promise<Page<Item>> => {
  const { plan, binding } = planFor(query);
  await assertBackfilled(plan);
  const positions = cursor === undefined ? undefined : await openCursor(binding, cursor);
  const queries = plan.streams.map((stream) => streamQuery(plan, stream, query.entry.table));
  const readers = (meter?.measure(plan, queries) ?? queries).map((each, index) => new StreamReader(each, positions?.[index] ?? 'start'));
  const items = await mergeStreams(plan, readers, limit, readBudget(remainingMs, dataLimits.readBudgetItems));
  if (readers.every((reader) => reader.isEnded)) return { items };
  const next = await sealCursor(
    binding,
    readers.map((reader) => reader.position),
  );
  return { items, cursor: next };
};

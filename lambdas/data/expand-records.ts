import { dataLimits, type Page } from '../../contracts/data.ts';
import { ApiError } from '../../contracts/errors.ts';
import type { BelongsTo, HasMany } from '../../contracts/model.ts';
import { fieldReach, isFieldOpen } from '../runtime/authorize.ts';
import { term } from '../runtime/predicate.ts';
import type { Caller } from '../runtime/request.ts';
import { type Item, readItems } from './data-store.ts';
import { listPage } from './list-page.ts';
import { findModel, type ModelEntry } from './models.ts';
import { isReadable } from './record-access.ts';
import { isRecordId } from './record-id.ts';
import { type RecordView, type Selection, viewRecord } from './record-view.ts';

/** What to show of records, and whom. */
export interface Expansion {
  readonly entry: ModelEntry;
  readonly caller: Caller;
  /** Names of relations to follow. */
  readonly relations: readonly string[];
  readonly selection: Selection;
  readonly remainingMs: () => number;
}

/** What a relation leads to: a record or a page of records; null where there is none, or none that the caller may read. */
type Related = RecordView | Page<RecordView> | null;

/** Lists of related records that are read at a time. */
const parallelLists = 8;

/** Whether the caller may read a field of this record, and so follow it. */
const isOpen = ({ entry, caller }: Expansion, item: Item, field: string): boolean => {
  const rules = Object.hasOwn(entry.model.fieldRules, field) ? entry.model.fieldRules[field] : undefined;
  return isFieldOpen(fieldReach(rules, 'read', caller), caller, item);
};

/** One record each, all of them read in as few requests as there can be. */
const followBelongsTo = async (expansion: Expansion, relation: BelongsTo, items: readonly Item[]): Promise<readonly Related[]> => {
  const related = findModel(relation.model);
  const ids = items.map((item) => (isOpen(expansion, item, relation.field) ? item[relation.field] : undefined));
  const wanted = [...new Set(ids.filter(isRecordId))];
  const found = await readItems(related.table, wanted, false);
  const views = new Map(
    found
      .filter((item) => isReadable(related, expansion.caller, item))
      .map((item) => [item['id'], viewRecord(related.model, expansion.caller, item)]),
  );
  return ids.map((id) => views.get(id) ?? null);
};

/** The first page of records that point at one record, as a list request with this filter would give it. */
const pageOf = async ({ caller, remainingMs }: Expansion, relation: HasMany, item: Item): Promise<Related> => {
  const related = findModel(relation.model);
  const filter = term(relation.field, 'eq', String(item['id']));
  try {
    const page = await listPage({ entry: related, caller, filter, sort: undefined }, { limit: dataLimits.defaultPageSize, remainingMs });
    return { ...page, items: page.items.map((each) => viewRecord(related.model, caller, each)) };
  } catch (error) {
    // A list that the caller may not see looks like one record that the caller may not see.
    if (error instanceof ApiError && error.status < 500) return null;
    throw error;
  }
};

const followHasMany = async (expansion: Expansion, relation: HasMany, items: readonly Item[]): Promise<readonly Related[]> => {
  const pages: Related[] = [];
  for (let start = 0; start < items.length; start += parallelLists) {
    const batch = items.slice(start, start + parallelLists);
    pages.push(...(await Promise.all(batch.map((item) => pageOf(expansion, relation, item)))));
  }
  return pages;
};

const follow = (expansion: Expansion, name: string, items: readonly Item[]): Promise<readonly Related[]> => {
  const relation = expansion.entry.model.relations[name];
  if (relation === undefined) throw new Error(`the relation ${name} is not compiled`);
  return relation.kind === 'belongsTo' ? followBelongsTo(expansion, relation, items) : followHasMany(expansion, relation, items);
};

/**
 * Records as the caller may see them, with what their relations lead to under `expanded`. The rules of the related models
 * are asked for every record that is reached.
 */
export const expandRecords = async (expansion: Expansion, items: readonly Item[]): Promise<readonly RecordView[]> => {
  const { entry, caller, relations, selection } = expansion;
  const views = items.map((item) => viewRecord(entry.model, caller, item, selection));
  if (relations.length === 0) return views;
  const columns = await Promise.all(relations.map((name) => follow(expansion, name, items)));
  return views.map((view, row) => ({
    ...view,
    expanded: Object.fromEntries(relations.map((name, column) => [name, columns[column]?.[row] ?? null])),
  }));
};

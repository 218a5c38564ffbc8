import type { CompiledRelation } from '../../contracts/compiled.ts';
import { dataLimits, type Page } from '../../contracts/data.ts';
import { ApiError } from '../../contracts/errors.ts';
import { fieldReach, isFieldOpen } from '../runtime/authorize.ts';
import { term } from '../runtime/predicate.ts';
import type { Caller } from '../runtime/request.ts';
import { validationError } from '../runtime/validate-body.ts';
import { type Item, readItems } from './data-store.ts';
import { itemBytes } from './item-size.ts';
import { listPage } from './list-page.ts';
import { findModel, type ModelEntry } from './models.ts';
import { type ExpandTree, isListRelation } from './parse-expand.ts';
import { isReadable } from './record-access.ts';
import { isRecordId } from './record-id.ts';

/** Records of one model, and the relations to follow from them. */
export interface Group {
  readonly entry: ModelEntry;
  readonly items: readonly Item[];
  readonly tree: ExpandTree;
}

/** Records that one relation leads to from the records of a group. */
export interface Link {
  readonly name: string;
  /** What it leads to from one of them; null where there is none, or none that the caller may read. */
  readonly from: (item: Item) => Item | Page<Item> | null;
  /** The records that are reached, each once, and where to go on from them. */
  readonly next: Group;
}

/** Who follows, and what it may cost. */
export interface Following {
  readonly caller: Caller;
  readonly remainingMs: () => number;
}

/** Counts the bytes of related records. */
export class ByteBudget {
  #left: number = dataLimits.maxExpandBytes;

  /** @throws ApiError `validation_failed` */
  spend(item: Item): void {
    this.#left -= itemBytes(item);
    if (this.#left >= 0) return;
    const detail = `The related records have more than ${dataLimits.maxExpandBytes} bytes. Ask for fewer relations, or lower the limit.`;
    throw validationError([{ pointer: '/query/expand', code: 'too_large', detail }]);
  }
}

/** One relation of one group, with the lists that it leads to. */
interface Step {
  readonly name: string;
  readonly relation: CompiledRelation;
  readonly group: Group;
  /** The records that it leads to. */
  readonly target: ModelEntry;
  readonly subtree: ExpandTree;
  /** The lists by the ids of the group's records; for `manyToMany` of the records in between. */
  readonly pages: ReadonlyMap<unknown, Page<Item> | null>;
}

/** Lists that are read at a time. */
const parallelLists = 8;

/** The id in a field of this record, if the caller may read the field and so follow it. */
const idIn = ({ model }: ModelEntry, caller: Caller, item: Item, field: string): string | undefined => {
  const rules = Object.hasOwn(model.fieldRules, field) ? model.fieldRules[field] : undefined;
  const id = isFieldOpen(fieldReach(rules, 'read', caller), caller, item) ? item[field] : undefined;
  return isRecordId(id) ? id : undefined;
};

/** The first page of records that point at one record, as a list request with this filter would give it. */
const pageOf = async ({ caller, remainingMs }: Following, entry: ModelEntry, field: string, item: Item): Promise<Page<Item> | null> => {
  const filter = term(field, 'eq', String(item['id']));
  try {
    return await listPage({ entry, caller, filter, sort: undefined }, { limit: dataLimits.defaultPageSize, remainingMs });
  } catch (error) {
    // A list that the caller may not see looks like one record that the caller may not see.
    if (error instanceof ApiError && error.status < 500) return null;
    throw error;
  }
};

const readPages = async (following: Following, relation: CompiledRelation, items: readonly Item[], bytes: ByteBudget) => {
  const pages = new Map<unknown, Page<Item> | null>();
  if (relation.kind === 'belongsTo') return pages;
  const [model, field] = relation.kind === 'hasMany' ? [relation.model, relation.field] : [relation.through, relation.from];
  const entry = findModel(model);
  for (let start = 0; start < items.length; start += parallelLists) {
    const batch = items.slice(start, start + parallelLists);
    const found = await Promise.all(batch.map((item) => pageOf(following, entry, field, item)));
    batch.forEach((item, index) => {
      for (const each of found[index]?.items ?? []) bytes.spend(each);
      pages.set(item['id'], found[index] ?? null);
    });
  }
  return pages;
};

const stepsOf = (following: Following, group: Group, bytes: ByteBudget): readonly Promise<Step>[] =>
  [...group.tree].map(async ([name, subtree]) => {
    const relation = group.entry.model.relations[name];
    if (relation === undefined) throw new Error(`the relation ${name} is not compiled`);
    const pages = await readPages(following, relation, group.items, bytes);
    return { name, relation, group, target: findModel(relation.model), subtree, pages };
  });

/** The ids that a step leads to from one record. */
const idsFrom = ({ relation, group, pages }: Step, caller: Caller, item: Item): readonly (string | undefined)[] => {
  if (relation.kind === 'belongsTo') return [idIn(group.entry, caller, item, relation.field)];
  if (relation.kind === 'hasMany') return [];
  const through = findModel(relation.through);
  return (pages.get(item['id'])?.items ?? []).map((each) => idIn(through, caller, each, relation.to));
};

/** All records that the steps of a level lead to by their ids, in as few requests as there can be. */
const readTargets = async (steps: readonly Step[], caller: Caller): Promise<ReadonlyMap<string, ReadonlyMap<unknown, Item>>> => {
  const wanted = new Map<string, Set<string>>();
  for (const step of steps) {
    const ids = step.group.items.flatMap((item) => idsFrom(step, caller, item)).filter((id) => id !== undefined);
    wanted.set(step.target.table, new Set([...(wanted.get(step.target.table) ?? []), ...ids]));
  }
  const found = await readItems(new Map([...wanted].map(([table, ids]) => [table, [...ids]])));
  return new Map([...found].map(([table, items]) => [table, new Map(items.map((item) => [item['id'], item]))]));
};

const linkOf = (step: Step, caller: Caller, found: ReadonlyMap<unknown, Item>): Link => {
  const { name, relation, group, target, pages, subtree } = step;
  const readable = (id: string | undefined): Item | undefined => {
    const item = id === undefined ? undefined : found.get(id);
    return item !== undefined && isReadable(target, caller, item) ? item : undefined;
  };
  const from = (item: Item): Item | Page<Item> | null => {
    const items = idsFrom(step, caller, item).map(readable);
    if (!isListRelation(relation)) return items[0] ?? null;
    const page = pages.get(item['id']) ?? null;
    return page === null || relation.kind === 'hasMany' ? page : { ...page, items: items.filter((each) => each !== undefined) };
  };
  const reached = new Map<unknown, Item>();
  for (const item of group.items) {
    const related = from(item);
    const items = related === null ? [] : isListRelation(relation) ? (related as Page<Item>).items : [related as Item];
    for (const each of items) reached.set(each['id'], each);
  }
  return { name, from, next: { entry: target, items: [...reached.values()], tree: subtree } };
};

/**
 * Follows relations level by level: the lists of a level first, then all single records of the level at once. Every record
 * is read as the caller: the rules of its own model decide.
 *
 * @returns the links of each group, and of the groups that they lead to
 * @throws ApiError `validation_failed` when there is too much of it
 */
export const followRelations = async (following: Following, root: Group): Promise<ReadonlyMap<Group, readonly Link[]>> => {
  const bytes = new ByteBudget();
  const links = new Map<Group, readonly Link[]>();
  let groups: readonly Group[] = [root];
  while (groups.length > 0) {
    const steps = await Promise.all(groups.flatMap((group) => stepsOf(following, group, bytes)));
    const targets = await readTargets(steps, following.caller);
    const level = steps.map((step) => ({ step, link: linkOf(step, following.caller, targets.get(step.target.table) ?? new Map()) }));
    for (const group of groups)
      links.set(
        group,
        level.filter(({ step }) => step.group === group).map(({ link }) => link),
      );
    groups = level.map(({ link }) => link.next).filter(({ items, tree }) => items.length > 0 && tree.size > 0);
  }
  return links;
};

import type { Page } from '../../contracts/data.ts';
import type { Caller } from '../runtime/request.ts';
import type { Item } from './data-store.ts';
import { ByteBudget, followRelations, type Group, type Link } from './follow-relations.ts';
import type { ModelEntry } from './models.ts';
import type { ExpandTree } from './parse-expand.ts';
import { type RecordView, type Selection, viewRecord } from './record-view.ts';

/** What to show of records, and whom. */
export interface Expansion {
  readonly entry: ModelEntry;
  readonly caller: Caller;
  /** The relations to follow. */
  readonly relations: ExpandTree;
  readonly selection: Selection;
  readonly remainingMs: () => number;
}

/** What a relation leads to: a record or a page of records; null where there is none, or none that the caller may read. */
type Related = RecordView | Page<RecordView> | null;

const isPage = (related: Item | Page<Item>): related is Page<Item> => !Object.hasOwn(related, 'id');

/** Shows records with what was found of their relations. */
class ExpandedView {
  readonly #caller: Caller;
  readonly #links: ReadonlyMap<Group, readonly Link[]>;
  readonly #bytes = new ByteBudget();

  constructor(caller: Caller, links: ReadonlyMap<Group, readonly Link[]>) {
    this.#caller = caller;
    this.#links = links;
  }

  record(group: Group, item: Item, selection?: Selection): RecordView {
    const view = viewRecord(group.entry.model, this.#caller, item, selection);
    if (group.tree.size === 0) return view;
    const links = this.#links.get(group) ?? [];
    return { ...view, expanded: Object.fromEntries(links.map((link) => [link.name, this.#related(link, link.from(item))])) };
  }

  #related({ next }: Link, related: Item | Page<Item> | null): Related {
    if (related === null) return null;
    const show = (item: Item): RecordView => {
      this.#bytes.spend(item);
      return this.record(next, item);
    };
    return isPage(related) ? { ...related, items: related.items.map(show) } : show(related);
  }
}

/**
 * Records as the caller may see them, with what their relations lead to under `expanded`. The rules of the related models
 * are asked for every record that is reached.
 *
 * @throws ApiError `validation_failed` when there is too much of it
 */
export const expandRecords = async (expansion: Expansion, items: readonly Item[]): Promise<readonly RecordView[]> => {
  const { entry, caller, relations, selection, remainingMs } = expansion;
  const root: Group = { entry, items, tree: relations };
  const links = relations.size === 0 ? new Map() : await followRelations({ caller, remainingMs }, root);
  const view = new ExpandedView(caller, links);
  return items.map((item) => view.record(root, item, selection));
};

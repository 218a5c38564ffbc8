import { toApiError } from '../runtime/problem.ts';
import type { Action, ApiRequest } from '../runtime/request.ts';
import { assertDistinct, batchBody } from './batch-request.ts';
import { type BatchResult, fitReads, refused } from './batch-results.ts';
import { type Item, type Place, readPlaces } from './data-store.ts';
import { type ModelEntry, requestedModel } from './models.ts';
import { assertMayRead, isReadable, notFound } from './record-access.ts';
import { recordIdOf } from './record-id.ts';
import { viewRecord } from './record-view.ts';

interface BatchItem {
  readonly model: string;
  readonly id: string;
}

/** What is to be read for an item, or why nothing is. */
type Planned = { readonly entry: ModelEntry; readonly place: Place } | { readonly problem: BatchResult };

const instanceOf = ({ model, id }: BatchItem): string => `/data/${model}/${id}`;

const plan = (request: ApiRequest, item: BatchItem): Planned => {
  try {
    const entry = requestedModel(item.model);
    assertMayRead(entry, request.caller);
    return { entry, place: { table: entry.table, key: { id: recordIdOf(item.id) } } };
  } catch (error) {
    return { problem: refused(request, instanceOf(item), toApiError(error)) };
  }
};

const resultOf = (request: ApiRequest, item: BatchItem, entry: ModelEntry, stored: Item | undefined): BatchResult => {
  const { caller } = request;
  if (stored === undefined || !isReadable(entry, caller, stored)) return refused(request, instanceOf(item), notFound());
  return { status: 200, record: viewRecord(entry.model, caller, stored) };
};

/** POST: up to 100 records, each as if it were read alone. */
export const readBatch: Action = async (request) => {
  const { items, consistent = false } = batchBody<{ items: readonly BatchItem[]; consistent?: boolean }>(request);
  assertDistinct(
    'items',
    items.map(({ model, id }) => `${model}/${id}`),
  );
  const planned = items.map((item) => ({ item, plan: plan(request, item) }));
  const places = planned.flatMap((each) => ('place' in each.plan ? [each.plan.place] : []));
  const stored = (await readPlaces(places, consistent))[Symbol.iterator]();
  const results = planned.map(({ item, plan: each }) =>
    'problem' in each ? each.problem : resultOf(request, item, each.entry, stored.next().value),
  );
  return { body: { results: fitReads(request, results, items.map(instanceOf)) } };
};

import type { CompiledModel } from '../../contracts/compiled.ts';
import { constraintsTable } from '../../contracts/key-encoding.ts';
import { readParameters } from '../runtime/read-parameters.ts';
import type { Action } from '../runtime/request.ts';
import { assertBackfilled, isBackfilled } from './backfill-state.ts';
import { allRecords } from './constraint-keys.ts';
import { countOf } from './counters.ts';
import { readItem } from './data-store.ts';
import { type Counter, findCounter } from './find-counter.ts';
import { meterOf } from './list-meter.ts';
import { grantsOf, planFor, readBudget } from './list-page.ts';
import { type ReadBudget, StreamReader } from './merge-streams.ts';
import { requestedModel } from './models.ts';
import { parseFilter } from './parse-filter.ts';
import { assertMayList } from './record-access.ts';
import { type StreamQuery, streamQuery } from './stream-query.ts';
import { constraintsTableName } from './write-context.ts';

/** Entries that one count reads at the most. */
const countBudgetItems = 10_000;
/** Records a request, where they have to be looked at one by one. */
const largestBatch = 500;

/** How many records there are; `complete` is false when there were more to look at than one request may read. */
interface Count {
  readonly count: number;
  readonly complete: boolean;
}

/** Lets the database count: no record travels. */
const countStream = async ({ run }: StreamQuery, budget: ReadBudget): Promise<Count> => {
  let count = 0;
  let startKey: Awaited<ReturnType<typeof run>>['lastKey'];
  do {
    if (budget.entries <= 0 || !budget.hasTime()) return { count, complete: false };
    const output = await run({ ...(startKey && { startKey }), limit: budget.entries, countOnly: true });
    budget.entries -= Math.max(1, output.scanned);
    count += output.count;
    startKey = output.lastKey;
  } while (startKey !== undefined);
  return { count, complete: true };
};

/** Reads the records and counts those that belong to the stream. */
const countItems = async (query: StreamQuery, budget: ReadBudget): Promise<Count> => {
  const reader = new StreamReader(query, 'start');
  let count = 0;
  while (!reader.isEnded) {
    if (budget.entries <= 0 || !budget.hasTime()) return { count, complete: false };
    await reader.read(largestBatch, budget, 1);
    count += reader.takeBatch();
  }
  return { count, complete: true };
};

const countStreams = async (queries: readonly StreamQuery[], budget: ReadBudget): Promise<Count> => {
  let total: Count = { count: 0, complete: true };
  for (const query of queries) {
    const { count, complete } = await (query.isCountable ? countStream(query, budget) : countItems(query, budget));
    total = { count: total.count + count, complete: total.complete && complete };
  }
  return total;
};

/** A counter that was declared when there were records already lacks them until it is backfilled. */
const isComplete = async (model: CompiledModel, { term }: Counter): Promise<boolean> => {
  const field = term?.field ?? allRecords;
  return model.awaited?.counts.includes(field) !== true || isBackfilled(model, 'count', field);
};

/** GET: how many records the caller may read. Records that the caller may not read are never counted. */
export const countRecords: Action = async ({ path, query, caller, remainingMs }) => {
  const entry = requestedModel(path['model']);
  assertMayList(entry, caller);
  const meter = meterOf(query, caller);
  const { filter: json } = readParameters(query, ['filter']);
  const filter = parseFilter(entry.model, caller, json);
  const listQuery = { entry, caller, filter, sort: undefined };
  const counter = findCounter(entry.model, grantsOf(listQuery), filter);
  if (counter !== undefined && (await isComplete(entry.model, counter))) {
    const item = await readItem(
      constraintsTableName,
      { [constraintsTable.partitionKey]: counter.key },
      true,
      meter?.measureCounter(counter),
    );
    return { body: { count: countOf(item), complete: true, ...meter?.explanation() } };
  }
  const { plan } = planFor(listQuery);
  await assertBackfilled(plan);
  const queries = plan.streams.map((stream) => streamQuery(plan, stream, entry.table));
  const count = await countStreams(meter?.measure(plan, queries) ?? queries, readBudget(remainingMs, countBudgetItems));
  return { body: { ...count, ...meter?.explanation() } };
};

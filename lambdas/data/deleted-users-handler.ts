import { dataRoutes } from '../../contracts/data.ts';
import { variables } from '../../contracts/variables.ts';
import { deletedUsersHandler, type Forgetting } from '../runtime/deleted-users.ts';
import { resumeDeletedUser } from '../runtime/deleted-users-client.ts';
import { requiredVariable } from '../runtime/environment.ts';
import { counterKey } from './constraint-keys.ts';
import { emptyCounterWrite } from './counters.ts';
import { commit, type Item, queryItems } from './data-store.ts';
import { inProcessData } from './in-process.ts';
import { findModel } from './models.ts';
import { constraintsTableName } from './write-context.ts';

/** Where a run has ended: a model, the last record that is done, and whether some could not be deleted. */
interface Position {
  readonly model: string;
  readonly after?: Item;
  readonly isHindered: boolean;
}

const models = JSON.parse(requiredVariable(variables.deletedUsersModels)) as readonly string[];
const pageSize = 100;

const queryOf = (name: string, userId: string) => {
  const { model, table } = findModel(name);
  const index = model.indexes.find((each) => each.name === model.onUserDelete?.index);
  if (index === undefined) throw new Error(`no index finds the records of a user of ${name}: compile the definition again`);
  return {
    table,
    index: index.name,
    condition: '#o = :o',
    parameters: { ExpressionAttributeNames: { '#o': index.partitionAttribute }, ExpressionAttributeValues: { ':o': userId } },
    descending: false,
    limit: pageSize,
  };
};

/** @returns whether the record is gone; not if others keep it from being deleted */
const deleteRecord = async (name: string, id: string, { userId, remainingMs }: Forgetting): Promise<boolean> => {
  const path = dataRoutes.deleteRecord.path.replace('{model}', name).replace('{id}', encodeURIComponent(id));
  const request = { method: dataRoutes.deleteRecord.method, path, headers: { 'if-match': '*' } };
  const { status } = await inProcessData(request, { kind: 'system' }, { requestId: `user.deleted:${userId}`, remainingMs });
  if (status < 300 || status === 404) return true;
  if (status === 409) return false;
  throw new Error(`a record of ${name} could not be deleted: the answer was ${status}`);
};

/** @returns where to go on, when there was no time for all records */
const deleteRecordsOf = async (user: Forgetting, from: Position): Promise<Position | { readonly isHindered: boolean }> => {
  let { after, isHindered } = from;
  do {
    const page = await queryItems({ ...queryOf(from.model, user.userId), ...(after && { startKey: after }) });
    // One after the other: transactions on the counters of one owner would get into each other's way.
    for (const { id } of page.items) if (!(await deleteRecord(from.model, String(id), user))) isHindered = true;
    after = page.lastKey;
    if (after !== undefined && !user.hasTime()) return { model: from.model, after, isHindered };
  } while (after !== undefined);
  return { isHindered };
};

/** How many records somebody has who has none. */
const forgetCount = async (name: string, userId: string): Promise<void> => {
  const { model } = findModel(name);
  if (!model.counts.includes('owner')) return;
  await commit([emptyCounterWrite(constraintsTableName, counterKey(model, 'owner', userId))]);
};

const forget = async (user: Forgetting): Promise<string | undefined> => {
  const from = user.from === undefined ? undefined : (JSON.parse(user.from) as Position);
  const begin = Math.max(0, models.indexOf(from?.model ?? ''));
  let isHindered = from?.isHindered ?? false;
  for (const model of models.slice(begin)) {
    if (!user.hasTime()) return JSON.stringify({ model, isHindered } satisfies Position);
    const after = model === from?.model ? from.after : undefined;
    const end = await deleteRecordsOf(user, { model, isHindered, ...(after && { after }) });
    if ('model' in end) return JSON.stringify(end);
    isHindered = end.isHindered;
    await forgetCount(model, user.userId);
  }
  // Those of the user's own are gone by the next attempt.
  if (isHindered) throw new Error('records that others refer to could not be deleted');
  return undefined;
};

/** The function behind the queue of deleted users: their records go where the model says so. */
export const handler = deletedUsersHandler(forget, resumeDeletedUser);

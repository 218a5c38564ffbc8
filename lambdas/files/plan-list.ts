import type { Rule } from '../../contracts/access.ts';
import type { CompiledFolder } from '../../contracts/compiled.ts';
import { ApiError } from '../../contracts/errors.ts';
import { filesTable } from '../../contracts/files-table.ts';
import { authorize, type Decision } from '../runtime/authorize.ts';
import type { Caller } from '../runtime/request.ts';
import type { FileQuery } from './files-store.ts';
import { assertAllowed, followsRecord, plainRules, rulesWith } from './folder-access.ts';
import { modelOf } from './folders.ts';
import { decideOnRecord } from './record-decisions.ts';

/** Which files a request wants. */
export interface ListWish {
  readonly folder: CompiledFolder;
  readonly caller: Caller;
  readonly owner: string | undefined;
  readonly record: string | undefined;
}

/** The one Query that reads nothing but what the caller may list. */
export type ListPlan = Pick<FileQuery, 'index' | 'partition' | 'equal'>;

/** How far a caller may list: everybody's files, the caller's own, or none. */
type Reach = 'all' | 'own' | 'none';

/** Any file, as the rules see it: those on files look at nothing but the owner. */
const someFile = { id: '-', owner: '-' };

const reachOf = (rules: readonly Rule[], caller: Caller): { readonly reach: Reach; readonly decision: Decision } => {
  const decision = authorize(rules, 'list', caller, someFile);
  if (decision === 'allowed') return { reach: 'all', decision };
  const isOwn = caller.kind === 'user' && authorize(rules, 'list', caller, { ...someFile, owner: caller.id }) === 'allowed';
  return { reach: isOwn ? 'own' : 'none', decision };
};

/** The refusal of a list that needs a record to be named, since the rules of the folder go by it. */
const recordNeeded = (model: string): ApiError =>
  new ApiError('index_required', `The rules of this folder go by the ${model}: list the files of one, with ?record=<id>.`);

const ofRecord = ({ folder, owner, record }: ListWish, only: string | undefined): ListPlan => ({
  index: filesTable.byPlace,
  partition: `${folder.name}#${record}`,
  equal: (only ?? owner) === undefined ? {} : { owner: (only ?? owner) as string },
});

const planWithRecord = async (wish: ListWish, model: string): Promise<ListPlan> => {
  const { folder, caller, record = '' } = wish;
  const plain = reachOf(plainRules(folder), caller);
  if (plain.reach === 'all' || !followsRecord(folder, 'list')) return restrict(wish, plain, (only) => ofRecord(wish, only));
  const decisions = await decideOnRecord({ model, id: record }, caller, false);
  return restrict(wish, reachOf(rulesWith(folder, decisions), caller), (only) => ofRecord(wish, only));
};

/** Narrows a plan to what the caller may list, or refuses. */
const restrict = (
  { caller, owner }: ListWish,
  { reach, decision }: ReturnType<typeof reachOf>,
  plan: (only: string | undefined) => ListPlan,
): ListPlan => {
  if (reach === 'all') return plan(undefined);
  if (reach === 'none') assertAllowed(decision);
  const self = caller.kind === 'user' ? caller.id : undefined;
  if (owner !== undefined && owner !== self) assertAllowed('forbidden');
  return plan(self);
};

const ofFolder = ({ folder, owner }: ListWish, only: string | undefined): ListPlan => {
  const who = only ?? owner;
  if (who !== undefined) return { index: filesTable.byOwner, partition: `${folder.name}#${who}`, equal: {} };
  const model = modelOf(folder);
  if (model !== undefined)
    throw new ApiError('index_required', `List the files of one ${model} (?record=<id>) or of one user (?owner=me).`);
  return { index: filesTable.byPlace, partition: folder.name, equal: {} };
};

/**
 * Plans a list as the caller. A record that the rules go by is read once.
 *
 * @throws ApiError `unauthenticated`, `forbidden`, `not_found`, `index_required`
 */
export const planList = async (wish: ListWish): Promise<ListPlan> => {
  const { folder, caller, record } = wish;
  const model = modelOf(folder);
  if (model !== undefined && record !== undefined) return planWithRecord(wish, model);
  const plain = reachOf(plainRules(folder), caller);
  if (plain.reach === 'none' && model !== undefined && followsRecord(folder, 'list')) throw recordNeeded(model);
  // Without a record, nothing tells whether a refused caller may know of the files: the folder itself is no secret.
  const decision = plain.decision === 'hidden' ? 'forbidden' : plain.decision;
  return restrict(wish, { ...plain, decision }, (only) => ofFolder(wish, only));
};

import type { Page } from '../../contracts/data.ts';
import { ApiError } from '../../contracts/errors.ts';
import { type FileEntry, fileLimits } from '../../contracts/files.ts';
import type { StoredFile } from '../../contracts/files-table.ts';
import { callerKey } from '../runtime/caller-key.ts';
import { keptBack } from '../runtime/kept-back.ts';
import { parameterFault, readLimit, readParameters } from '../runtime/read-parameters.ts';
import type { Action, Caller } from '../runtime/request.ts';
import { validationError } from '../runtime/validate-body.ts';
import { openCursor, sealCursor } from './cursor.ts';
import { toEntry } from './file-view.ts';
import { type FileQuery, queryFiles } from './files-store.ts';
import { assertMayEver } from './folder-access.ts';
import { findFolder } from './folders.ts';
import { type ListWish, planList } from './plan-list.ts';
import { recordOfPlace } from './target-place.ts';

/** Entries of an index that one request reads at the most. */
const readBudget = 1_000;
/** The last read must still be able to end, and the answer to be sent. */
const reserveMs = 3_000;

const choiceOf = <T extends string>(name: string, text: string | undefined, choices: readonly T[], usual: T): T => {
  if (text === undefined) return usual;
  const choice = choices.find((each) => each === text);
  if (choice === undefined) throw validationError([parameterFault(name, 'invalid_value', `Expected one of ${choices.join(', ')}.`)]);
  return choice;
};

const ownerOf = (text: string | undefined, caller: Caller): string | undefined => {
  if (text !== 'me') return text;
  if (caller.kind === 'user') return caller.id;
  throw new ApiError('unauthenticated', 'Log in first: a guest has no files.');
};

/** Reads until the page is full, the index ends, or enough was read. */
const readPage = async (
  query: FileQuery,
  remainingMs: () => number,
): Promise<{ readonly files: readonly StoredFile[]; readonly last: string | undefined }> => {
  const files: StoredFile[] = [];
  let after = query.after;
  const keptMs = keptBack(remainingMs(), reserveMs);
  for (let read = 0; read < readBudget; ) {
    const page = await queryFiles({ ...query, after });
    files.push(...page.files);
    if (files.length > query.limit) {
      const full = files.slice(0, query.limit);
      return { files: full, last: full.at(-1)?.id };
    }
    after = page.last;
    read += page.scanned;
    if (after === undefined || files.length === query.limit || remainingMs() < keptMs) break;
  }
  return { files, last: after };
};

/** GET: a page of the files of a folder, of one owner or of one record. */
export const listFiles: Action = async (request) => {
  const { caller, query } = request;
  const folder = findFolder(request.path['folder']);
  assertMayEver(folder, 'list', caller);
  const given = readParameters(query, ['owner', 'record', 'status', 'order', 'limit', 'cursor']);
  const limit = readLimit(given.limit, fileLimits.pageSize);
  const order = choiceOf('order', given.order, ['desc', 'asc'], 'desc');
  const status = choiceOf('status', given.status, ['ready', 'pending', 'refused', 'any'], 'ready');
  const record = given.record === undefined ? undefined : recordOfPlace(folder, given.record, '/query/record');
  const wish: ListWish = { folder, caller, owner: ownerOf(given.owner, caller), record };
  const plan = await planList(wish);
  const equal = { ...plan.equal, ...(status !== 'any' && { status }) };
  const who = callerKey(caller);
  const binding = JSON.stringify([folder.name, plan.index.name, plan.partition, equal, order, who]);
  const after = given.cursor === undefined ? undefined : await openCursor(binding, given.cursor);
  const nowSeconds = Math.floor(Date.now() / 1_000);
  const page = await readPage({ ...plan, equal, descending: order === 'desc', limit, after, nowSeconds }, request.remainingMs);
  const items = page.files.map((file) => toEntry(folder, file));
  const body: Page<FileEntry> = { items, ...(page.last !== undefined && { cursor: await sealCursor(binding, page.last) }) };
  return { body };
};

import type { CompiledFolder } from '../../contracts/compiled.ts';
import { ApiError } from '../../contracts/errors.ts';
import type { StoredFile } from '../../contracts/files-table.ts';
import { type KeyClaim, keyClaimOf } from '../runtime/idempotency-key.ts';
import type { Action, ApiReply } from '../runtime/request.ts';
import { commitChange } from './commit-change.ts';
import { fileReply, locationOf } from './file-view.ts';
import { forget, remind, replaceRow } from './file-writes.ts';
import { commit, readFileRow } from './files-store.ts';
import { notFound } from './folder-access.ts';
import { keyOf } from './folders.ts';
import { newContentId } from './new-upload.ts';
import { type Attempt, changeFile, type FileRequest, fileRequestOf } from './open-file.ts';
import { readBody } from './read-body.ts';
import { readClaimed } from './read-claimed.ts';
import { assertMayCreate, placeOf } from './target-place.ts';
import { assertTransferable, copyTo, type Target, targetOf } from './transfer.ts';

const replyOf = (folder: CompiledFolder, file: StoredFile): ApiReply => {
  const { body, headers } = fileReply(folder, file);
  return { body, headers: { ...headers, location: locationOf(file) } };
};

const replayOf = async (target: Target, fileId: string): Promise<ApiReply> => {
  const file = await readFileRow(fileId, true);
  if (file === undefined || file.folder !== target.folder.name) throw notFound();
  const reply = replyOf(target.folder, file);
  return { ...reply, headers: { ...reply.headers, 'idempotency-replayed': 'true' } };
};

/** The file at its new place. It keeps its id, its owner and what it counts. */
const movedFile = (file: StoredFile, { folder, record, name }: Target, key: string): StoredFile => {
  const { record: _, ...others } = file;
  const place = placeOf(folder, { owner: file.owner, ...(record !== undefined && { record }) });
  return { ...others, ...place, name: name ?? file.name, key, version: file.version + 1, updatedAt: new Date().toISOString() };
};

const isSamePlace = (file: StoredFile, { folder, record }: Target): boolean => file.folder === folder.name && file.record === record;

/** Moves the bytes first, then the row: who reads meanwhile gets the file at one place or the other. */
const attemptMove = async (
  { request }: FileRequest,
  target: Target,
  file: StoredFile,
  claim: KeyClaim | undefined,
): Promise<Attempt<ApiReply>> => {
  const nowMs = Date.now();
  const { record } = target;
  await assertMayCreate(target.folder, request.caller, { id: file.id, owner: file.owner, ...(record !== undefined && { record }) });
  assertTransferable(file, target);
  if (file.upload !== undefined)
    throw new ApiError('not_ready', 'New bytes of this file are on their way. Wait for them, or give them up.');
  const isSame = isSamePlace(file, target);
  const key = isSame
    ? file.key
    : keyOf(target.folder, { id: file.id, owner: file.owner, ...(record !== undefined && { record }) }, newContentId());
  const moved = movedFile(file, target, key);
  if (!isSame) {
    await commit([remind(file.id, key, nowMs)]);
    if (!(await copyTo(file.key, moved, key))) return { kind: 'newer', file: await readFileRow(file.id, true) };
  }
  const others = isSame ? [] : [forget(key)];
  const row = replaceRow(moved, file.version);
  const outcome = await commitChange({ row, fileId: file.id, owner: file.owner, bytes: 0, others, claim });
  if (outcome.kind === 'replayed') return { done: await replayOf(target, outcome.fileId) };
  return outcome.kind === 'newer' ? outcome : { done: replyOf(target.folder, moved) };
};

/** POST: moves a file to another folder or record. */
export const moveFile: Action = async (request) => {
  const asked = fileRequestOf(request, 'delete');
  const target = targetOf(readBody('moveFile', request));
  const claim = keyClaimOf(request, Date.now());
  const move = (file: StoredFile): Promise<Attempt<ApiReply>> => attemptMove(asked, target, file, claim);
  const { row, replayed } = await readClaimed(asked.id, claim);
  // The file is no longer where the request that came before has found it.
  return replayed === undefined ? changeFile(asked, move, { row }) : replayOf(target, replayed);
};

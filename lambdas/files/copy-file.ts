import type { StoredFile, StoredUpload } from '../../contracts/files-table.ts';
import { countedBytes } from '../../contracts/files-table.ts';
import { keyClaimOf } from '../runtime/idempotency-key.ts';
import { newId } from '../runtime/new-id.ts';
import type { Action, ApiReply } from '../runtime/request.ts';
import { causeAttributes } from '../runtime/write-cause.ts';
import { commitChange } from './commit-change.ts';
import { newOwner } from './create-upload.ts';
import { fileReply, locationOf } from './file-view.ts';
import { deleteRow, insertRow, replaceRow } from './file-writes.ts';
import { commit, readFileRow } from './files-store.ts';
import { notFound } from './folder-access.ts';
import { keyOf } from './folders.ts';
import { abandonedAt, newContentId } from './new-upload.ts';
import { fileRequestOf, openFile } from './open-file.ts';
import { readBody } from './read-body.ts';
import { assertMayCreate, placeOf } from './target-place.ts';
import { assertTransferable, copyTo, type Target, targetOf } from './transfer.ts';

/** A copy begins as an upload does, so that one that is broken off is swept like one. */
const beginningOf = (source: StoredFile, target: Target, owner: string, nowMs: number): StoredFile & { readonly upload: StoredUpload } => {
  const { folder, record } = target;
  const ruled = { id: newId(nowMs), owner, ...(record !== undefined && { record }) };
  const { type, sizeBytes, checksumSha256, metadata } = source;
  const time = new Date(nowMs).toISOString();
  const expiresAt = abandonedAt(nowMs);
  return {
    ...ruled,
    ...placeOf(folder, ruled),
    name: target.name ?? source.name,
    type,
    sizeBytes,
    status: 'pending',
    ...(checksumSha256 !== undefined && { checksumSha256 }),
    ...(metadata !== undefined && { metadata }),
    version: 1,
    createdAt: time,
    updatedAt: time,
    upload: { key: keyOf(folder, ruled, newContentId()), type, sizeBytes, expiresAt: new Date(expiresAt * 1_000).toISOString() },
    expiresAt,
  };
};

/** Gives up a copy whose bytes never came. */
const undo = async (copy: StoredFile): Promise<void> => {
  const change = { row: deleteRow(copy.id, copy.version), fileId: copy.id, owner: copy.owner, bytes: -countedBytes(copy) };
  await commitChange(change).catch(() => undefined);
};

/** Copies the bytes, and makes the copy ready. */
const finish = async (
  source: StoredFile & { readonly key: string },
  copy: StoredFile & { readonly upload: StoredUpload },
): Promise<StoredFile> => {
  const { key } = copy.upload;
  if (!(await copyTo(source.key, copy, key))) {
    await undo(copy);
    throw notFound();
  }
  const { upload: _, expiresAt: __, ...others } = copy;
  const ready: StoredFile = { ...others, key, status: 'ready', version: copy.version + 1, updatedAt: new Date().toISOString() };
  const outcome = await commit([replaceRow(ready, copy.version)]);
  if (outcome.ok) return ready;
  const current = outcome.failed[0]?.item as StoredFile | undefined;
  if (current === undefined) throw notFound();
  return current;
};

/** Goes on with a copy that the same request has begun before. */
const resume = async (source: StoredFile & { readonly key: string }, fileId: string): Promise<StoredFile> => {
  const copy = await readFileRow(fileId, true);
  if (copy === undefined) throw notFound();
  return copy.upload === undefined || copy.key !== undefined ? copy : finish(source, { ...copy, upload: copy.upload });
};

const reply = ({ folder }: Target, copy: StoredFile, isReplayed: boolean): ApiReply => {
  const { body, headers } = fileReply(folder, copy);
  return { body, headers: { ...headers, location: locationOf(copy), ...(isReplayed && { 'idempotency-replayed': 'true' }) } };
};

/** POST: copies a file. The caller owns the copy, and it counts in the caller's quota. */
export const copyFile: Action = async (request) => {
  const asked = fileRequestOf(request, 'get');
  const owner = newOwner(request);
  const target = targetOf(readBody('copyFile', request));
  const nowMs = Date.now();
  const claim = keyClaimOf(request, nowMs);
  const source = await openFile(asked, true);
  const copy = { ...beginningOf(source, target, owner, nowMs), ...causeAttributes(request.caller) };
  await assertMayCreate(target.folder, request.caller, copy);
  assertTransferable(source, target);
  const outcome = await commitChange({ row: insertRow(copy), fileId: copy.id, owner, bytes: countedBytes(copy), claim });
  if (outcome.kind === 'replayed') return reply(target, await resume(source, outcome.fileId), true);
  try {
    return reply(target, await finish(source, copy), false);
  } catch (error) {
    // With a key the same request goes on with it.
    if (claim === undefined) await undo(copy);
    throw error;
  }
};

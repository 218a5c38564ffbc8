import { causeAttribute } from '../../contracts/events.ts';
import { countedBytes, type StoredFile, type StoredUpload } from '../../contracts/files-table.ts';
import { keyClaimOf } from '../runtime/idempotency-key.ts';
import type { Action, ApiReply } from '../runtime/request.ts';
import { causeAttributes } from '../runtime/write-cause.ts';
import { commitUpload, replayUpload, uploadReply } from './create-upload.ts';
import { assertMetadataFits } from './file-metadata.ts';
import { canonicalName } from './file-name.ts';
import { remind, replaceRow } from './file-writes.ts';
import { abandonedAt, beginUpload, planUpload } from './new-upload.ts';
import { type Attempt, assertOpen, changeFile, fileRequestOf, uploadOperation } from './open-file.ts';
import { readBody } from './read-body.ts';
import { readClaimed } from './read-claimed.ts';

/** A file that has bytes keeps them until the new ones have arrived; one that has none is what is on its way. */
const withUpload = (file: StoredFile, upload: StoredUpload, nowMs: number): StoredFile => {
  const changed = { version: file.version + 1, updatedAt: new Date(nowMs).toISOString(), upload };
  const { reason: _, [causeAttribute]: earlier, ...kept } = file;
  if (file.key !== undefined) return { ...kept, ...changed };
  const { checksumSha256: __, ...others } = kept;
  const { type, sizeBytes, checksumSha256 } = upload;
  const told = checksumSha256 === undefined ? {} : { checksumSha256 };
  return { ...others, ...changed, type, sizeBytes, ...told, status: 'pending', expiresAt: abandonedAt(nowMs) };
};

/** POST: begins the upload of new bytes for a file. An upload that was under way is given up. */
export const replaceFile: Action = async (request) => {
  const asked = fileRequestOf(request, uploadOperation(request));
  const { folder } = asked;
  const { name: givenName, metadata, ...wanted } = readBody('replaceFile', request);
  const name = givenName === undefined ? {} : { name: canonicalName(givenName) };
  assertMetadataFits(metadata);
  const nowMs = Date.now();
  const claim = keyClaimOf(request, nowMs);
  const { row, replayed } = await readClaimed(asked.id, claim);
  if (replayed !== undefined) {
    await assertOpen({ ...asked, precondition: 'any' }, row, true);
    return replayUpload(folder, replayed, nowMs);
  }
  const replace = async (stored: StoredFile): Promise<Attempt<ApiReply>> => {
    const file = { ...stored, ...name, ...(metadata !== undefined && { metadata }) };
    const upload = await beginUpload(planUpload(folder, file, wanted, nowMs), file);
    const next = { ...withUpload(file, upload, nowMs), ...causeAttributes(request.caller) };
    const outcome = await commitUpload(upload, () => ({
      row: replaceRow(next, stored.version),
      fileId: file.id,
      owner: file.owner,
      bytes: countedBytes(next) - countedBytes(stored),
      others: file.key === undefined ? [] : [remind(file.id, upload.key, nowMs)],
      claim,
    }));
    if (outcome.kind === 'newer') return outcome;
    if (outcome.kind === 'replayed') return { done: await replayUpload(folder, outcome.fileId, nowMs) };
    return { done: await uploadReply(folder, next, nowMs) };
  };
  return changeFile(asked, replace, { row });
};

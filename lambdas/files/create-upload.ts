import type { CompiledFolder } from '../../contracts/compiled.ts';
import { ApiError } from '../../contracts/errors.ts';
import type { UploadReply } from '../../contracts/files.ts';
import type { StoredFile, StoredUpload } from '../../contracts/files-table.ts';
import { keyClaimOf } from '../runtime/idempotency-key.ts';
import { newId } from '../runtime/new-id.ts';
import type { Action, ApiReply, ApiRequest } from '../runtime/request.ts';
import { causeAttributes } from '../runtime/write-cause.ts';
import { type ChangeOutcome, commitChange, type FileChange } from './commit-change.ts';
import { assertMetadataFits } from './file-metadata.ts';
import { canonicalName } from './file-name.ts';
import { entityTag, locationOf, toEntry } from './file-view.ts';
import { insertRow } from './file-writes.ts';
import { readFileRow } from './files-store.ts';
import { assertMayEver, notFound } from './folder-access.ts';
import { findFolder } from './folders.ts';
import { abandonedAt, beginUpload, endUpload, planUpload, ticketOf } from './new-upload.ts';
import { readBody } from './read-body.ts';
import { assertMayCreate, placeOf, recordOfPlace } from './target-place.ts';

/** A file needs an owner, whose quota it counts in: the caller, or on whose behalf the system acts. */
export const newOwner = ({ caller }: ApiRequest): string => {
  if (caller.kind === 'guest') throw new ApiError('unauthenticated', 'Log in first: a file needs an owner.');
  const owner = caller.kind === 'user' ? caller.id : caller.actor;
  if (owner === undefined) throw new ApiError('forbidden', 'A file needs an owner: act on behalf of the user whose file it is to be.');
  return owner;
};

/** The answer that tells where the bytes go. */
export const uploadReply = async (folder: CompiledFolder, file: StoredFile, nowMs: number): Promise<ApiReply> => {
  if (file.upload === undefined) {
    throw new ApiError('already_exists', 'The upload that this Idempotency-Key began has ended. Read the file, or use a new key.');
  }
  const body: UploadReply = { file: toEntry(folder, file), upload: await ticketOf(file, file.upload, nowMs) };
  return { body, headers: { etag: entityTag(file), location: locationOf(file) } };
};

/** The answer to a request that has begun this upload before. */
export const replayUpload = async (folder: CompiledFolder, fileId: string, nowMs: number): Promise<ApiReply> => {
  const file = await readFileRow(fileId, true);
  if (file === undefined || file.folder !== folder.name) throw notFound();
  const reply = await uploadReply(folder, file, nowMs);
  return { ...reply, headers: { ...reply.headers, 'idempotency-replayed': 'true' } };
};

/** Commits a change with an upload that has begun, which ends if the change does not happen. */
export const commitUpload = async (upload: StoredUpload, change: () => FileChange): Promise<ChangeOutcome> => {
  try {
    const outcome = await commitChange(change());
    if (outcome.kind !== 'done') await endUpload(upload);
    return outcome;
  } catch (error) {
    await endUpload(upload);
    throw error;
  }
};

/** POST: begins the upload of a new file that the caller owns. */
export const createUpload: Action = async (request) => {
  const folder = findFolder(request.path['folder']);
  assertMayEver(folder, 'create', request.caller);
  const owner = newOwner(request);
  const body = readBody('createUpload', request);
  const nowMs = Date.now();
  const record = recordOfPlace(folder, body.record);
  const ruled = { id: newId(nowMs), owner, ...(record !== undefined && { record }) };
  await assertMayCreate(folder, request.caller, ruled);
  const name = canonicalName(body.name);
  assertMetadataFits(body.metadata);
  const claim = keyClaimOf(request, nowMs);
  const upload = await beginUpload(planUpload(folder, ruled, body, nowMs), { id: ruled.id, name });
  const { type, sizeBytes, checksumSha256 } = upload;
  const time = new Date(nowMs).toISOString();
  const file: StoredFile = {
    ...ruled,
    ...placeOf(folder, ruled),
    name,
    type,
    sizeBytes,
    status: 'pending',
    ...(checksumSha256 !== undefined && { checksumSha256 }),
    ...(body.metadata !== undefined && { metadata: body.metadata }),
    version: 1,
    createdAt: time,
    updatedAt: time,
    upload,
    expiresAt: abandonedAt(nowMs),
    ...causeAttributes(request.caller),
  };
  const outcome = await commitUpload(upload, () => ({ row: insertRow(file), fileId: file.id, owner, bytes: sizeBytes, claim }));
  // Nobody else can have made an id of ours: the database did it, and its answer was lost on the way.
  return outcome.kind === 'replayed' ? replayUpload(folder, outcome.fileId, nowMs) : uploadReply(folder, file, nowMs);
};

import type { FilesRequest } from '../../contracts/files-schemas.ts';
import type { StoredFile } from '../../contracts/files-table.ts';
import { grantsFor } from '../runtime/authorize.ts';
import { isAlways } from '../runtime/predicate.ts';
import type { Action } from '../runtime/request.ts';
import { assertMetadataFits } from './file-metadata.ts';
import { canonicalName } from './file-name.ts';
import { fileReply } from './file-view.ts';
import { replaceRow, updateRow } from './file-writes.ts';
import { commit } from './files-store.ts';
import { plainRules } from './folder-access.ts';
import { type Attempt, changeFile, type FileRequest, fileRequestOf } from './open-file.ts';
import { readBody } from './read-body.ts';

/** The file with the changes of a patch. */
const patched = (file: StoredFile, { name, metadata }: FilesRequest<'updateFile'>, updatedAt: string): StoredFile => {
  const { metadata: before, ...others } = file;
  const notes = metadata === undefined ? before : (metadata ?? undefined);
  return {
    ...others,
    ...(name !== undefined && { name }),
    ...(notes !== undefined && { metadata: notes }),
    version: file.version + 1,
    updatedAt,
  };
};

/** Whose files the caller may update by the plain lines of the folder; undefined: that takes reading the file, or its record. */
const directOwner = ({ folder, request }: FileRequest): { readonly owner: string | undefined } | undefined => {
  const grants = grantsFor(plainRules(folder), 'update', request.caller);
  if (grants.some(isAlways)) return { owner: undefined };
  return grants.length > 0 && request.caller.kind === 'user' ? { owner: request.caller.id } : undefined;
};

/** PATCH: changes the name or the notes. Where the folder's rules need no record, it is one conditional request. */
export const updateFile: Action = async (request) => {
  const asked = fileRequestOf(request, 'update');
  const body = readBody('updateFile', request);
  assertMetadataFits(body.metadata);
  const patch = { ...body, ...(body.name !== undefined && { name: canonicalName(body.name) }) };
  const updatedAt = new Date().toISOString();
  const direct = directOwner(asked);
  let first: { readonly row: StoredFile | undefined } | undefined;
  if (direct !== undefined) {
    const { folder, id, precondition } = asked;
    const guard = { folder: folder.name, owner: direct.owner, versions: precondition, nowMs: Date.now() };
    const outcome = await commit([updateRow(id, { ...patch, updatedAt }, guard)]);
    if (outcome.ok) return fileReply(folder, outcome.output as unknown as StoredFile);
    first = { row: outcome.failed[0]?.item as StoredFile | undefined };
  }
  const change = async (stored: StoredFile): Promise<Attempt<StoredFile>> => {
    const next = patched(stored, patch, updatedAt);
    const outcome = await commit([replaceRow(next, stored.version)]);
    return outcome.ok ? { done: next } : { kind: 'newer', file: outcome.failed[0]?.item as StoredFile | undefined };
  };
  return fileReply(asked.folder, await changeFile(asked, change, first));
};

import type { Operation } from '../../contracts/access.ts';
import type { CompiledFolder } from '../../contracts/compiled.ts';
import { ApiError } from '../../contracts/errors.ts';
import type { StoredFile } from '../../contracts/files-table.ts';
import { assertPrecondition, type Precondition, parseIfMatch } from '../runtime/precondition.ts';
import type { ApiRequest } from '../runtime/request.ts';
import type { ChangeOutcome } from './commit-change.ts';
import { readFileRow } from './files-store.ts';
import { assertAllowed, assertMayEver, decideOnFile, notFound } from './folder-access.ts';
import { findFolder } from './folders.ts';

/** A request that is about one file of a folder. */
export interface FileRequest {
  readonly request: ApiRequest;
  readonly folder: CompiledFolder;
  readonly id: string;
  /** What the rules are asked for; it may depend on the file. */
  readonly operationOn: (file: Pick<StoredFile, 'key' | 'upload' | 'owner'> | undefined) => Operation;
  readonly precondition: Precondition;
}

const idPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/**
 * Reads what a request says of its file, and turns away guests who may do this with none.
 *
 * @throws ApiError `unknown_folder`, `unauthenticated`, `invalid_id`, `invalid_precondition`
 */
export const fileRequestOf = (request: ApiRequest, operation: Operation | FileRequest['operationOn']): FileRequest => {
  const folder = findFolder(request.path['folder']);
  const operationOn = typeof operation === 'string' ? () => operation : operation;
  assertMayEver(folder, operationOn(undefined), request.caller);
  const id = request.path['id'] ?? '';
  if (!idPattern.test(id)) throw new ApiError('invalid_id', 'The id of a file is a UUID in lower case. Take it from a list.');
  const precondition = parseIfMatch(request.headers['if-match'], false);
  return { request, folder, id, operationOn, precondition };
};

/** An upload that is under way is gone on with, or given up, by who began it, or by who may change the file. */
export const uploadOperation =
  ({ caller }: ApiRequest): FileRequest['operationOn'] =>
  (file) =>
    file?.key === undefined && caller.kind === 'user' && file?.owner === caller.id ? 'create' : 'update';

const isLive = ({ expiresAt }: StoredFile): boolean => expiresAt === undefined || expiresAt > Date.now() / 1_000;

/**
 * Asks the rules for a file that was read.
 *
 * @param consistent the file was read so, and the record is to be read so
 * @throws ApiError `not_found`, `forbidden`, `version_mismatch`
 */
export const assertOpen: (asked: FileRequest, file: StoredFile | undefined, consistent: boolean) => Promise<StoredFile> = async (
  { request, folder, operationOn, precondition },
  file,
  consistent,
) => {
  if (file === undefined || file.folder !== folder.name || !isLive(file)) throw notFound();
  const question = { folder, caller: request.caller, operation: operationOn(file), consistent };
  assertAllowed(await decideOnFile(question, file));
  assertPrecondition(precondition, file.version);
  return file;
};

/** Reads the file of a request, as its caller may. */
export const openFile = async (asked: FileRequest, consistent: boolean): Promise<StoredFile> =>
  assertOpen(asked, await readFileRow(asked.id, consistent), consistent);

/** How often a change that was made for a version that is no longer current is made anew. */
const maxAttempts = 6;

/** What an attempt to change a file came to. */
export type Attempt<T> = { readonly done: T } | Extract<ChangeOutcome, { kind: 'newer' }>;

/**
 * Reads a file and changes it, anew whenever somebody else has written it in between.
 *
 * @param first the row, where it was read already
 * @throws ApiError as {@link assertOpen}, `write_conflict`
 */
export const changeFile = async <T>(
  asked: FileRequest,
  attempt: (file: StoredFile) => Promise<Attempt<T>>,
  first?: { readonly row: StoredFile | undefined },
): Promise<T> => {
  let row = first === undefined ? await readFileRow(asked.id, true) : first.row;
  for (let count = 0; count < maxAttempts; count += 1) {
    const outcome = await attempt(await assertOpen(asked, row, true));
    if ('done' in outcome) return outcome.done;
    row = outcome.file;
  }
  throw new ApiError('write_conflict', 'Other writes to the same file won. Read it again, then try again.');
};

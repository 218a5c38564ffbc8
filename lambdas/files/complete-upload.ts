import { ApiError } from '../../contracts/errors.ts';
import type { StoredUpload } from '../../contracts/files-table.ts';
import type { Action, ApiRequest } from '../runtime/request.ts';
import { fileReply } from './file-view.ts';
import { partCountOf, sizeOfPart } from './new-upload.ts';
import { type ArrivedPart, isStored, joinParts, listArrivedParts } from './objects-store.ts';
import { type FileRequest, fileRequestOf, openFile, uploadOperation } from './open-file.ts';

const shown = 10;

const incomplete = (missing: readonly number[]): ApiError => {
  const more = missing.length > shown ? ` and ${missing.length - shown} more` : '';
  return new ApiError('upload_incomplete', `Parts are missing: ${missing.slice(0, shown).join(', ')}${more}. Send them, then try again.`);
};

/** The parts in their order, each with its full size. */
const wholeParts = (upload: StoredUpload, arrived: readonly ArrivedPart[]): readonly ArrivedPart[] => {
  const byNumber = new Map(arrived.map((part) => [part.partNumber, part]));
  const numbers = Array.from({ length: partCountOf(upload) }, (_, index) => index + 1);
  const parts = numbers.map((number) => byNumber.get(number));
  const missing = numbers.filter((number, index) => parts[index]?.sizeBytes !== sizeOfPart(upload, number));
  if (missing.length > 0) throw incomplete(missing);
  return parts.filter((part) => part !== undefined);
};

const complete = async (upload: StoredUpload, uploadId: string): Promise<void> => {
  const target = { key: upload.key, uploadId };
  const arrived = await listArrivedParts(target);
  if (arrived !== undefined && (await joinParts(target, wholeParts(upload, arrived)))) return;
  // Either an earlier request has joined them, or S3 has dropped them.
  if (await isStored(upload.key)) return;
  throw new ApiError('upload_incomplete', 'The parts of this upload are gone. Give it up, and begin anew.');
};

/** Who has completed an upload may do so once more, whatever else the rules say of the file that it has become. */
const completeOperation = (request: ApiRequest): FileRequest['operationOn'] => {
  const operationOn = uploadOperation(request);
  return (file) => operationOn(file?.upload === undefined && file !== undefined ? { ...file, key: undefined } : file);
};

/** POST: joins the parts of an upload. Once more does no harm: the file is answered as it is. */
export const completeUpload: Action = async (request) => {
  const asked = { ...fileRequestOf(request, completeOperation(request)), precondition: 'any' } as const;
  const file = await openFile(asked, true);
  const { upload } = file;
  if (upload?.uploadId !== undefined) await complete(upload, upload.uploadId);
  return fileReply(asked.folder, file);
};

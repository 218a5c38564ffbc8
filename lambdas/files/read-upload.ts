import type { UploadState } from '../../contracts/files.ts';
import type { StoredUpload } from '../../contracts/files-table.ts';
import type { Action } from '../runtime/request.ts';
import { noUpload } from './abort-upload.ts';
import { partCountOf, sizeOfPart } from './new-upload.ts';
import { isStored, listArrivedParts } from './objects-store.ts';
import { fileRequestOf, openFile, uploadOperation } from './open-file.ts';

/** The numbers of the parts that have arrived; all of them once they were joined. */
const arrivedOf = async (upload: StoredUpload, uploadId: string): Promise<readonly number[]> => {
  const parts = await listArrivedParts({ key: upload.key, uploadId });
  if (parts !== undefined) {
    return parts.filter((part) => part.sizeBytes === sizeOfPart(upload, part.partNumber)).map(({ partNumber }) => partNumber);
  }
  if (!(await isStored(upload.key))) return [];
  return Array.from({ length: partCountOf(upload) }, (_, index) => index + 1);
};

/** GET: which parts of an upload have arrived. */
export const readUpload: Action = async (request) => {
  const { upload } = await openFile(fileRequestOf(request, uploadOperation(request)), true);
  if (upload === undefined) throw noUpload();
  const { uploadId, partSizeBytes, expiresAt } = upload;
  const body: UploadState =
    uploadId === undefined || partSizeBytes === undefined
      ? { kind: 'post', arrived: [], expiresAt }
      : { kind: 'parts', partSizeBytes, partCount: partCountOf(upload), arrived: await arrivedOf(upload, uploadId), expiresAt };
  return { body };
};

import { fileLimits, type PartsReply } from '../../contracts/files.ts';
import type { Action } from '../runtime/request.ts';
import { validationError } from '../runtime/validate-body.ts';
import { noUpload } from './abort-upload.ts';
import { partCountOf, sizeOfPart } from './new-upload.ts';
import { signPart } from './objects-store.ts';
import { fileRequestOf, openFile, uploadOperation } from './open-file.ts';
import { readBody } from './read-body.ts';

/** POST: gives where parts of an upload go. */
export const createParts: Action = async (request) => {
  const asked = fileRequestOf(request, uploadOperation(request));
  const { partNumbers } = readBody('createParts', request);
  const { upload } = await openFile(asked, true);
  if (upload?.uploadId === undefined) throw noUpload();
  const count = partCountOf(upload);
  const faults = partNumbers.flatMap((partNumber, index) =>
    partNumber <= count ? [] : [{ pointer: `/partNumbers/${index}`, code: 'too_large', detail: `The upload has ${count} parts.` }],
  );
  if (faults.length > 0) throw validationError(faults);
  const { key, uploadId } = upload;
  const parts = [...new Set(partNumbers)].map(async (partNumber) => {
    const sizeBytes = sizeOfPart(upload, partNumber);
    return { partNumber, url: await signPart({ key, uploadId }, partNumber, sizeBytes, fileLimits.uploadSeconds), headers: {}, sizeBytes };
  });
  const body: PartsReply = { parts: await Promise.all(parts) };
  return { body };
};

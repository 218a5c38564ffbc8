import { isNotModified } from '../runtime/precondition.ts';
import type { Action } from '../runtime/request.ts';
import { entityTag, fileReply } from './file-view.ts';
import { fileRequestOf, openFile } from './open-file.ts';

/** GET: what is known of a file. */
export const readFile: Action = async (request) => {
  const asked = fileRequestOf(request, 'get');
  const file = await openFile(asked, false);
  const etag = entityTag(file);
  if (isNotModified(request.headers['if-none-match'], etag)) return { status: 304, headers: { etag } };
  return fileReply(asked.folder, file);
};

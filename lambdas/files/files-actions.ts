import type { filesRoutes } from '../../contracts/files.ts';
import type { InProcessActions } from '../runtime/in-process.ts';
import { abortUpload } from './abort-upload.ts';
import { completeUpload } from './complete-upload.ts';
import { copyFile } from './copy-file.ts';
import { createLink } from './create-link.ts';
import { createParts } from './create-parts.ts';
import { createUpload } from './create-upload.ts';
import { deleteFile } from './delete-file.ts';
import { listFiles } from './list-files.ts';
import { moveFile } from './move-file.ts';
import { readFile } from './read-file.ts';
import { readUpload } from './read-upload.ts';
import { readUsage } from './read-usage.ts';
import { replaceFile } from './replace-file.ts';
import { updateFile } from './update-file.ts';

/** The code of each route of files. */
export const filesActions = {
  readUsage,
  listFiles,
  createUpload,
  readFile,
  updateFile,
  deleteFile,
  createLink,
  replaceFile,
  readUpload,
  abortUpload,
  createParts,
  completeUpload,
  copyFile,
  moveFile,
} as const satisfies InProcessActions<typeof filesRoutes>;

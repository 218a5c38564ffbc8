import { openAsBlob } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, extname } from 'node:path';

/** The media types of common files by their endings. Others are for the caller to tell. */
const types: Readonly<Record<string, string>> = {
  '.avif': 'image/avif',
  '.csv': 'text/csv',
  '.docx': 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  '.gif': 'image/gif',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.json': 'application/json',
  '.m4a': 'audio/mp4',
  '.mov': 'video/quicktime',
  '.mp3': 'audio/mpeg',
  '.mp4': 'video/mp4',
  '.pdf': 'application/pdf',
  '.png': 'image/png',
  '.pptx': 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  '.txt': 'text/plain',
  '.webm': 'video/webm',
  '.webp': 'image/webp',
  '.xlsx': 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  '.zip': 'application/zip',
};

/**
 * A file of the disk for `upload`, in Node. Its bytes are read when they are sent.
 *
 * @param type the media type. @default by the ending of the name
 * @example
 * ```ts
 * import { openFile } from 'plinth/node';
 * await client.files.videos.upload(await openFile('holiday.mp4'), { resume: true });
 * ```
 */
export const openFile = async (path: string, type?: string): Promise<File> => {
  const known = type ?? types[extname(path).toLowerCase()] ?? 'application/octet-stream';
  const [blob, { mtimeMs }] = await Promise.all([openAsBlob(path, { type: known }), stat(path)]);
  return new File([blob], basename(path), { type: known, lastModified: mtimeMs });
};

import { type BackendEvent, causeAttribute, type FeatureEvents } from '../../contracts/events.ts';
import type { FileEntry } from '../../contracts/files.ts';
import type { StoredFile } from '../../contracts/files-table.ts';
import type { ItemChange } from './stream-records-client.ts';

type FileEventType = Extract<keyof FeatureEvents, `file.${string}`>;

/** A file as the API answers it, without addresses: those of the bytes are asked for when they are needed. */
const entryOf = (file: StoredFile): FileEntry => {
  const { id, folder, owner, record, name, type, sizeBytes, status, reason, checksumSha256, metadata, version, createdAt, updatedAt } =
    file;
  return {
    ...{ id, folder, owner, name, type, sizeBytes, status, version, createdAt, updatedAt },
    ...(record !== undefined && { record }),
    ...(reason !== undefined && { reason: reason as NonNullable<FileEntry['reason']> }),
    ...(checksumSha256 !== undefined && { checksumSha256 }),
    ...(metadata !== undefined && { metadata }),
  };
};

/** Whether bytes that were waited for, or served, have been refused. */
const isRefused = (next: StoredFile, old: StoredFile | undefined): boolean => {
  if (next.reason === undefined || old === undefined) return false;
  const endedUpload = old.upload !== undefined && next.upload === undefined;
  const tookDown = old.key !== undefined && next.key === undefined;
  return endedUpload || tookDown;
};

const typeOf = (next: StoredFile | undefined, old: StoredFile | undefined): FileEventType | undefined => {
  // What never became a file is not deleted when it goes.
  if (next === undefined) return old?.key === undefined ? undefined : 'file.deleted';
  if (next.key !== undefined && next.key !== old?.key) return isMoved(next, old) ? undefined : 'file.ready';
  return isRefused(next, old) ? 'file.refused' : undefined;
};

/** A move has the same bytes at another key. */
const isMoved = (next: StoredFile, old: StoredFile | undefined): boolean =>
  old?.key !== undefined && (old.folder !== next.folder || old.record !== next.record);

/** By the cause of the upload. What events have made is taken for deleted by them, so that no loop of both goes on for ever. */
const depthOf = ({ [causeAttribute]: cause }: StoredFile): { readonly depth: number; readonly cause?: string } =>
  cause === undefined ? { depth: 0 } : { depth: cause.depth + 1, cause: cause.id };

const firstVersion = 1;

/** Whoever began a file owns it. Who replaced it, wrote to it meanwhile or deleted it is not stored. */
const actorOf = (next: StoredFile | undefined, old: StoredFile | undefined): { readonly actor?: string } =>
  next !== undefined && old?.version === firstVersion ? { actor: old.owner } : {};

/** The event of a change of the table of files, whose items are not all files; undefined where there is none. */
export const fileEvent = (change: ItemChange): BackendEvent<FileEventType, FileEntry> | undefined => {
  const [next, old] = [change.new as StoredFile | undefined, change.old as StoredFile | undefined];
  const file = next ?? old;
  if (file === undefined || file.folder === undefined) return undefined;
  const type = typeOf(next, old);
  if (type === undefined) return undefined;
  return { id: change.id, type, time: next?.updatedAt ?? change.time, ...depthOf(file), ...actorOf(next, old), data: entryOf(file) };
};

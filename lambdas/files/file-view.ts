import type { CompiledFolder } from '../../contracts/compiled.ts';
import type { FileEntry } from '../../contracts/files.ts';
import { type StoredFile, variantKey } from '../../contracts/files-table.ts';
import { isActiveType } from '../../contracts/media-types.ts';
import type { ApiReply } from '../runtime/request.ts';
import { cdnUrlOf } from './links-store.ts';

/** Whether there can be variants of a file. */
export const isPicture = (type: string): boolean => type.startsWith('image/') && !isActiveType(type);

/** Where everybody can have the bytes. */
const urlsOf = (folder: CompiledFolder, { key, type }: StoredFile): Pick<FileEntry, 'url' | 'variants'> => {
  if (!folder.isPublic || key === undefined) return {};
  const declared = isPicture(type) ? Object.entries(folder.variants) : [];
  const variants = Object.fromEntries(declared.map(([name, variant]) => [name, cdnUrlOf(variantKey(key, variant))]));
  return { url: cdnUrlOf(key), ...(declared.length > 0 && { variants }) };
};

/** A file as the API answers it: nothing of where it is stored. */
export const toEntry = (folder: CompiledFolder, file: StoredFile): FileEntry => {
  const { id, owner, record, name, type, sizeBytes, status, reason, checksumSha256, metadata, version, createdAt, updatedAt } = file;
  return {
    id,
    folder: folder.name,
    owner,
    ...(record !== undefined && { record }),
    name,
    type,
    sizeBytes,
    status,
    ...(reason !== undefined && { reason: reason as NonNullable<FileEntry['reason']> }),
    ...(file.key !== undefined && file.upload !== undefined && { replacing: true as const }),
    ...(checksumSha256 !== undefined && { checksumSha256 }),
    ...(metadata !== undefined && { metadata }),
    version,
    createdAt,
    updatedAt,
    ...urlsOf(folder, file),
  };
};

export const entityTag = ({ version }: StoredFile): string => `"${version}"`;

/** Where a file is in the API. */
export const locationOf = ({ folder, id }: StoredFile): string => `/files/${folder}/${id}`;

/** The answer that holds a file. */
export const fileReply = (folder: CompiledFolder, file: StoredFile): ApiReply => ({
  body: toEntry(folder, file),
  headers: { etag: entityTag(file) },
});

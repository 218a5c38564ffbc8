import { type StoredFile, variantKey } from '../../contracts/files-table.ts';
import { locateObject } from './locate-object.ts';

/** What is left behind by a change of a file. */
export interface Leftovers {
  /** Keys of objects, which may have variants. Nothing needs to be there. */
  readonly keys: readonly string[];
  /** Uploads in parts. */
  readonly uploads: readonly { readonly key: string; readonly uploadId: string }[];
  /** Paths at the CDN that everybody could ask for. */
  readonly paths: readonly string[];
}

type Versions = Pick<StoredFile, 'key' | 'upload'>;

const keysOf = ({ key, upload }: Versions): readonly string[] => [key, upload?.key].filter((each) => each !== undefined);

/** Keys are made of letters, digits and "-", "_", "/" only, so they are paths as they are. */
const pathsOf = (key: string): readonly string[] => {
  const folder = locateObject(key)?.folder;
  if (folder === undefined || !folder.isPublic) return [];
  const hasVariants = Object.keys(folder.variants).length > 0;
  return [`/${key}`, ...(hasVariants ? [`/${variantKey(key, { file: '*' })}`] : [])];
};

/** An object that no file knows. */
export const orphanOf = (key: string): Leftovers => ({ keys: [key], uploads: [], paths: pathsOf(key) });

/**
 * What a change of a file leaves behind: whatever only its old version names. A key is given once in all time, so what no version
 * names any more never comes back.
 *
 * @param next undefined if the file is gone
 * @param hasArrived false if the old version was given up, since nothing came
 */
export const leftoversOf = (old: Versions, next: Versions | undefined, hasArrived: boolean): Leftovers => {
  const kept = next === undefined ? [] : keysOf(next);
  const gone = keysOf(old).filter((key) => !kept.includes(key));
  const { upload } = old;
  const isUploadGone = upload?.uploadId !== undefined && gone.includes(upload.key);
  return {
    keys: gone,
    uploads: isUploadGone ? [{ key: upload.key, uploadId: String(upload.uploadId) }] : [],
    paths: hasArrived ? gone.flatMap(pathsOf) : [],
  };
};

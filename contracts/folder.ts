import { type OperationWord, operations, type Rule, type Who } from './access.ts';

/** Whom a rule of a folder speaks of. `record`: whoever may do the like with the record that the folder's path names. */
export type FolderWho = Who | { readonly kind: 'record' };

/** One line of a folder's rule table. A request is allowed when any line allows it; nothing else allows anything. */
export interface FolderRule extends Omit<Rule, 'who' | 'when'> {
  readonly who: FolderWho;
}

/** Words a rule on files: `allow.owner().to('read', 'delete')`. Immutable: each call gives a new one. */
export class FileRule {
  readonly rule: FolderRule;

  constructor(rule: FolderRule) {
    this.rule = rule;
  }

  /** Narrows the rule to these operations. @default all of them */
  to(...words: readonly OperationWord[]): FileRule {
    const allowed = words.flatMap((word) => (word === 'read' ? (['get', 'list'] as const) : [word]));
    return new FileRule({ ...this.rule, operations: [...new Set(allowed)] });
  }
}

const rule = (who: FolderWho): FileRule => new FileRule({ who, operations });

/** What `access: (allow) => [...]` of a folder is called with. */
export const allowFile = {
  /** The user who uploaded the file. With `create`: any signed-in user, who becomes the owner. */
  owner: (): FileRule => rule({ kind: 'owner' }),
  /** Members of a Cognito group, by its exact name. */
  group: (group: string): FileRule => rule({ kind: 'group', group }),
  /** Whoever has a valid access token. */
  signedIn: (): FileRule => rule({ kind: 'signedIn' }),
  /** Guests too. Reading makes the folder public: its files have lasting URLs at the CDN. */
  anyone: (): FileRule => rule({ kind: 'anyone' }),
  /**
   * Follows the record that the path names: whoever may get it may read its files, whoever may update it may add, change and
   * delete them.
   */
  record: (): FileRule => rule({ kind: 'record' }),
};
export type AllowFile = typeof allowFile;

/** A size and form in which images of a folder can be had. Only declared variants are ever made. */
export interface Variant {
  /** Pixels, 1 to 4096. One of width and height must be given. */
  readonly width?: number;
  /** Pixels, 1 to 4096. */
  readonly height?: number;
  /** How the image is fitted into both. @default 'inside': the whole image, its own proportions, never enlarged */
  readonly fit?: 'cover' | 'contain' | 'inside' | 'outside' | 'fill';
  /** @default 'webp' */
  readonly format?: 'webp' | 'avif' | 'jpeg' | 'png';
  /** 1 to 100. @default 80 (avif: 50) */
  readonly quality?: number;
}

/** What a folder takes, and for whom. */
export interface FolderOptions {
  /** Who may do what. A folder without rules can be reached by nobody. */
  readonly access: (allow: AllowFile) => readonly FileRule[];
  /**
   * The media types that may be uploaded: `image/png`, `image/*`. What the bytes are is checked on arrival. A pattern never
   * includes types that run in browsers (HTML, SVG, XML, JavaScript): name those one by one; they are served as attachments.
   */
  readonly types: readonly string[];
  /** At most 5 TiB (S3). Above 16 MiB clients upload in parts. @default 10 MiB */
  readonly maxSizeBytes?: number;
  /** Image variants by name. At most 20. @default none */
  readonly variants?: Readonly<Record<string, Variant>>;
  /** What becomes of a user's own files when the account is deleted. `delete`: they are deleted within minutes. @default 'keep' */
  readonly onUserDelete?: 'keep' | 'delete';
}

/** A folder of the definition. Made by {@link folder}. `P` is its path: clients learn from it whether files need a record. */
export interface Folder<O extends FolderOptions = FolderOptions, P extends string = string> {
  readonly kind: 'folder';
  readonly path: P;
  readonly options: O;
}

/**
 * Declares a folder.
 *
 * @param path where its files are in the bucket: segments in lower case, with at most one `{owner}` (a folder a user) or `{Note}` (a
 * folder a record of that model): `avatars/{owner}`, `notes/{Note}`. It begins with a literal segment.
 * @example
 * ```ts
 * const avatars = folder('avatars/{owner}', {
 *   access: (allow) => [allow.owner(), allow.anyone().to('read')],
 *   types: ['image/png', 'image/jpeg', 'image/webp'],
 *   maxSizeBytes: 5 * 1024 * 1024,
 *   variants: { small: { width: 64, height: 64, fit: 'cover' } },
 * });
 * const attachments = folder('notes/{Note}', { access: (allow) => [allow.record()], types: ['application/pdf', 'image/*'] });
 * ```
 */
export const folder = <const P extends string, const O extends FolderOptions>(path: P, options: O): Folder<O, P> => ({
  kind: 'folder',
  path,
  options,
});

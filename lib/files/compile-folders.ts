import type { FilesOptions, Folders } from '../../contracts/backend.ts';
import type { CompiledFiles, CompiledFolder, CompiledModel, PathSegment } from '../../contracts/compiled.ts';
import { fileLimits } from '../../contracts/files.ts';
import { allowFile, type Folder, type FolderRule } from '../../contracts/folder.ts';
import { normalizeMediaType } from '../../contracts/media-types.ts';
import { compileVariants } from './compile-variants.ts';
import { checkPrefixes, parsePath, prefixOf } from './parse-path.ts';

/** What folders are compiled with. */
export interface FoldersContext extends Omit<FilesOptions, 'folders'> {
  /** The declared groups, with the admin group. */
  readonly groups: readonly string[];
  /** The models whose records folders may follow. */
  readonly models: Readonly<Record<string, CompiledModel>>;
}

/** The files feature, compiled. */
export interface CompiledFolders {
  readonly files: CompiledFiles;
  /** What a person should look at, though it works. */
  readonly warnings: readonly string[];
}

const mebibyte = 1024 ** 2;
const defaultMaxSizeBytes = 10 * mebibyte;
const defaultQuotaBytes = 1024 * mebibyte;
const defaultLinkSeconds = 300;
const defaultMaxLinkSeconds = 3_600;
/** As long as any signed URL of AWS may last. */
const maxLinkSeconds = 7 * 86_400;

/** The name is a segment of URLs, and a part of keys in front of `#`. */
const namePattern = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;
/** `GET /files/usage` is no folder. */
const reservedNames: readonly string[] = ['usage'];

const show = (value: unknown): string => JSON.stringify(value) ?? String(value);

const requireWhole = (name: string, value: number, least: number, most: number): number => {
  if (!Number.isSafeInteger(value) || value < least || value > most) {
    throw new Error(`${name} is ${value}: use a whole number from ${least} to ${most}`);
  }
  return value;
};

const checkName = (name: string): void => {
  if (!namePattern.test(name)) {
    throw new Error(`folders has the name ${show(name)}: use letters, digits, "-" and "_", with a letter first, at most 64`);
  }
  if (reservedNames.includes(name)) throw new Error(`folders has the name ${show(name)}, which is a route of its own: use another`);
};

const checkWho = ({ who }: FolderRule, context: FoldersContext, path: readonly PathSegment[], at: string): void => {
  if (who.kind === 'group' && !context.groups.includes(who.group)) {
    const choices = context.groups.join(', ');
    throw new Error(`${at} names the group ${show(who.group)}, which is not declared: add it to auth.groups, or use one of ${choices}`);
  }
  if (who.kind === 'record' && !path.some(({ kind }) => kind === 'record')) {
    throw new Error(`${at} follows a record, but the path names none: put a variable such as {Note} into the path`);
  }
};

const compileRules = ({ options }: Folder, context: FoldersContext, path: readonly PathSegment[], at: string): readonly FolderRule[] =>
  options.access(allowFile).map(({ rule }, index) => {
    const line = `${at}.access[${index}]`;
    checkWho(rule, context, path, line);
    if (rule.operations.length === 0) throw new Error(`${line} allows no operation: name some in .to(), or leave .to() out to allow all`);
    return rule;
  });

const compileTypes = (types: readonly string[], at: string): readonly string[] => {
  if (!Array.isArray(types) || types.length === 0) throw new Error(`${at} is ${show(types)}: list the media types that may be uploaded`);
  return types.map((type) => {
    const isText = typeof type === 'string';
    const plain = isText ? normalizeMediaType(type.replace(/\/\*$/, '/any')) : undefined;
    const isPlain = isText && plain !== undefined && !type.includes(';') && !type.startsWith('*');
    if (!isPlain) throw new Error(`${at} has ${show(type)}: write media types without parameters, such as "image/png" or "image/*"`);
    return type.trim().toLowerCase();
  });
};

const isOpenTo = (rules: readonly FolderRule[], kind: FolderRule['who']['kind']): boolean =>
  rules.some(({ who, operations }) => who.kind === kind && operations.includes('get'));

const compileUserDelete = (choice: unknown, at: string): Pick<CompiledFolder, 'onUserDelete'> => {
  if (choice === undefined || choice === 'keep') return {};
  if (choice === 'delete') return { onUserDelete: choice };
  throw new Error(`${at} is ${show(choice)}: use 'keep' or 'delete'`);
};

const compileFolder = (name: string, folder: Folder, context: FoldersContext): CompiledFolder => {
  checkName(name);
  const at = `folders.${name}`;
  const { options } = folder;
  const path = parsePath(folder.path, Object.keys(context.models), at);
  const rules = compileRules(folder, context, path, at);
  const types = compileTypes(options.types, `${at}.types`);
  return {
    name,
    path,
    prefix: prefixOf(path),
    rules,
    isPublic: isOpenTo(rules, 'anyone'),
    maxSizeBytes: requireWhole(`${at}.maxSizeBytes`, options.maxSizeBytes ?? defaultMaxSizeBytes, 1, fileLimits.maxObjectBytes),
    types,
    variants: compileVariants(options.variants ?? {}, types, at),
    ...compileUserDelete(options.onUserDelete, `${at}.onUserDelete`),
  };
};

const compileLinkSeconds = (given: FilesOptions['linkSeconds'] = {}): CompiledFiles['linkSeconds'] => {
  const max = requireWhole('linkSeconds.max', given.max ?? Math.max(defaultMaxLinkSeconds, given.default ?? 0), 1, maxLinkSeconds);
  return { max, default: requireWhole('linkSeconds.default', given.default ?? Math.min(defaultLinkSeconds, max), 1, max) };
};

const warningsOf = (folders: readonly CompiledFolder[], quotaBytes: number): readonly string[] =>
  folders.flatMap(({ name, rules, maxSizeBytes }) => [
    ...(rules.length === 0 ? [`folders.${name}.access has no rules, so nobody can reach its files: add rules such as allow.owner()`] : []),
    ...(maxSizeBytes > quotaBytes
      ? [
          `folders.${name}.maxSizeBytes is ${maxSizeBytes}, more than the ${quotaBytes} bytes of quotaBytes that a user may keep: raise quotaBytes`,
        ]
      : []),
  ]);

/** The models that the paths of folders name. */
const followedModels = (folders: readonly CompiledFolder[], { models }: FoldersContext): CompiledFiles['models'] => {
  const names = folders.flatMap(({ path }) => path.flatMap((segment) => (segment.kind === 'record' ? [segment.model] : [])));
  return Object.fromEntries(Object.entries(models).filter(([name]) => names.includes(name)));
};

/**
 * Checks folders, and makes of them what the handlers need.
 *
 * @throws Error for every mistake; it names the prop, shows the value and says what to do
 */
export const compileFolders = (folders: Folders, context: FoldersContext): CompiledFolders => {
  const compiled = Object.entries(folders).map(([name, folder]) => compileFolder(name, folder, context));
  if (compiled.length === 0) throw new Error('folders is empty: declare at least one folder, or leave files out');
  checkPrefixes(compiled);
  const quotaBytes = requireWhole('quotaBytes', context.quotaBytes ?? defaultQuotaBytes, 1, Number.MAX_SAFE_INTEGER);
  return {
    files: {
      folders: Object.fromEntries(compiled.map((folder) => [folder.name, folder])),
      quotaBytes,
      linkSeconds: compileLinkSeconds(context.linkSeconds),
      models: followedModels(compiled, context),
      malwareProtection: context.malwareProtection ?? false,
    },
    warnings: warningsOf(compiled, quotaBytes),
  };
};

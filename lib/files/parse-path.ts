import type { PathSegment } from '../../contracts/compiled.ts';
import { variantsPrefix } from '../../contracts/files-table.ts';

const literalPattern = /^[a-z0-9][a-z0-9_-]{0,63}$/;
const variablePattern = /^\{([A-Za-z][A-Za-z0-9]*)\}$/;
const maxSegments = 8;

const show = (value: unknown): string => JSON.stringify(value) ?? String(value);

const parseSegment = (segment: string, path: string, at: string): PathSegment => {
  const variable = variablePattern.exec(segment)?.[1];
  if (variable !== undefined) return variable === 'owner' ? { kind: 'owner' } : { kind: 'record', model: variable };
  if (!literalPattern.test(segment)) {
    throw new Error(
      `${at} has the path ${show(path)}: write ${show(segment)} in lower case (a-z, 0-9, "-", "_"), or as one whole variable such as {owner}`,
    );
  }
  return { kind: 'literal', text: segment };
};

/**
 * Reads the path of a folder.
 *
 * @param models the models that a variable may name
 * @param at names the folder, for errors
 * @throws Error that shows the path and says what to write
 */
export const parsePath = (path: string, models: readonly string[], at: string): readonly PathSegment[] => {
  if (typeof path !== 'string' || path === '') throw new Error(`${at} has the path ${show(path)}: write one such as "avatars/{owner}"`);
  const segments = path.split('/').map((segment) => parseSegment(segment, path, at));
  if (segments.length > maxSegments) throw new Error(`${at} has the path ${show(path)}: use at most ${maxSegments} segments`);
  if (segments[0]?.kind !== 'literal') {
    throw new Error(`${at} has the path ${show(path)}: begin it with a literal segment, since grants and caches go by it`);
  }
  const variables = segments.filter(({ kind }) => kind !== 'literal');
  if (variables.length > 1) throw new Error(`${at} has the path ${show(path)} with ${variables.length} variables: use at most one`);
  const record = segments.find((segment) => segment.kind === 'record');
  if (record !== undefined && !models.includes(record.model)) {
    const choices = ['{owner}', ...models.map((model) => `{${model}}`)].join(', ');
    throw new Error(
      `${at} has the path ${show(path)}, but there is no model ${record.model}: declare it in data.models, or use ${choices}`,
    );
  }
  return segments;
};

/** What every key of a folder begins with: its path up to the first variable, with a slash at the end. */
export const prefixOf = (path: readonly PathSegment[]): string => {
  const end = path.findIndex(({ kind }) => kind !== 'literal');
  const literals = (end < 0 ? path : path.slice(0, end)).map((segment) => (segment.kind === 'literal' ? segment.text : ''));
  return `${literals.join('/')}/`;
};

/**
 * Refuses folders whose keys could be mixed up: grants, the CDN and the function of variants go by prefixes.
 *
 * @throws Error that names both folders
 */
export const checkPrefixes = (folders: readonly { readonly name: string; readonly prefix: string }[]): void => {
  for (const { name, prefix } of folders) {
    if (`${prefix}/`.startsWith(variantsPrefix)) {
      throw new Error(`folders.${name} has the prefix ${show(prefix)}, which belongs to image variants: begin its path with another word`);
    }
    const other = folders.find((candidate) => candidate.name !== name && prefix.startsWith(candidate.prefix));
    if (other !== undefined) {
      throw new Error(
        `folders.${name} has the prefix ${show(prefix)}, which begins with that of folders.${other.name} (${show(other.prefix)}): begin their paths with different words`,
      );
    }
  }
};

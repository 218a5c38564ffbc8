import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The files of an export: `<Model>.jsonl`, a record a line, and `manifest.json`, which is written last. */
export interface Manifest {
  readonly format: 1;
  readonly models: Readonly<Record<string, { readonly records: number; readonly sha256: string }>>;
}

export const manifestFile = (folder: string): string => join(folder, 'manifest.json');
export const recordsFile = (folder: string, model: string): string => join(folder, `${model}.jsonl`);

/** Replaces a file as a whole, so that a crash leaves the old one or the new one. */
export const writeWhole = (file: string, content: unknown): void => {
  writeFileSync(`${file}.new`, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
};

/** A JSON file; undefined if there is none. */
export const readWhole = (file: string): unknown => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined);

export const hashFile = async (file: string): Promise<string> => {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Members in alphabetical order, so that equal records are equal lines. */
const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((name) => [name, sorted(value[name])]),
  );
};

/** A record as a line. */
export const toLine = (record: Readonly<Record<string, unknown>>): string => `${JSON.stringify(sorted(record))}\n`;

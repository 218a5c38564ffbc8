import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync, rmSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { systemFields } from '../contracts/data.ts';
import { expirySecondsOf } from '../lambdas/data/system-fields.ts';
import type { Attributes } from '../lambdas/runtime/stored-record.ts';
import { hashFile, type Manifest, manifestFile, readWhole, recordsFile, toLine, writeWhole } from './data-files.ts';
import { Progress, recordCount } from './data-progress.ts';
import { scanPages, toRecord } from './data-scan.ts';
import type { DataTarget, ModelTarget } from './data-target.ts';
import { print } from './ui.ts';
import { UserError } from './user-error.ts';

/** How far the export of one model is. */
interface Checkpoint {
  readonly backend: string;
  readonly models: Readonly<
    Record<string, { readonly records: number; readonly bytes: number; readonly next?: Attributes; readonly done?: boolean }>
  >;
}

interface Export {
  readonly database: DataTarget;
  readonly folder: string;
}

const checkpointFile = (folder: string): string => join(folder, 'unfinished-export.json');

const openFolder = ({ database, folder }: Export, replace: boolean): Checkpoint => {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const unfinished = readWhole(checkpointFile(folder)) as Checkpoint | undefined;
  if (unfinished?.backend === database.name && !replace) {
    print(`Goes on with the unfinished export in ${folder}`);
    return unfinished;
  }
  const files = readdirSync(folder).filter((name) => /\.(jsonl|json)$/.test(name));
  if (files.length > 0 && !replace) {
    throw new UserError(
      `${folder} holds files already (${files.slice(0, 3).join(', ')}).`,
      'Name another folder with --out, or give --replace to remove these.',
    );
  }
  for (const name of files) rmSync(join(folder, name));
  return { backend: database.name, models: {} };
};

/** The fields of the model, without the attributes that indexes need; and the names of those that no field has. */
const exportedRecord = (target: ModelTarget, item: Attributes): { readonly record: Attributes; readonly unknown: readonly string[] } => {
  const record = toRecord(target, item);
  const isField = (name: string): boolean => Object.hasOwn(target.model.fields, name) || (systemFields as readonly string[]).includes(name);
  return {
    record: Object.fromEntries(Object.entries(record).filter(([name]) => isField(name))),
    unknown: Object.keys(record).filter((name) => !isField(name) && !/^[$_]/.test(name)),
  };
};

const isOver = ({ model }: ModelTarget, record: Attributes): boolean =>
  (expirySecondsOf(model, record) ?? Number.POSITIVE_INFINITY) <= Date.now() / 1_000;

const exportModel = async (
  { database, folder }: Export,
  target: ModelTarget,
  checkpoint: Checkpoint,
  total: number,
): Promise<Checkpoint> => {
  const { name } = target.model;
  const file = recordsFile(folder, name);
  let { records, bytes, next: start } = checkpoint.models[name] ?? { records: 0, bytes: 0 };
  // What was written after the checkpoint comes again.
  if (existsSync(file)) truncateSync(file, bytes);
  const output = openSync(file, 'a', 0o600);
  const progress = new Progress(name, total);
  const leftOut = new Set<string>();
  let current = checkpoint;
  try {
    for await (const { items, next } of scanPages(database, target.table, start)) {
      const exported = items.map((item) => exportedRecord(target, item)).filter(({ record }) => !isOver(target, record));
      for (const { unknown } of exported) for (const attribute of unknown) leftOut.add(attribute);
      const text = Buffer.from(exported.map(({ record }) => toLine(record)).join(''));
      writeSync(output, text);
      fsyncSync(output);
      records += exported.length;
      bytes += text.length;
      start = next;
      current = {
        ...checkpoint,
        models: { ...checkpoint.models, [name]: { records, bytes, ...(next === undefined ? { done: true } : { next }) } },
      };
      writeWhole(checkpointFile(folder), current);
      progress.show(records, records);
    }
  } finally {
    closeSync(output);
  }
  progress.end(`${recordCount(records)} in ${file}`);
  if (leftOut.size > 0) print(`  left out, since the model has no such field: ${[...leftOut].sort().join(', ')}`);
  return current;
};

/**
 * Writes the records of models as JSON Lines. Stopped, it goes on from where it was. Records whose time is over are left out.
 *
 * @throws UserError when the folder holds other files
 */
export const exportData = async (
  database: DataTarget,
  targets: readonly ModelTarget[],
  {
    out,
    replace,
    totalOf,
  }: { readonly out: string; readonly replace: boolean; readonly totalOf: (target: ModelTarget) => Promise<number> },
): Promise<void> => {
  const work: Export = { database, folder: out };
  let checkpoint = openFolder(work, replace);
  for (const target of targets) {
    if (checkpoint.models[target.model.name]?.done === true) continue;
    checkpoint = await exportModel(work, target, checkpoint, await totalOf(target));
  }
  const models = await Promise.all(
    targets.map(
      async ({ model: { name } }) =>
        [name, { records: checkpoint.models[name]?.records ?? 0, sha256: await hashFile(recordsFile(out, name)) }] as const,
    ),
  );
  writeWhole(manifestFile(out), { format: 1, models: Object.fromEntries(models) } satisfies Manifest);
  rmSync(checkpointFile(out));
};

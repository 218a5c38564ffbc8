import { existsSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { BatchGetCommand } from '@aws-sdk/lib-dynamodb';
import { counterChanges, counterWrite } from '../lambdas/data/counters.ts';
import type { Write } from '../lambdas/data/data-store.ts';
import { withKeys } from '../lambdas/data/index-keys.ts';
import { uniqueWrites } from '../lambdas/data/unique-values.ts';
import type { Attributes } from '../lambdas/runtime/stored-record.ts';
import { hashFile, type Manifest, manifestFile, readWhole, recordsFile, writeWhole } from './data-files.ts';
import { Progress, recordCount } from './data-progress.ts';
import { type ImportLine, readLines } from './data-read-lines.ts';
import { forEachOf, toItem, toRecord } from './data-scan.ts';
import type { DataTarget, ModelTarget } from './data-target.ts';
import { commitAll } from './data-write.ts';
import { print } from './ui.ts';
import { UserError } from './user-error.ts';

const atATime = 16;
/** BatchGetItem takes 100 keys. */
const linesAStep = 100;
const shownFaults = 20;

/** How far an import is: the last line of each file before which everything is stored. */
interface Checkpoint {
  readonly backend: string;
  readonly lines: Readonly<Record<string, { readonly sha256: string; readonly line: number }>>;
}

interface Job {
  readonly database: DataTarget;
  readonly target: ModelTarget;
  readonly replace: boolean;
}

type GoodLine = Extract<ImportLine, { readonly record: Attributes }>;
type Outcome = 'stored' | 'there' | { readonly fault: string };

const storedBefore = async ({ database, target }: Job, lines: readonly GoodLine[]): Promise<ReadonlyMap<string, Attributes>> => {
  const found = new Map<string, Attributes>();
  const ids = new Set(lines.map(({ record }) => String(record['id'])));
  let pending: NonNullable<ConstructorParameters<typeof BatchGetCommand>[0]['RequestItems']> = {
    [target.table]: { Keys: [...ids].map((id) => ({ id })), ConsistentRead: true },
  };
  while (Object.keys(pending).length > 0) {
    const output = await database.client.send(new BatchGetCommand({ RequestItems: pending }));
    for (const item of output.Responses?.[target.table] ?? []) found.set(String(item['id']), item);
    pending = output.UnprocessedKeys ?? {};
  }
  return found;
};

/** Everything that belongs to a record, in one transaction. */
const writesOf = ({ target }: Job, item: Attributes, record: Attributes, before: Attributes | undefined): readonly Write[] => {
  const { model, table, constraints } = target;
  const old = before === undefined ? undefined : toRecord(target, before);
  const put: Write = {
    kind: 'put',
    table,
    item,
    condition: before === undefined ? 'attribute_not_exists(#id)' : '#v = :v',
    parameters:
      before === undefined
        ? { ExpressionAttributeNames: { '#id': 'id' } }
        : { ExpressionAttributeNames: { '#v': 'version' }, ExpressionAttributeValues: { ':v': before['version'] } },
  };
  const scope = { model, table: constraints, recordId: String(record['id']), nowMs: Date.now() };
  return [
    put,
    ...uniqueWrites(scope, old ?? {}, record).map(({ write }) => write),
    ...counterChanges(model, old, record).map((change) => counterWrite(constraints, change)),
  ];
};

const faultOf = (
  { target }: Job,
  record: Attributes,
  failed: readonly { readonly index: number; readonly item: Attributes | undefined }[],
): string => {
  if (failed.some(({ index }) => index === 0)) return 'another write changed the record meanwhile; run the import again';
  const holder = failed[0]?.item?.['id'];
  const fields = target.model.unique.filter((field) => record[field] !== undefined);
  return `a unique value (${fields.map((field) => `${field} ${JSON.stringify(record[field])}`).join(', ')}) is held by the record ${String(holder)}`;
};

const store = async (job: Job, { record }: GoodLine, before: Attributes | undefined): Promise<Outcome> => {
  const { model } = job.target;
  const item = toItem(job.target, withKeys(model, record));
  if (before !== undefined && isDeepStrictEqual(before, item)) return 'there';
  if (before !== undefined && !job.replace)
    return { fault: `there is another record with the id ${String(record['id'])}; --replace overwrites it` };
  try {
    const failed = await commitAll(job.database, writesOf(job, item, record, before));
    return failed.length === 0 ? 'stored' : { fault: faultOf(job, record, failed) };
  } catch (error) {
    if ((error as Error).name !== 'ValidationException') throw error;
    return { fault: (error as Error).message };
  }
};

/** Reads the whole file before anything is written. */
const checkLines = async (file: string, target: ModelTarget): Promise<number> => {
  const faults: string[] = [];
  const ids = new Map<string, number>();
  let records = 0;
  for await (const { number, record, fault } of readLines(file, target)) {
    const id = String(record?.['id']);
    const twin = record === undefined ? undefined : ids.get(id);
    if (fault !== undefined) faults.push(`line ${number}: ${fault}`);
    else if (twin !== undefined) faults.push(`line ${number}: the id ${id} is that of line ${twin}, too`);
    if (record !== undefined) ids.set(id, number);
    records += 1;
  }
  if (faults.length === 0) return records;
  report(file, faults);
  throw new UserError(
    `${file} has ${faults.length} bad ${faults.length === 1 ? 'line' : 'lines'}. Nothing was written.`,
    'Mend or remove these lines, then run this again.',
  );
};

const report = (file: string, faults: readonly string[]): void => {
  for (const fault of faults.slice(0, shownFaults)) print(`  ${file}, ${fault}`);
  if (faults.length > shownFaults) print(`  and ${faults.length - shownFaults} more`);
};

async function* steps(file: string, target: ModelTarget, after: number): AsyncGenerator<readonly GoodLine[]> {
  let step: GoodLine[] = [];
  for await (const line of readLines(file, target)) {
    if (line.record === undefined || line.number <= after) continue;
    step.push(line);
    if (step.length < linesAStep) continue;
    yield step;
    step = [];
  }
  if (step.length > 0) yield step;
}

/** The line to go on behind: none, if what was stored up to it is not there any more. */
const resumeAfter = async (job: Job, file: string, after: number): Promise<number> => {
  for await (const line of readLines(file, job.target)) {
    if (line.number < after) continue;
    const isThere = line.record !== undefined && (await storedBefore(job, [line])).has(String(line.record['id']));
    return isThere ? after : 0;
  }
  return 0;
};

const importModel = async (job: Job, file: string, after: number, onStep: (line: number) => void): Promise<void> => {
  const { name } = job.target.model;
  const records = await checkLines(file, job.target);
  const progress = new Progress(name, statSync(file).size);
  const faults: string[] = [];
  const counts = { stored: 0, there: 0 };
  let bytes = 0;
  for await (const lines of steps(file, job.target, after)) {
    const before = await storedBefore(job, lines);
    await forEachOf(lines, atATime, async (line) => {
      const outcome = await store(job, line, before.get(String(line.record['id'])));
      if (typeof outcome === 'string') counts[outcome] += 1;
      else faults.push(`line ${line.number}: ${outcome.fault}`);
    });
    bytes += lines.reduce((sum, line) => sum + line.bytes, 0);
    progress.show(bytes, counts.stored + counts.there);
    if (faults.length === 0) onStep(lines.at(-1)?.number ?? after);
  }
  const already = counts.there === 0 ? '' : `, ${counts.there} there already`;
  progress.end(`${counts.stored} of ${recordCount(records)} stored${already}`);
  if (faults.length === 0) return;
  report(file, faults);
  throw new UserError(
    `${recordCount(faults.length)} of ${name} were not stored; all others were.`,
    'See to the lines above, then run this again: what is stored is not stored twice.',
  );
};

const filesOf = async (
  folder: string,
  targets: readonly ModelTarget[],
  isChosen: boolean,
): Promise<readonly (readonly [ModelTarget, string])[]> => {
  const manifest = readWhole(manifestFile(folder)) as Manifest | undefined;
  const found = targets
    .map((target) => [target, recordsFile(folder, target.model.name)] as const)
    .filter(([, file]) => isChosen || existsSync(file));
  if (found.length === 0) throw new UserError(`${folder} holds no <Model>.jsonl of a model.`, 'Name the folder of an export.');
  for (const [{ model }, file] of found) {
    if (!existsSync(file)) throw new UserError(`There is no ${file}.`, 'Name the folder of an export with this model.');
    const known = manifest?.models[model.name];
    if (known !== undefined && known.sha256 !== (await hashFile(file))) print(`${file} was changed since it was exported`);
  }
  return found;
};

/**
 * Stores the records of an export, each with its unique values and counters in one transaction. All lines are checked before anything
 * is written. Stopped, it goes on from where it was; what is stored already is left alone.
 *
 * @throws UserError for bad lines, and for records that would overwrite others
 */
export const importData = async (
  database: DataTarget,
  targets: readonly ModelTarget[],
  { from, replace, isChosen }: { readonly from: string; readonly replace: boolean; readonly isChosen: boolean },
): Promise<void> => {
  const checkpointFile = join(from, 'unfinished-import.json');
  const files = await filesOf(from, targets, isChosen);
  const unfinished = readWhole(checkpointFile) as Checkpoint | undefined;
  let checkpoint: Checkpoint = unfinished?.backend === database.name ? unfinished : { backend: database.name, lines: {} };
  for (const [target, file] of files) {
    const { name } = target.model;
    const sha256 = await hashFile(file);
    const known = checkpoint.lines[name];
    const job = { database, target, replace };
    const after = known?.sha256 === sha256 ? await resumeAfter(job, file, known.line) : 0;
    await importModel(job, file, after, (line) => {
      checkpoint = { ...checkpoint, lines: { ...checkpoint.lines, [name]: { sha256, line } } };
      writeWhole(checkpointFile, checkpoint);
    });
  }
  rmSync(checkpointFile, { force: true });
};

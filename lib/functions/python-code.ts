import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Code, Runtime } from 'aws-cdk-lib/aws-lambda';
import { hookLimits, hookStatuses } from '../../contracts/hooks.ts';
import { nodeModulesAbove } from '../api/bundle-function.ts';
import type { ReadyCode } from '../api/feature-function.ts';
import { lambdaEntry } from '../api/lambda-entry.ts';

/** The module that Lambda loads, beside the function's own. */
const handlerName = 'plinth_function';
/** What all functions in Python have. */
const ownModules = ['plinth', 'plinth_aws', 'plinth_backend', 'plinth_json', 'plinth_log', 'plinth_runtime'] as const;
const fileOf = (module: string): string => `${module}.py`;

const handlerOf = (module: string): string => `from plinth_runtime import around

from ${module} import handler as function

handler = around(function, hook_statuses=(${hookStatuses.join(', ')}), hook_detail_length=${hookLimits.detailLength})
`;

const isCode = (path: string): boolean => !/(^|\/)(__pycache__|node_modules|\.[^/]+)$|\.(ts|mts|js|mjs)$/.test(path);

const filesUnder = (folder: string): readonly string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => isCode(name))
    .flatMap((entry) => (entry.isDirectory() ? filesUnder(join(folder, entry.name)) : [join(folder, entry.name)]))
    .sort();

/** Another synth may have been faster. */
const moveInto = (unfinished: string, folder: string): void => {
  try {
    renameSync(unfinished, folder);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
};

/** Our files of a package, by name. */
const ownFiles = (module: string): ReadonlyMap<string, string> =>
  new Map([
    ...ownModules.map((name) => [fileOf(name), readFileSync(lambdaEntry(`functions/python/${fileOf(name)}`), 'utf8')] as const),
    [fileOf(handlerName), handlerOf(module)],
  ]);

const checkNames = (entry: string, own: ReadonlyMap<string, string>, at: string): void => {
  const module = basename(entry, '.py');
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(module))
    throw new Error(`${at}.entry is ${basename(entry)}: name the file by letters, digits and _, as Python wants it`);
  const taken = [...own.keys()].find((name) => existsSync(join(dirname(entry), name)));
  if (taken !== undefined) throw new Error(`${at}.entry lies beside ${taken}, which is the name of a module of ours: name it otherwise`);
};

/** A file that imports with `*` may have it from there. */
const checkHandler = (entry: string, at: string): void => {
  if (/\bhandler\b|\bimport\s+\*/.test(readFileSync(entry, 'utf8'))) return;
  throw new Error(
    `${at}.entry is ${basename(entry)}, which has no \`handler\`, so that nothing would run: write def handler(event, context)`,
  );
};

/**
 * The package of a Python function: the folder of its entry, and our modules that call it.
 *
 * @throws Error for a file whose name is no name of a module, for one without a `handler`, and for one beside it that has the name of ours
 */
export const pythonCode = (entry: string, at: string): ReadyCode => {
  const source = dirname(entry);
  const own = ownFiles(basename(entry, '.py'));
  checkNames(entry, own, at);
  checkHandler(entry, at);
  const hash = createHash('sha256');
  for (const text of own.values()) hash.update(`${text}\\0`);
  for (const file of filesUnder(source)) hash.update(`${file.slice(source.length)}\\0`).update(readFileSync(file));
  const digest = hash.digest('hex').slice(0, 32);
  const folder = join(nodeModulesAbove(entry), '.cache', 'plinth', 'python', digest);
  if (!existsSync(folder)) {
    const unfinished = `${folder}.${process.pid}`;
    rmSync(unfinished, { recursive: true, force: true });
    mkdirSync(unfinished, { recursive: true });
    cpSync(source, unfinished, { recursive: true, filter: (path) => path === source || isCode(path) });
    for (const [name, text] of own) writeFileSync(join(unfinished, name), text);
    moveInto(unfinished, folder);
  }
  return { code: Code.fromAsset(folder, { assetHash: digest }), handler: `${handlerName}.handler`, runtime: Runtime.PYTHON_3_13 };
};

import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Code, Runtime } from 'aws-cdk-lib/aws-lambda';
import { nodeModulesAbove } from '../api/bundle-function.ts';
import type { ReadyCode } from '../api/feature-function.ts';

/** The module around the function's own, and what it is called in the package. */
const wrapperName = 'plinth_function';

/** Hands each message of a batch to `handler(event, context)` by itself, and tells which of them come back. */
const wrapperOf = (module: string): string => `import json
import traceback

from ${module} import handler as _handler


def _run(record):
    body = json.loads(record["body"])
    if "detail" in body:
        return {"kind": "event", "event": body["detail"]}
    if body["kind"] == "schedule":
        return {"kind": "schedule", "dueAt": body["dueAt"]}
    attempt = int(record["attributes"]["ApproximateReceiveCount"])
    return {"kind": "message", "id": record["messageId"], "message": body["message"], "attempt": attempt}


def handler(event, context):
    failures = []
    for record in event["Records"]:
        try:
            _handler(_run(record), context)
        except Exception:
            traceback.print_exc()
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}
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

/**
 * The package of a Python function: the folder of its entry, and our module that calls it.
 *
 * @throws Error for a file whose name is no name of a module
 */
export const pythonCode = (entry: string, at: string): ReadyCode => {
  const module = basename(entry, '.py');
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(module))
    throw new Error(`${at}.entry is ${basename(entry)}: name the file by letters, digits and _, as Python wants it`);
  const source = dirname(entry);
  const wrapper = wrapperOf(module);
  const hash = createHash('sha256').update(wrapper);
  for (const file of filesUnder(source)) hash.update(`${file.slice(source.length)}\\0`).update(readFileSync(file));
  const digest = hash.digest('hex').slice(0, 32);
  const folder = join(nodeModulesAbove(entry), '.cache', 'plinth', 'python', digest);
  if (!existsSync(folder)) {
    const unfinished = `${folder}.${process.pid}`;
    rmSync(unfinished, { recursive: true, force: true });
    mkdirSync(unfinished, { recursive: true });
    cpSync(source, unfinished, { recursive: true, filter: (path) => path === source || isCode(path) });
    writeFileSync(join(unfinished, `${wrapperName}.py`), wrapper);
    moveInto(unfinished, folder);
  }
  return { code: Code.fromAsset(folder, { assetHash: digest }), handler: `${wrapperName}.handler`, runtime: Runtime.PYTHON_3_13 };
};

import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { PreparedCode } from './function-code.ts';
import type { FunctionDefinition } from './function-definition.ts';
import { findPython } from './python-interpreter.ts';

/** How a function's process is started. */
export interface RuntimeCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** Variables beside the function's own. */
  readonly variables: Readonly<Record<string, string>>;
  /** What the person at the terminal should know. */
  readonly note?: string;
}

const PYTHON_RUNTIME = join(import.meta.dirname, 'python-runtime.py');

/**
 * How the functions run that no worker thread can run: Python with our own client of the Runtime API, anything else by the
 * `bootstrap` of its code or its layers, as AWS runs `provided.al2023`.
 *
 * @param variables the function's own
 * @throws Error that says what is missing
 */
export async function runtimeCommand(
  definition: FunctionDefinition,
  { taskRoot, layerFolders }: PreparedCode,
  variables: Readonly<Record<string, string>>,
): Promise<RuntimeCommand> {
  const layerPaths = (name: string): readonly string[] =>
    layerFolders.map((folder) => join(folder, name)).filter((path) => existsSync(path));
  // Interpreters lie anywhere on a developer's machine.
  const PATH = [...layerPaths('bin'), variables['PATH'], process.env['PATH']].filter(Boolean).join(delimiter);
  if (definition.runtime.startsWith('python')) {
    const { path, version } = await findPython(definition.runtime);
    const packages = [...layerPaths(join('python', 'lib', definition.runtime, 'site-packages')), ...layerPaths('python')];
    const PYTHONPATH = [variables['PYTHONPATH'], ...packages].filter(Boolean).join(delimiter);
    const isOther = `python${version}` !== definition.runtime;
    return {
      command: path,
      args: [PYTHON_RUNTIME],
      variables: { PATH, ...(PYTHONPATH !== '' && { PYTHONPATH }), PYTHONDONTWRITEBYTECODE: '1' },
      ...(isOther && { note: `${definition.name} runs in Python ${version} here, in ${definition.runtime} on AWS` }),
    };
  }
  const bootstrap = [taskRoot, ...layerFolders].map((folder) => join(folder, 'bootstrap')).find((file) => existsSync(file));
  if (bootstrap !== undefined) return { command: bootstrap, args: [], variables: { PATH } };
  if (definition.runtime.startsWith('provided')) throw new Error("Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]");
  throw new Error(
    `the runtime ${definition.runtime} does not run locally: Node.js, Python and programs with a "bootstrap" for the Runtime API do`,
  );
}

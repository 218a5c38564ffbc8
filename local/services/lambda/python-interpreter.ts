import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

export interface PythonInterpreter {
  /** The program itself, not a script that chooses one. */
  readonly path: string;
  /** For example `3.13`. */
  readonly version: string;
}

const QUESTION = 'import sys; print(sys.executable); print("%d.%d" % sys.version_info[:2])';
/** What {@link QUESTION} and our runtime need. */
const MIN_MINOR = 8;

const found = new Map<string, Promise<PythonInterpreter | undefined>>();

/**
 * The machine's Python for a runtime: that of the variable `PYTHON`, or else the runtime's own version if the machine has it, or else
 * `python3`.
 *
 * @param runtime for example `python3.13`
 * @throws Error that says what to do when there is none
 */
export async function findPython(runtime: string): Promise<PythonInterpreter> {
  const { PYTHON: chosen } = process.env;
  const candidates = chosen === undefined || chosen === '' ? [runtime, 'python3', 'python'] : [chosen];
  for (const command of candidates) {
    if (!found.has(command)) found.set(command, ask(command));
    const interpreter = await found.get(command);
    if (interpreter !== undefined) return interpreter;
    // Whoever installs one needs no new start.
    found.delete(command);
  }
  const where = chosen === undefined || chosen === '' ? 'this machine has no python3' : `PYTHON is "${chosen}", which is no Python 3`;
  throw new Error(`${runtime} needs Python 3.${MIN_MINOR} or later, and ${where}: install it from python.org, or set PYTHON to its path`);
}

async function ask(command: string): Promise<PythonInterpreter | undefined> {
  try {
    const { stdout } = await promisify(execFile)(command, ['-c', QUESTION], { timeout: 10_000 });
    const [path, version] = stdout.trim().split(/\r?\n/);
    if (path === undefined || version === undefined) return undefined;
    const [major, minor] = version.split('.').map(Number);
    return major === 3 && (minor ?? 0) >= MIN_MINOR ? { path, version } : undefined;
  } catch {
    return undefined;
  }
}

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';

const REAPER_FILE = join(import.meta.dirname, `process-reaper${extname(import.meta.filename)}`);

let reaper: ChildProcess | undefined;

/** Tells the process that ends the others when this one is gone, even by `kill -9`. */
function tellReaper(line: string): void {
  if (reaper === undefined) {
    // A session of its own: Ctrl+C at the terminal is meant for the run, which then ends in order.
    reaper = spawn(process.execPath, [REAPER_FILE], { stdio: ['pipe', 'ignore', 'ignore'], detached: true, env: {} });
    const dropped = (): void => {
      reaper = undefined;
    };
    reaper.on('error', dropped).on('exit', dropped);
    reaper.stdin?.on('error', dropped);
    reaper.unref();
    (reaper.stdin as unknown as { unref(): void }).unref();
  }
  reaper.stdin?.write(`${line}\n`);
}

export interface GroupOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly folder: string;
  readonly variables: Readonly<Record<string, string>>;
}

/** A process and all that it starts: they end together, and never outlive the run. */
export class ProcessGroup {
  /** With a fourth stream, for what a runtime tells beside its output. */
  readonly child: ChildProcess;

  constructor({ command, args, folder, variables }: GroupOptions) {
    this.child = spawn(command, [...args], {
      cwd: folder,
      env: { ...variables },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      detached: true,
    });
    const { pid } = this.child;
    if (pid === undefined) return;
    tellReaper(`+${pid}`);
    this.child.once('exit', () => {
      this.kill();
      tellReaper(`-${pid}`);
    });
  }

  /** Ends all of them at once. */
  kill(): void {
    try {
      if (this.child.pid !== undefined) process.kill(-this.child.pid, 'SIGKILL');
    } catch {
      // They have ended.
    }
  }

  /** The memory that the process holds now, in bytes; 0 when it has ended. */
  async memoryBytes(): Promise<number> {
    const { pid } = this.child;
    if (pid === undefined || this.child.exitCode !== null) return 0;
    try {
      if (process.platform === 'linux') return kibibytes(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
      const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)]);
      return kibibytes(stdout);
    } catch {
      return 0;
    }
  }
}

const kibibytes = (text = '0'): number => Number(text) * 1_024;

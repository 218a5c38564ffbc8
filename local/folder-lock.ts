import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartError } from './start-error.ts';

/** The process that holds a folder. */
interface Holder {
  readonly pid: number;
  /** When it started, where the system tells: a pid alone may have gone to another process since. */
  readonly startedAt: string | undefined;
}

const FILE_NAME = 'lock';
/** A process knows its own folders, so a file with its pid that it does not know is from an earlier life, as in a container. */
const heldHere = new Set<string>();

/**
 * Makes this process the only one that runs on a data folder. A lock whose process is dead is taken over.
 *
 * @returns what releases the folder
 * @throws StartError naming the other process
 */
export function lockFolder(folder: string): () => void {
  const file = join(folder, FILE_NAME);
  if (heldHere.has(file)) throw inUse(folder, process.pid);
  const own = `${file}.${process.pid}`;
  writeFileSync(own, JSON.stringify({ pid: process.pid, startedAt: startTime(process.pid) } satisfies Holder));
  try {
    takeLock(folder, file, own);
  } finally {
    rmSync(own, { force: true });
  }
  heldHere.add(file);
  return () => {
    if (heldHere.delete(file)) rmSync(file, { force: true });
  };
}

/** Linking is atomic: of two processes only one gets the name. */
function takeLock(folder: string, file: string, own: string): void {
  for (let attempt = 0; attempt < 10; attempt += 1) {
    try {
      linkSync(own, file);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = readHolder(file);
    if (holder !== undefined && isAlive(holder)) throw inUse(folder, holder.pid);
    removeStale(file, `${own}.stale`, holder);
  }
  throw new StartError(`The data folder ${folder} could not be locked.`, 'Another process seems to start on it again and again.');
}

/** Between reading and removing another process may have taken the stale lock over; then its lock is put back. */
function removeStale(file: string, aside: string, expected: Holder | undefined): void {
  try {
    renameSync(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if (JSON.stringify(readHolder(aside)) !== JSON.stringify(expected)) {
    try {
      linkSync(aside, file);
    } catch {
      // A third process has the lock by now: the loop will find it.
    }
  }
  rmSync(aside, { force: true });
}

function readHolder(file: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}

function isAlive({ pid, startedAt }: Holder): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  const now = startTime(pid);
  return startedAt === undefined || now === undefined || now === startedAt;
}

/** The 22nd field of /proc/<pid>/stat; the second one, the name in brackets, may hold spaces. Undefined where there is no /proc. */
function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

const inUse = (folder: string, pid: number): StartError =>
  new StartError(`The data folder ${folder} is in use by process ${pid}.`, `Stop that process first, or choose another folder.`);

import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** Linux counts a process's time in hundredths of a second, whatever the kernel's own tick is. */
const MS_PER_TICK = 10;

const childrenOf = (pid: number): readonly number[] =>
  readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );

/**
 * Processor time that a process, its threads and its children have used since their start, in milliseconds.
 * Other than a rate it hardly depends on what else the machine does.
 *
 * @returns NaN where there is no `/proc`, which is anywhere but on Linux
 */
export const processorTime = (pid: number): number => {
  if (!existsSync(`/proc/${pid}/stat`)) return Number.NaN;
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field is the command in parentheses, which may hold spaces: user and system time are the 12th and 13th after it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const own = (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
  return childrenOf(pid).reduce((sum, child) => sum + processorTime(child), own);
};

import { existsSync, readFileSync } from 'node:fs';

/**
 * The most memory that a process has had at a time, in bytes; undefined where the system does not tell. What Node tells of itself
 * (`resourceUsage().maxRSS`) begins with the memory of the process that started it.
 */
export const peakMemory = (pid: number | 'self'): number | undefined => {
  const status = `/proc/${pid}/status`;
  const kibibytes = existsSync(status) ? /VmHWM:\s+(\d+) kB/.exec(readFileSync(status, 'utf8'))?.[1] : undefined;
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
};

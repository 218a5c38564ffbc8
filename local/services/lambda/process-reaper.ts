/**
 * A process beside the run that ends the functions' processes when the run is gone, however it ended. It is told on its standard
 * input, a line each: `+<process group>` for one that runs, `-<process group>` for one that has ended.
 */
import { createInterface } from 'node:readline';

const groups = new Set<number>();

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const group = Number(line.slice(1));
    if (line.startsWith('+')) groups.add(group);
    else groups.delete(group);
  })
  .on('close', () => {
    for (const group of groups) {
      try {
        process.kill(-group, 'SIGKILL');
      } catch {
        // It has ended meanwhile.
      }
    }
    process.exit(0);
  });

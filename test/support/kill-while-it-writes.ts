import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Lets a program write for a moment and kills it.
 *
 * @param script is given `folder` and `first`, and prints the number of each write that it got acknowledged on a line of its own
 * @returns these numbers
 */
export const killWhileItWrites = async (script: string, folder: string, first: number): Promise<number[]> => {
  const child = spawn(process.execPath, [script, folder, String(first)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk;
  });
  await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
  await delay(Math.random() * 60);
  child.kill('SIGKILL');
  await once(child, 'close');
  return output.split('\n').slice(0, -1).map(Number);
};

import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { type Measure, median, round } from './measurement.ts';

const root = join(import.meta.dirname, '..');

/** Seconds from the command to the first answered request. */
const startOnce = async (folder: string): Promise<number> => {
  const [port, awsPort] = [await freePort(), await freePort()];
  const startedAt = performance.now();
  const backend = spawn('npm', ['run', 'dev', '--', '--port', `${port}`, '--aws-port', `${awsPort}`, '--folder', folder, '--no-watch'], {
    cwd: root,
    stdio: 'ignore',
    detached: true,
  });
  try {
    for (;;) {
      const answer = await fetch(`http://127.0.0.1:${port}/data/Note/none`).catch(() => undefined);
      if (answer?.status === 404) return (performance.now() - startedAt) / 1_000;
      if (backend.exitCode !== null) throw new Error(`npm run dev ended with ${backend.exitCode}`);
      await new Promise((done) => setTimeout(done, 20));
    }
  } finally {
    const ended = new Promise((done) => backend.once('exit', done));
    if (backend.pid !== undefined) process.kill(-backend.pid, 'SIGTERM');
    await ended;
  }
};

/** From `npm run dev` to the first answer of the data handler. */
export const measureStartUp: Measure = async ({ smoke }) => {
  const folder = join(mkdtempSync(join(tmpdir(), 'plinth-start-')), 'state');
  const seconds: number[] = [];
  for (let run = 0; run < (smoke ? 1 : 5); run += 1) seconds.push(await startOnce(folder));
  const typical = median(seconds);
  return [
    {
      what: '`npm run dev` to the first answered request',
      measured: `${round(typical, 1)} s (median of ${seconds.length})`,
      bound: '≤ 5 s',
      met: typical <= 5,
    },
  ];
};

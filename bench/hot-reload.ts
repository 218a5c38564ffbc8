import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from './free-port.ts';
import { type Measure, median, round } from './measurement.ts';

const root = join(import.meta.dirname, '..');

/** A backend with a model and a function, which answers `text` and the variable `STEP`. */
const app = (step: number): string => `
import { App, Stack } from 'aws-cdk-lib';
import { z } from 'zod';
import { Backend, defineBackend, fn, http, model } from '${join(root, 'lib/index.ts')}';
const Note = model({ fields: { title: z.string() }, access: (allow) => [allow.owner()] });
const state = fn({ entry: import.meta.dirname + '/state.ts', env: { STEP: '${step}' }, on: [http('GET /state', { access: (allow) => [allow.anyone()] })] });
new Backend(new Stack(new App(), 'Reload'), 'Backend', defineBackend({ data: { models: { Note } }, functions: { state } }));
`;
const state = (text: number): string => `
import { defineFunction } from '${join(root, 'lambdas/functions/define-function.ts')}';
export const handler = defineFunction(async (_run, { env }) => ({ state: '${text}/' + env.STEP }));
`;

/** Until the function answers this, in ms. */
const answers = async (url: string, expected: string, dev: ChildProcess): Promise<number> => {
  const startedAt = performance.now();
  for (;;) {
    const answer = await fetch(url)
      .then((response) => response.text())
      .catch(() => '');
    if (answer.includes(`"${expected}"`)) return performance.now() - startedAt;
    if (dev.exitCode !== null) throw new Error(`plinth dev ended with ${dev.exitCode}`);
    if (performance.now() - startedAt > 60_000) throw new Error(`the function never answered ${expected}, but ${answer}`);
    await wait(5);
  }
};

const run = async (project: string, rounds: number): Promise<{ readonly code: number[]; readonly definition: number[] }> => {
  const write = (name: string, text: string): void => writeFileSync(join(project, name), text);
  const [port, awsPort] = [await freePort(), await freePort()];
  symlinkSync(join(root, 'node_modules'), join(project, 'node_modules'));
  write('cdk.json', JSON.stringify({ app: 'node app.ts' }));
  write('app.ts', app(0));
  write('state.ts', state(0));
  const dev = spawn(process.execPath, [join(root, 'bin', 'plinth.ts'), 'dev', '--port', `${port}`, '--aws-port', `${awsPort}`], {
    cwd: project,
    stdio: 'ignore',
  });
  const url = `http://127.0.0.1:${port}/state`;
  const code: number[] = [];
  const definition: number[] = [];
  try {
    await answers(url, '0/0', dev);
    for (let step = 1; step <= rounds; step += 1) {
      // What a person does between two saves: the synthesis that follows a change is over by then.
      await wait(3_000);
      write('state.ts', state(step));
      code.push(await answers(url, `${step}/${step - 1}`, dev));
      await wait(3_000);
      write('app.ts', app(step));
      definition.push(await answers(url, `${step}/${step}`, dev));
    }
    return { code, definition };
  } finally {
    const ended = new Promise((done) => dev.once('exit', done));
    dev.kill('SIGTERM');
    if (dev.exitCode === null) await ended;
  }
};

const row = (what: string, times: readonly number[]) => {
  const typical = median(times) / 1_000;
  return { what, measured: `${round(typical)} s (median of ${times.length})`, bound: '≤ 1 s', met: typical <= 1 };
};

/** From a saved file to the first answer of the new code, while `plinth dev` runs. */
export const measureHotReload: Measure = async ({ smoke }) => {
  const project = mkdtempSync(join(tmpdir(), 'plinth-reload-'));
  try {
    const { code, definition } = await run(project, smoke ? 1 : 7);
    return [
      row('a saved function under `plinth dev`, to the first answer of its new code', code),
      row('a saved definition under `plinth dev`, to the first answer of the new backend', definition),
    ];
  } finally {
    rmSync(project, { recursive: true, force: true });
  }
};

import { mkdirSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { type LocalBackend, startLocal } from '../local/local-backend.ts';
import type { CliCommand } from './command.ts';
import { createDemoUsers, demoUsers } from './demo-users.ts';
import { synthesize } from './synthesize.ts';
import { terminalLog } from './terminal-log.ts';
import { heading, print, printFailure, row } from './ui.ts';
import { UserError } from './user-error.ts';
import { watchSources } from './watch-sources.ts';

interface DevOptions {
  readonly folder: string;
  readonly port: number;
  readonly awsPort: number;
  readonly reset: boolean;
  readonly demoUsers: boolean;
  readonly watch: boolean;
}

const port = (value: string): number => {
  const parsed = Number(value);
  if (!Number.isInteger(parsed) || parsed < 0 || parsed > 65_535) {
    throw new UserError(`"${value}" is not a port.`, 'Give a number from 0 to 65535; 0 takes any free port.');
  }
  return parsed;
};

const welcome = (backend: LocalBackend, options: DevOptions, startedAt: number): void => {
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  print();
  print(heading(`Plinth is running (started in ${seconds} s)`));
  print(row('API', backend.apiUrl));
  print(row('OpenAPI', `${backend.apiUrl}/openapi.json`));
  print(row('Inbox', `${backend.endpointUrl}/_plinth/  e-mails and SMS land here, codes too`));
  if (options.demoUsers) {
    for (const { email, password, groups } of demoUsers) {
      print(row('Demo user', `${email}  ${password}${groups.length > 0 ? `  (${groups.join(', ')})` : ''}`));
    }
  }
  print(row('Data', `${options.folder}  start with --reset to clear it`));
  print(row('Stop', 'Ctrl+C'));
  print();
};

const start = async (projectFolder: string, options: DevOptions): Promise<LocalBackend> => {
  const assembly = resolve(projectFolder, options.folder, 'cdk.out');
  await synthesize(projectFolder, assembly);
  const state = resolve(projectFolder, options.folder, 'state');
  mkdirSync(state, { recursive: true });
  const backend = await startLocal({
    assembly,
    folder: state,
    apiPort: options.port,
    awsPort: options.awsPort,
    log: terminalLog(resolve(projectFolder, options.folder, 'log.jsonl')),
  });
  if (options.demoUsers) await createDemoUsers(backend);
  return backend;
};

/** Stops on the first signal, in order; a second one stops at once. */
const stopOnSignal = (stop: () => Promise<void>): void => {
  let stopping = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stopping) process.exit(130);
    stopping = true;
    print(`\n${signal}: finishing what is in flight…`);
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        printFailure(error);
        process.exit(1);
      },
    );
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
};

const run = async (options: DevOptions): Promise<void> => {
  const startedAt = performance.now();
  const projectFolder = process.cwd();
  if (options.reset) rmSync(resolve(projectFolder, options.folder, 'state'), { recursive: true, force: true });
  mkdirSync(resolve(projectFolder, options.folder), { recursive: true });
  let backend = await start(projectFolder, options);
  stopOnSignal(() => backend.dispose());
  welcome(backend, options, startedAt);
  if (!options.watch) return;
  watchSources(projectFolder, options.folder, async () => {
    const changedAt = performance.now();
    await synthesize(projectFolder, resolve(projectFolder, options.folder, 'cdk.next')).catch((error: unknown) => {
      printFailure(error);
      print('The running backend stays as it was.');
      throw error;
    });
    const ports = { port: Number(new URL(backend.apiUrl).port), awsPort: Number(new URL(backend.endpointUrl).port) };
    await backend.dispose();
    backend = await start(projectFolder, { ...options, ...ports });
    print(`Reloaded in ${Math.round(performance.now() - changedAt)} ms`);
  });
};

/** `plinth dev`: the whole backend on this machine. */
export const dev: CliCommand = {
  register: (program: Command) => {
    program
      .command('dev')
      .description('Runs the whole backend on this machine, from the template that AWS would get')
      .option('--port <port>', 'port of the API; 0 takes any free one', port, 3000)
      .option('--aws-port <port>', 'port of the local AWS endpoint and the inbox; 0 takes any free one', port, 3001)
      .option('--folder <folder>', 'where the data is kept', '.plinth')
      .option('--reset', 'begins with empty stores', false)
      .option('--no-demo-users', 'creates no demo users')
      .option('--no-watch', 'does not reload when a source file changes')
      .action(run);
  },
};

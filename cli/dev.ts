import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { LocalBackend } from '../local/local-backend.ts';
import { AppSynthesis } from './app-synthesis.ts';
import type { CliCommand } from './command.ts';
import { openDataFolder } from './data-folder.ts';
import type { DemoUser } from './demo-users.ts';
import { DevSession } from './dev-session.ts';
import { followChanges } from './follow-changes.ts';
import { heading, print, printFailure, row } from './ui.ts';
import { UserError } from './user-error.ts';

interface DevOptions {
  readonly app?: string;
  readonly folder: string;
  readonly port: number;
  readonly cdnPort: number;
  readonly awsPort: number;
  readonly reset: boolean;
  readonly demoUsers: boolean;
  readonly watch: boolean;
}

const port = (value: string): number => {
  const parsed = Number(value);
  if (value.trim() === '' || !Number.isInteger(parsed) || parsed < 0 || parsed > 65_535) {
    throw new UserError(`"${value}" is not a port.`, 'Give a number from 0 to 65535; 0 takes any free port.');
  }
  return parsed;
};

const welcome = (backend: LocalBackend, demoUsers: readonly DemoUser[], options: DevOptions, seconds: string): void => {
  print();
  print(heading(`Plinth is running (started in ${seconds} s)`));
  print(row('API', backend.apiUrl));
  print(row('OpenAPI', `${backend.apiUrl}/openapi.json`));
  if (backend.cdnUrl !== undefined) print(row('CDN', backend.cdnUrl));
  print(row('Inbox', `${backend.endpointUrl}/_plinth/  (e-mails and SMS with their codes; also "plinth inbox")`));
  for (const { email, password, groups } of demoUsers) {
    print(row('Demo user', `${email}  password ${password}${groups.length > 0 ? `  groups ${groups.join(', ')}` : ''}`));
  }
  print(row('Data', `${options.folder}  (--reset begins with empty stores)`));
  print(row('Log', `${options.folder}/log.jsonl  (also "plinth logs")`));
  print(row('Stop', 'Ctrl+C'));
  print();
};

/** Stops on the first signal, in order; a second one stops at once. */
const stopOnSignal = (stop: () => Promise<void>): void => {
  let stopping = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stopping) process.exit(130);
    stopping = true;
    print(`\n${signal}: finishing what is in flight… (once more stops at once)`);
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
  const projectFolder = process.cwd();
  const synthesis = new AppSynthesis(projectFolder, resolve(projectFolder, options.folder), options.app);
  const folder = openDataFolder(projectFolder, options.folder, options.reset);
  const session = new DevSession({ ...options, projectFolder, synthesis, folder });
  stopOnSignal(() => session.stop());
  const { backend, demoUsers } = await session.start();
  // Counted from the start of the process, as the person at the terminal does.
  welcome(backend, demoUsers, options, (performance.now() / 1_000).toFixed(1));
  if (options.watch) followChanges(projectFolder, folder.path, session);
};

/** `plinth dev`: the whole backend on this machine. */
export const dev: CliCommand = {
  register: (program: Command) => {
    program
      .command('dev')
      .description('Runs the whole backend on this machine, from the template that AWS would get')
      .option('--app <command>', 'the CDK app to run, as "node bin/app.ts" (default: the one of cdk.json)')
      .option('--port <port>', 'port of the API; 0 takes any free one', port, 3000)
      .option('--cdn-port <port>', 'port of the CDN, if the app serves files; 0 takes any free one', port, 3002)
      .option('--aws-port <port>', 'port of the local AWS endpoint and the inbox; 0 takes any free one', port, 3001)
      .option('--folder <folder>', 'where data, log and the synthesized app are kept', '.plinth')
      .option('--reset', 'begins with empty stores', false)
      .option('--no-demo-users', 'creates no demo users')
      .option('--no-watch', 'does not reload when a source file changes')
      .action(run);
  },
};

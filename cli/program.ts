import { Command } from 'commander';
import manifest from '../package.json' with { type: 'json' };
import { access } from './access.ts';
import type { CliCommand } from './command.ts';
import { data } from './data.ts';
import { deploy } from './deploy.ts';
import { dev } from './dev.ts';
import { dump } from './dump.ts';
import { events } from './events.ts';
import { inbox } from './inbox.ts';
import { init } from './init.ts';
import { logs } from './logs.ts';
import { schema } from './schema.ts';
import { secret } from './secret.ts';
import { printFailure } from './ui.ts';
import { webhooks } from './webhooks.ts';

const commands: readonly CliCommand[] = [init, dev, logs, inbox, dump, access, schema, data, events, webhooks, secret, deploy];

/** Runs the command line. A failure prints what to do and ends with exit code 1. */
export const runProgram = async (argv: readonly string[]): Promise<void> => {
  const program = new Command('plinth')
    .description('Runs and looks after a Plinth backend')
    .version(manifest.version)
    .showHelpAfterError('(plinth --help lists the commands)');
  // Whoever reads the output may have enough of it, as `head` has.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  for (const command of commands) command.register(program);
  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    printFailure(error);
    process.exitCode = 1;
  }
};

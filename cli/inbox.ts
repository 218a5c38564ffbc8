import type { InboxMessage } from '../local/inbox.ts';
import type { CliCommand } from './command.ts';
import { askBackend, findRunningBackend } from './running-backend.ts';
import { heading, print, row } from './ui.ts';
import { UserError } from './user-error.ts';

interface InboxOptions {
  readonly folder: string;
  readonly to?: string;
  readonly json: boolean;
  readonly code: boolean;
}

const show = (message: InboxMessage): void => {
  print(heading(`${message.at}  ${message.channel} to ${message.to}`));
  if (message.subject !== undefined) print(row('Subject', message.subject));
  if (message.code !== undefined) print(row('Code', message.code));
  print(row('Text', message.body));
  if (message.unsubscribeUrl !== undefined) print(row('Opt-out', `POST ${message.unsubscribeUrl}`));
  print();
};

const newestCode = (messages: readonly InboxMessage[], { to }: InboxOptions): string => {
  const code = messages.find((message) => message.code !== undefined)?.code;
  if (code !== undefined) return code;
  throw new UserError(`The inbox holds no code${to === undefined ? '' : ` for ${to}`}.`, 'Ask for one first, for example by registering.');
};

const run = async (options: InboxOptions): Promise<void> => {
  const query = options.to === undefined ? '' : `?to=${encodeURIComponent(options.to)}`;
  const messages = (await askBackend(findRunningBackend(options.folder), `inbox${query}`)) as readonly InboxMessage[];
  if (options.code) print(newestCode(messages, options));
  else if (options.json) print(JSON.stringify(messages, null, 2));
  else if (messages.length === 0) print(options.to === undefined ? 'The inbox is empty.' : `The inbox holds nothing for ${options.to}.`);
  else for (const message of messages) show(message);
};

/** `plinth inbox`: what the local backend sent to people. */
export const inbox: CliCommand = {
  register: (program) => {
    program
      .command('inbox')
      .description('Prints what the running local backend sent to people, newest first')
      .option('--to <recipient>', 'only messages to this address')
      .option('--code', 'prints the newest code only', false)
      .option('--json', 'prints JSON', false)
      .option('--folder <folder>', 'where the data is kept', '.plinth')
      .action(run);
  },
};

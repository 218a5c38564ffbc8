import type { BackendOptions } from './backend-connection.ts';
import type { CliCommand } from './command.ts';
import { closeEvents, type EventsTarget, openEvents, withEventsTarget } from './events-target.ts';
import { wholeNumber } from './option-values.ts';
import { print } from './ui.ts';
import { UserError } from './user-error.ts';

interface ListOptions extends BackendOptions {
  readonly json: boolean;
}
interface ShowOptions extends BackendOptions {
  readonly limit: string;
}
interface RedriveOptions extends BackendOptions {
  readonly all: boolean;
  readonly wait: string;
}
interface ReplayOptions extends BackendOptions {
  readonly from: string;
  readonly to: string;
  readonly type?: string;
}

const onTarget = async (options: BackendOptions, run: (target: EventsTarget) => Promise<void>): Promise<void> => {
  const target = await openEvents(options);
  try {
    await run(target);
  } finally {
    closeEvents(target);
  }
};

const runList = (options: ListOptions): Promise<void> =>
  onTarget(options, async (target) => {
    const { countMessages, findQueues } = await import('./events-queues.ts');
    const counted = await Promise.all(
      (await findQueues(target, [])).map(async ({ name, url, sourceUrl }) => ({
        name,
        waiting: sourceUrl === undefined ? 0 : await countMessages(target, sourceUrl),
        deadLetters: await countMessages(target, url),
      })),
    );
    if (options.json) {
      print(JSON.stringify(counted, null, 2));
      return;
    }
    print(`Queues of ${target.name}`);
    const width = Math.max(...counted.map(({ name }) => name.length));
    for (const { name, waiting, deadLetters } of counted) print(`  ${name.padEnd(width)}  ${waiting} waiting, ${deadLetters} dead letters`);
  });

const indented = (text: string): string => {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
};

const runShow = (name: string, options: ShowOptions): Promise<void> =>
  onTarget(options, async (target) => {
    const { findQueues, lookAtMessages } = await import('./events-queues.ts');
    for (const { url } of await findQueues(target, [name])) {
      for (const body of await lookAtMessages(target, url, wholeNumber(options.limit, '--limit'))) print(indented(body));
    }
  });

const runRedrive = (name: string | undefined, options: RedriveOptions): Promise<void> =>
  onTarget(options, async (target) => {
    const { findQueues } = await import('./events-queues.ts');
    const { redrive } = await import('./events-redrive.ts');
    if ((name === undefined) === !options.all)
      throw new UserError('It is not said which queue is meant.', 'Name one ("plinth events list"), or give --all.');
    const waitSeconds = wholeNumber(options.wait, '--wait');
    for (const queue of await findQueues(target, name === undefined ? [] : [name])) {
      const { moved, handled, deadLetters, waiting, note } = await redrive(target, queue, waitSeconds);
      const counts = `${moved} moved back, ${handled} handled, ${waiting} waiting, ${deadLetters} dead letters`;
      print(`${queue.name}: ${counts}${note === undefined ? '' : ` (${note})`}`);
    }
  });

const runReplay = (options: ReplayOptions): Promise<void> =>
  onTarget(options, async (target) => {
    const { replay } = await import('./events-replay.ts');
    const { name, rules } = await replay(target, options);
    print(`The replay ${name} has ended; it went to ${rules === undefined ? 'all who listen' : rules.join(', ')}.`);
  });

/** `plinth events`: looks after what happened and could not be handled, on this machine and on AWS. */
export const events: CliCommand = {
  register: (program) => {
    const group = program.command('events').description('Looks after events: what could not be handled, and what is to come again');
    withEventsTarget(group.command('list').description('Counts what waits and what was put aside, by queue'))
      .option('--json', 'prints JSON', false)
      .action(runList);
    withEventsTarget(group.command('show <queue>').description('Prints dead letters of a queue, and leaves them where they are'))
      .option('--limit <count>', 'how many at most', '10')
      .action(runShow);
    withEventsTarget(group.command('redrive [queue]').description('Moves dead letters back and waits until they are handled'))
      .option('--all', 'those of every queue', false)
      .option('--wait <seconds>', 'how long to wait for a queue at most', '60')
      .action(runRedrive);
    withEventsTarget(group.command('replay').description('Puts what the archive holds of a time on the bus once more'))
      .requiredOption('--from <time>', 'the beginning, as in 2026-01-31T12:00:00Z')
      .requiredOption('--to <time>', 'the end')
      .option('--type <type>', 'only to those who listen to this type')
      .action(runReplay);
  },
};

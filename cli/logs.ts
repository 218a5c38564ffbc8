import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { setTimeout as delay } from 'node:timers/promises';
import type { CliCommand } from './command.ts';
import { type LogFileEntry, LogLines } from './log-lines.ts';
import { print } from './ui.ts';
import { UserError } from './user-error.ts';

interface LogsOptions {
  readonly folder: string;
  readonly follow: boolean;
  readonly json: boolean;
  readonly lines: number;
}

const lookEveryMs = 200;
const defaultLines = 200;

/** `nightlyReport`, `nightly report` and `Shop-FunctionsNightlyReport…` are one function. */
const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');

const parse = (line: string): readonly LogFileEntry[] => {
  try {
    return [JSON.parse(line) as LogFileEntry];
  } catch {
    // A run that was killed may have left half a line.
    return [];
  }
};

/** Reads on where it was, and begins again when a new file has begun. */
class LogReader {
  readonly #file: string;
  #descriptor: number;
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';

  /** @throws UserError when there is no log */
  constructor(folder: string) {
    this.#file = join(folder, 'log.jsonl');
    try {
      this.#descriptor = openSync(this.#file, 'r');
    } catch (cause) {
      throw new UserError(
        `There is no log in ${folder}.`,
        'Start a backend with "plinth dev" ("npm run dev"), or name its folder with --folder.',
        {
          cause,
        },
      );
    }
  }

  read(): readonly LogFileEntry[] {
    const entries = this.#readOn();
    const now = statSync(this.#file, { throwIfNoEntry: false });
    if (now === undefined || now.ino === fstatSync(this.#descriptor).ino) return entries;
    const last = this.#readOn();
    closeSync(this.#descriptor);
    this.#descriptor = openSync(this.#file, 'r');
    this.#rest = '';
    return [...entries, ...last, ...this.#readOn()];
  }

  #readOn(): readonly LogFileEntry[] {
    const chunk = Buffer.alloc(65_536);
    let text = this.#rest;
    for (let bytes = readSync(this.#descriptor, chunk); bytes > 0; bytes = readSync(this.#descriptor, chunk)) {
      text += this.#decoder.write(chunk.subarray(0, bytes));
    }
    const lines = text.split('\n');
    this.#rest = lines.pop() ?? '';
    return lines.flatMap(parse);
  }
}

const run = async (wanted: string | undefined, { folder, follow, json, lines }: LogsOptions): Promise<void> => {
  const isWanted = ({ source, label = source }: LogFileEntry): boolean =>
    wanted === undefined || [source, label].some((name) => plain(name).includes(plain(wanted)));
  const reader = new LogReader(folder);
  const shown = new LogLines();
  const show = (entries: readonly LogFileEntry[]): void => {
    for (const entry of entries) print(json ? JSON.stringify(entry) : shown.format(entry));
  };
  const first = reader.read().filter(isWanted).slice(-lines);
  shown.fit(first.map(({ source, label = source }) => label));
  show(first);
  if (first.length === 0 && !follow) print(wanted === undefined ? 'The log is empty.' : `No lines of "${wanted}" in the log.`);
  while (follow) {
    await delay(lookEveryMs);
    show(reader.read().filter(isWanted));
  }
};

const count = (value: string): number => {
  const parsed = Number(value);
  if (!Number.isInteger(parsed) || parsed < 1) throw new UserError(`"${value}" is no number of lines.`, 'Give a number from 1.');
  return parsed;
};

/** `plinth logs`: what the functions of a local backend printed. */
export const logs: CliCommand = {
  register: (program) => {
    program
      .command('logs')
      .argument('[function]', 'only what this function printed; a part of its name will do')
      .description('Prints the log of the local backend, also after it has ended')
      .option('-f, --follow', 'goes on with what comes', false)
      .option('-n, --lines <number>', 'how many entries to begin with', count, defaultLines)
      .option('--json', 'prints JSON lines', false)
      .option('--folder <folder>', 'where the data is kept', '.plinth')
      .action(run);
  },
};

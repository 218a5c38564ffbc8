import { stripVTControlCharacters, styleText } from 'node:util';
import type { LocalLog } from '../local/log.ts';
import type { LogFile } from './log-file.ts';

type Level = 'info' | 'warn' | 'error';

const levelColours = { warn: 'yellow', error: 'red' } as const;
const labelColours = ['cyan', 'magenta', 'blue', 'green', 'yellow'] as const;
const minLabelWidth = 12;

/** A request line of a handler (`lambdas/runtime/log-request.ts`). */
interface RequestLine {
  readonly message: 'request';
  readonly route?: string;
  readonly status: number;
  readonly durationMs: number;
  readonly requestId: string;
  readonly error?: { readonly stack?: string };
}

const asRequestLine = (message: string): RequestLine | undefined => {
  if (!message.startsWith('{')) return undefined;
  try {
    const line = JSON.parse(message) as Partial<RequestLine>;
    return line.message === 'request' ? (line as RequestLine) : undefined;
  } catch {
    return undefined;
  }
};

/** A handler's JSON line as people read it; other lines as they are. */
const readable = (message: string): string => {
  const line = asRequestLine(message);
  if (line === undefined) return message;
  const colour = line.status >= 500 ? 'red' : line.status >= 400 ? 'yellow' : 'green';
  const stack = line.error?.stack === undefined ? '' : `\n${line.error.stack}`;
  return `${styleText(colour, String(line.status))} ${line.route ?? 'unknown route'} ${line.durationMs} ms${stack}`;
};

/** The log of `plinth dev`: readable lines on the terminal, the whole of it as JSON lines in a file. */
export class TerminalLog implements LocalLog {
  readonly #file: LogFile;
  readonly #colours = new Map<string, (typeof labelColours)[number]>();
  #labels: ReadonlyMap<string, string> = new Map();
  #width = minLabelWidth;

  constructor(file: LogFile) {
    this.#file = file;
  }

  /** Short names for sources. The file keeps the full ones. */
  set labels(labels: ReadonlyMap<string, string>) {
    this.#labels = labels;
    this.#width = Math.max(minLabelWidth, ...[...labels.values()].map(({ length }) => length));
  }

  /** The short name of a source, if it has one. */
  labelOf(source: string): string {
    return this.#labels.get(source) ?? source;
  }

  info(source: string, message: string): void {
    this.#write('info', source, message);
  }

  warn(source: string, message: string): void {
    this.#write('warn', source, message);
  }

  error(source: string, message: string): void {
    this.#write('error', source, message);
  }

  #write(level: Level, source: string, message: string): void {
    // A log line is somebody's text: it must not move the cursor or forge a line.
    const text = stripVTControlCharacters(message);
    const time = new Date().toISOString();
    this.#file.write({ time, level, source, message: text });
    const label = this.labelOf(source);
    const mark = level === 'info' ? '' : `${styleText(levelColours[level], level)} `;
    process.stdout.write(
      `${styleText('dim', time.slice(11, 19))} ${styleText(this.#colourOf(label), label.padEnd(this.#width))} ${mark}${readable(text)}\n`,
    );
  }

  /** Neighbours differ: colours are given out in the order in which sources appear. */
  #colourOf(label: string): (typeof labelColours)[number] {
    const known = this.#colours.get(label);
    if (known !== undefined) return known;
    const colour = labelColours[this.#colours.size % labelColours.length] ?? 'cyan';
    this.#colours.set(label, colour);
    return colour;
  }
}

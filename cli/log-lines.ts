import { styleText } from 'node:util';
import { cut } from '../local/log-text.ts';
import { ownFrames } from './own-frames.ts';

/** An entry of the log file. */
export interface LogFileEntry {
  /** ISO time. */
  readonly time: string;
  readonly level: 'info' | 'warn' | 'error';
  readonly source: string;
  /** The short name of a function. */
  readonly label?: string;
  readonly message: string;
}

const levelColours = { warn: 'yellow', error: 'red' } as const;
const labelColours = ['cyan', 'magenta', 'blue', 'green', 'yellow'] as const;
const minLabelWidth = 12;
const timeWidth = 'HH:MM:SS'.length;
/** The file has the whole. */
const maxShown = 10_000;

/** An error of a request line, as the handlers log it. */
interface LoggedError {
  readonly name?: string;
  readonly message?: string;
  readonly stack?: string;
  readonly cause?: LoggedError;
}

/** A request line of a handler (`lambdas/runtime/log-request.ts`). */
interface RequestLine {
  readonly message: 'request';
  readonly route?: string;
  readonly status: number;
  readonly durationMs: number;
  readonly requestId: string;
  readonly error?: LoggedError;
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

/** The stack of an error and those of its causes, which tell what the answer must not. */
const stackOf = ({ name, message, stack, cause }: LoggedError): readonly string[] => {
  const own = stack ?? (message === undefined ? name : `${name}: ${message}`);
  return [...(own === undefined ? [] : [own]), ...(cause === undefined ? [] : stackOf(cause).map(causedBy))];
};

const causedBy = (text: string, index: number): string => (index === 0 ? `caused by ${text}` : text);

/** A handler's JSON line as people read it; other lines as they are. */
const readable = (message: string): string => {
  const line = asRequestLine(message);
  if (line === undefined) return message;
  const colour = line.status >= 500 ? 'red' : line.status >= 400 ? 'yellow' : 'green';
  // An error without a stack has been told of by whoever threw it.
  const stacks = line.error?.stack === undefined ? [] : stackOf(line.error);
  return [`${styleText(colour, String(line.status))} ${line.route ?? 'unknown route'} ${line.durationMs} ms`, ...stacks].join('\n');
};

/** Shows entries of the log to people. */
export class LogLines {
  readonly #colours = new Map<string, (typeof labelColours)[number]>();
  #width = minLabelWidth;

  /** Makes room for these labels. */
  fit(labels: Iterable<string>): void {
    this.#width = Math.max(minLabelWidth, ...[...labels].map(({ length }) => length));
  }

  /** Further lines of an entry are set off, so that no text can look like another entry. */
  format({ time, level, source, label = source, message }: LogFileEntry): string {
    const mark = level === 'info' ? '' : `${styleText(levelColours[level], level)} `;
    const further = `\n${' '.repeat(timeWidth + 1 + this.#width)} ${styleText('dim', '│')} `;
    const text = cut(ownFrames(readable(message)).trimEnd(), maxShown).replaceAll('\n', further);
    return `${styleText('dim', new Date(time).toTimeString().slice(0, timeWidth))} ${styleText(this.#colourOf(label), label.padEnd(this.#width))} ${mark}${text}`;
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

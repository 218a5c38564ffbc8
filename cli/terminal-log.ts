import type { LocalLog } from '../local/log.ts';
import { cut, escapeControls } from '../local/log-text.ts';
import type { LogFile } from './log-file.ts';
import { type LogFileEntry, LogLines } from './log-lines.ts';

/** CloudWatch Logs takes 256 KB an event. */
const maxEntryLength = 262_144;

/** The log of `plinth dev`: readable lines on the terminal, the whole of it as JSON lines in a file. */
export class TerminalLog implements LocalLog {
  readonly #file: LogFile;
  readonly #lines = new LogLines();
  #labels: ReadonlyMap<string, string> = new Map();

  constructor(file: LogFile) {
    this.#file = file;
  }

  /** Short names for sources. */
  set labels(labels: ReadonlyMap<string, string>) {
    this.#labels = labels;
    this.#lines.fit(labels.values());
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

  #write(level: LogFileEntry['level'], source: string, written: string): void {
    // It is somebody's text: it must not move the cursor.
    const message = cut(escapeControls(written), maxEntryLength);
    const label = this.#labels.get(source);
    const entry: LogFileEntry = { time: new Date().toISOString(), level, source, ...(label !== undefined && { label }), message };
    this.#file.write({ ...entry });
    process.stdout.write(`${this.#lines.format(entry)}\n`);
  }
}

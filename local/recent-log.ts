import type { LocalLog } from './log.ts';
import { cut } from './log-text.ts';
import { Redactor } from './redactor.ts';

export interface LogEntry {
  readonly at: string;
  readonly level: 'info' | 'warn' | 'error';
  readonly source: string;
  readonly message: string;
}

const MAX_ENTRIES = 2_000;
/** So that a flood of long texts can't take the memory of the run. */
const MAX_KEPT_LENGTH = 16_384;

/** Passes everything on to another log, without secrets, and keeps the newest entries for whoever asks later. */
export class RecentLog implements LocalLog {
  /** What it takes out of all messages. */
  readonly redactor = new Redactor();
  readonly #log: LocalLog;
  readonly #entries: LogEntry[] = [];
  readonly debug?: (source: string, message: string) => void;

  constructor(log: LocalLog) {
    this.#log = log;
    if (log.debug !== undefined) this.debug = (source, message) => log.debug?.(source, this.redactor.redact(message));
  }

  /** Oldest first. */
  get entries(): readonly LogEntry[] {
    return this.#entries;
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

  #write(level: LogEntry['level'], source: string, written: string): void {
    const message = this.redactor.redact(written);
    this.#entries.push({ at: new Date().toISOString(), level, source, message: cut(message, MAX_KEPT_LENGTH) });
    // Shortened in steps, as each step moves all entries.
    if (this.#entries.length > MAX_ENTRIES * 2) this.#entries.splice(0, MAX_ENTRIES);
    this.#log[level](source, message);
  }
}

import { print } from './ui.ts';

const barWidth = 30;
/** How often a line is printed where there is no terminal. */
const lineEveryMs = 5_000;

/** Tells how far a long command is: a bar on a terminal, a line now and then elsewhere. */
export class Progress {
  readonly #label: string;
  readonly #total: number;
  readonly #isTerminal = process.stderr.isTTY === true;
  #shownAt = Date.now();

  /** @param total what {@link Progress.show} counts up to; 0 if nobody knows */
  constructor(label: string, total: number) {
    this.#label = label;
    this.#total = total;
  }

  /** @param done of the total; @param records what is shown in words */
  show(done: number, records: number): void {
    const now = Date.now();
    if (now - this.#shownAt < (this.#isTerminal ? 100 : lineEveryMs)) return;
    this.#shownAt = now;
    if (this.#isTerminal) process.stderr.write(`\r\u001b[K${this.#label} ${this.#bar(done)} ${records} records`);
    else print(`${this.#label}: ${records} records so far`);
  }

  /** Leaves one line behind. */
  end(text: string): void {
    if (this.#isTerminal) process.stderr.write('\r\u001b[K');
    print(`${this.#label}: ${text}`);
  }

  #bar(done: number): string {
    if (this.#total <= 0) return '';
    const share = Math.min(1, done / this.#total);
    const full = Math.round(share * barWidth);
    return `[${'#'.repeat(full)}${'.'.repeat(barWidth - full)}] ${Math.floor(share * 100)} %`;
  }
}

/** `1 record`, `2 records`. */
export const recordCount = (count: number): string => `${count} ${count === 1 ? 'record' : 'records'}`;

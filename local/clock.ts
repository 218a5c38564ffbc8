/** The time that local mode lives in. Services read it, never `Date.now()`, so that a test can expire a code or a token. */
export class Clock {
  /** The offset in milliseconds as one 64-bit float, so that the threads of functions follow each move at once. */
  readonly shared = new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT);
  readonly #offsetMs = new Float64Array(this.shared);

  /** Milliseconds since the epoch. */
  now(): number {
    return Date.now() + this.offsetMs;
  }

  /** How far this clock is ahead of the machine's, in milliseconds. */
  get offsetMs(): number {
    return this.#offsetMs[0] as number;
  }

  /** Sets the time; it goes on from there. */
  set(time: Date | number): void {
    this.#offsetMs[0] = new Date(time).getTime() - Date.now();
  }

  /** Moves the time forward (or back) by so many milliseconds. */
  advance(ms: number): void {
    this.#offsetMs[0] = this.offsetMs + Math.round(ms);
  }
}

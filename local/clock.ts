/** The time that local mode lives in. Services read it, never `Date.now()`, so that a test can expire a code or a token. */
export class Clock {
  #offsetMs = 0;

  /** Milliseconds since the epoch. */
  now(): number {
    return Date.now() + this.#offsetMs;
  }

  /** How far this clock is ahead of the machine's, in milliseconds. */
  get offsetMs(): number {
    return this.#offsetMs;
  }

  /** Sets the time; it goes on from there. */
  set(time: Date | number): void {
    this.#offsetMs = new Date(time).getTime() - Date.now();
  }

  /** Moves the time forward (or back) by so many milliseconds. */
  advance(ms: number): void {
    this.#offsetMs += ms;
  }
}

/** Has calls wait their turn: at most so many begin in a second. */
export class InvocationRate {
  readonly #intervalMs: number;
  /** The turns of those that wait. */
  readonly #turns = new Map<string, number>();
  #nextTurn = 0;

  constructor(perSecond: number) {
    this.#intervalMs = 1_000 / perSecond;
  }

  /**
   * Asks for a turn. Who waits keeps it.
   *
   * @param now milliseconds of a clock that nobody moves
   * @returns whole milliseconds until then; 0: now
   */
  waitOf(caller: string, now: number): number {
    const turn = this.#turns.get(caller) ?? Math.max(now, this.#nextTurn);
    if (!this.#turns.has(caller)) this.#nextTurn = turn + this.#intervalMs;
    const wait = Math.max(0, Math.ceil(turn - now));
    if (wait > 0) this.#turns.set(caller, turn);
    else this.#turns.delete(caller);
    return wait;
  }
}

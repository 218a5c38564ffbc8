/** A function that prints faster than anybody can write waits, as for a full pipe. */
const MAX_CHARACTERS = 16_777_216;
const LOOK_AGAIN_MS = 100;

/** Counts what a thread has printed and the run has not taken yet. Both sides have one, over the same memory. */
export class LogBacklog {
  readonly #characters: Int32Array<SharedArrayBuffer>;

  constructor(memory: SharedArrayBuffer) {
    this.#characters = new Int32Array(memory);
  }

  static allocate(): SharedArrayBuffer {
    return new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  }

  /** Before the thread hands over a text: blocks it while too much waits. */
  add(text: string): void {
    for (let waiting = this.#waiting(); waiting > MAX_CHARACTERS; waiting = this.#waiting()) {
      Atomics.wait(this.#characters, 0, waiting, LOOK_AGAIN_MS);
    }
    Atomics.add(this.#characters, 0, text.length);
  }

  /** After the run has taken a text. */
  take(text: string): void {
    Atomics.sub(this.#characters, 0, text.length);
    Atomics.notify(this.#characters, 0);
  }

  #waiting(): number {
    return Atomics.load(this.#characters, 0);
  }
}

import { expectObject } from './read-answer.ts';
import type { TokenStorage } from './token-storage.ts';

interface Note {
  readonly value: string;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

const parseNotes = (text: string | null): Readonly<Record<string, Note>> => {
  try {
    return expectObject(JSON.parse(text ?? '{}')) as Readonly<Record<string, Note>>;
  } catch {
    // Something else's text: what was noted is lost, and is found out anew.
    return {};
  }
};

/** One for each storage: changes of the same text must wait for one another. */
const states = new WeakMap<TokenStorage, KeptState>();

/** Texts by name that this device keeps for later: which uploads are unfinished, and under which id it gets pushes. */
export class KeptState {
  readonly #storage: TokenStorage;
  /** Changes one after the other: each writes all notes. */
  #queue: Promise<unknown> = Promise.resolve();

  private constructor(storage: TokenStorage) {
    this.#storage = storage;
  }

  /** What is kept in this storage. */
  static of(storage: TokenStorage): KeptState {
    const state = states.get(storage) ?? new KeptState(storage);
    states.set(storage, state);
    return state;
  }

  async get(name: string): Promise<string | undefined> {
    await this.#queue;
    const note = parseNotes(await this.#storage.get())[name];
    return typeof note?.value === 'string' && note.until > Date.now() ? note.value : undefined;
  }

  /** @param days how long it is kept. It is forgotten then, so that notes don't pile up */
  set(name: string, value: string, days: number): Promise<void> {
    return this.#change((notes) => ({ ...notes, [name]: { value, until: Date.now() + days * 86_400_000 } }));
  }

  remove(name: string): Promise<void> {
    return this.#change(({ [name]: _, ...others }) => others);
  }

  #change(change: (notes: Readonly<Record<string, Note>>) => Readonly<Record<string, Note>>): Promise<void> {
    const run = async (): Promise<void> => {
      const fresh = Object.entries(parseNotes(await this.#storage.get())).filter(([, { until }]) => until > Date.now());
      await this.#storage.set(JSON.stringify(change(Object.fromEntries(fresh))));
    };
    const turn = this.#queue.then(() => this.#storage.alone?.(run) ?? run());
    this.#queue = turn.catch(() => undefined);
    return turn;
  }
}

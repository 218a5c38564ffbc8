import type { Tokens } from '../contracts/auth-schemas.ts';
import { invalidAnswer } from './network-error.ts';
import { PlinthError } from './plinth-error.ts';
import { expectObject } from './read-answer.ts';
import type { TokenStorage } from './token-storage.ts';
import type { Credentials } from './transport.ts';

/** Renew a token that has less than this left, so that it doesn't expire on its way. */
const marginMs = 30_000;

/** After a renewal that failed for now, others fail with it for so long: requests that were sent together are refused one by one. */
const pauseMs = 100;

/** What is kept of a login. The ID token is not: no route takes it, and it holds personal data. */
interface Kept {
  readonly accessToken: string;
  readonly refreshToken: string;
  /** Milliseconds since the epoch, by this machine's clock. */
  readonly expiresAt: number;
}

/** What a {@link Session} needs. */
export interface SessionOptions {
  readonly storage: TokenStorage;
  /** Exchanges a refresh token for new tokens. */
  readonly refresh: (refreshToken: string) => Promise<Tokens>;
}

type Listener = (signedIn: boolean) => void;

/** The tokens of an answer. */
export const expectTokens = (answer: unknown): Tokens => {
  const { accessToken, refreshToken, expiresInSeconds } = expectObject(answer);
  if (typeof accessToken !== 'string' || typeof refreshToken !== 'string' || typeof expiresInSeconds !== 'number') {
    throw invalidAnswer('tokens are missing');
  }
  return answer as Tokens;
};

const parseKept = (text: string | null): Kept | undefined => {
  try {
    const { accessToken, refreshToken, expiresAt } = expectObject(JSON.parse(text ?? ''));
    if (typeof accessToken === 'string' && typeof refreshToken === 'string' && typeof expiresAt === 'number') {
      return { accessToken, refreshToken, expiresAt };
    }
  } catch {
    // Nothing kept, or by something else: the user logs in again.
  }
  return undefined;
};

/** The refresh token is of no more use. Other failures may pass: of the network, of a proxy, of too many requests. */
const isFinal = (failure: unknown): boolean => failure instanceof PlinthError && (failure.status === 400 || failure.status === 401);

/** The tokens of the signed-in user: kept, renewed in time and given up when they are of no more use. */
export class Session implements Credentials {
  readonly #options: SessionOptions;
  readonly #listeners = new Set<Listener>();
  /** Undefined until the storage was read; null when nobody is signed in. */
  #kept: Kept | null | undefined;
  /** Changes of the tokens, one after the other. */
  #queue: Promise<unknown> = Promise.resolve();
  /** By the token that was refused: whoever holds the same token waits for the same renewal, and shares its failure. */
  readonly #renewals = new Map<string, Promise<string | undefined>>();
  #pause: { readonly until: number; readonly failure: unknown } | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    options.storage.watch?.(() => {
      this.#run(() => this.#read()).catch(() => undefined);
    });
  }

  /** Calls the listener after each sign-in and sign-out, in other tabs too. @returns what stops it */
  onChange(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async isSignedIn(): Promise<boolean> {
    return (await this.#current()) !== null;
  }

  async current(): Promise<string | undefined> {
    const kept = await this.#current();
    if (kept === null) return undefined;
    return Date.now() > kept.expiresAt - marginMs ? this.renew(kept.accessToken) : kept.accessToken;
  }

  renew(refused: string): Promise<string | undefined> {
    const running = this.#renewals.get(refused);
    if (running !== undefined) return running;
    const renewal = this.#run(() => this.#exchange(refused)).finally(() => this.#renewals.delete(refused));
    this.#renewals.set(refused, renewal);
    return renewal;
  }

  /** Renews the tokens whether or not they need it. */
  async refresh(): Promise<void> {
    const kept = await this.#current();
    if (kept !== null) await this.renew(kept.accessToken);
  }

  /** Signs in with the tokens of a login. */
  start(tokens: Tokens): Promise<void> {
    return this.#run(async () => {
      await this.#keep(tokens);
      this.#tell(true);
    });
  }

  /** Signs out on this machine. `last` may still use the tokens; they are gone even if it fails. */
  end(last: (refreshToken: string) => Promise<unknown> = async () => undefined): Promise<void> {
    return this.#run(async () => {
      const kept = await this.#read();
      await this.#forget();
      if (kept !== null) await last(kept.refreshToken);
    });
  }

  /** One change at a time in this client, and among the tabs of a browser. */
  #run<T>(change: () => Promise<T>): Promise<T> {
    const { storage } = this.#options;
    const turn = this.#queue.then(() => storage.alone?.(change) ?? change());
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  async #current(): Promise<Kept | null> {
    return this.#kept === undefined ? this.#run(() => this.#read()) : this.#kept;
  }

  /** The storage decides: another tab may have renewed the tokens, or signed out. */
  async #read(): Promise<Kept | null> {
    const before = this.#kept;
    const kept = parseKept(await this.#options.storage.get()) ?? null;
    this.#kept = kept;
    if (before !== undefined && (before === null) !== (kept === null)) this.#tell(kept !== null);
    return kept;
  }

  async #exchange(refused: string): Promise<string | undefined> {
    const kept = await this.#read();
    if (kept === null || kept.accessToken !== refused) return kept?.accessToken;
    if (this.#pause !== undefined && Date.now() < this.#pause.until) throw this.#pause.failure;
    try {
      return (await this.#keep(await this.#options.refresh(kept.refreshToken))).accessToken;
    } catch (failure) {
      if (isFinal(failure)) await this.#forget();
      else this.#pause = { until: Date.now() + pauseMs, failure };
      throw failure;
    }
  }

  async #keep(tokens: Tokens): Promise<Kept> {
    const { accessToken, refreshToken, expiresInSeconds } = tokens;
    const kept = { accessToken, refreshToken, expiresAt: Date.now() + expiresInSeconds * 1_000 };
    this.#kept = kept;
    await this.#options.storage.set(JSON.stringify(kept));
    return kept;
  }

  async #forget(): Promise<void> {
    const wasSignedIn = this.#kept !== null;
    this.#kept = null;
    await this.#options.storage.remove();
    if (wasSignedIn) this.#tell(false);
  }

  /** A listener that throws is a fault of its own, not of the login. */
  #tell(signedIn: boolean): void {
    for (const listener of this.#listeners) queueMicrotask(() => listener(signedIn));
  }
}

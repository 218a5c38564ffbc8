import type { HttpMethod } from '../contracts/route.ts';
import { abortable, sleep } from './abortable.ts';
import { NetworkError, unreachable } from './network-error.ts';
import { PlinthError } from './plinth-error.ts';
import { parseAnswer, readProblem } from './read-answer.ts';
import { retryDelayMs } from './retry.ts';

/** Whose requests these are. */
export interface Credentials {
  /** The access token; undefined for a guest. */
  current(): Promise<string | undefined>;
  /** A newer token than the one that was refused; undefined when there is none to be had. */
  renew(refused: string): Promise<string | undefined>;
}

/** Options of every call. */
export interface CallOptions {
  /** Stops waiting: the call rejects with the signal's reason. A write that was sent may still take effect. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of every write. */
export interface WriteOptions extends CallOptions {
  /**
   * Makes the write safe to repeat: the backend does it once however often this key comes, and the client then repeats
   * it by itself when the network fails. `true` makes a key for this call; give your own to repeat across restarts.
   * It costs one more item written with the record, in one transaction (two write units each).
   * @default no key; a failed write is not repeated
   */
  readonly idempotencyKey?: true | string | undefined;
}

/** Options of a write on something that exists. */
export interface ChangeOptions extends WriteOptions {
  /** Only if it still has this `version`; otherwise the write is refused with `version_mismatch`. @default whatever version it has */
  readonly ifMatch?: number | undefined;
}

/** The header that {@link ChangeOptions.ifMatch} stands for. */
export const ifMatchHeader = (version: number | undefined): Readonly<Record<string, string>> =>
  version === undefined ? {} : { 'if-match': `"${version}"` };

/** A method and a path as the contract spells them: `GET /data/{model}/{id}`. */
export type Endpoint = `${HttpMethod} /${string}`;

/** What fills an endpoint. */
export interface Call extends WriteOptions {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Send no token, even when there is one. @default false */
  readonly guest?: boolean;
  /** A write that can be repeated without a key, since its effect is the same however often it is done. @default false */
  readonly repeatable?: boolean;
}

/** What a {@link Transport} needs. */
export interface TransportOptions {
  readonly url: string;
  readonly credentials: Credentials;
  readonly fetch: typeof fetch;
  readonly retries: number;
  readonly timeoutMs: number;
}

interface Prepared {
  readonly url: string;
  readonly method: string;
  readonly body: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal | undefined;
}

const segment = (value: string | undefined): string => {
  // A URL parser takes these for steps in the tree, percent-encoded or not: the request would reach another route.
  if (value === undefined || value === '' || value === '.' || value === '..') {
    throw new TypeError(`${JSON.stringify(value)} cannot be part of a path: give the id or value of a record`);
  }
  return encodeURIComponent(value);
};

const queryString = (query: NonNullable<Call['query']>): string => {
  const pairs = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`]));
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
};

/** U+FFFD is escaped, since a backend takes it for bytes that were not UTF-8. */
const toJson = (value: unknown): string => JSON.stringify(value).replaceAll('\ufffd', '\\ufffd');

/** Unique, not secret: the backend keeps the keys of each user apart. `randomUUID` is missing in React Native and on plain http. */
const newKey = (): string =>
  globalThis.crypto?.randomUUID?.() ?? `${Date.now()}-${String(Math.random()).slice(2)}${String(Math.random()).slice(2)}`;

/** Sends requests: the one place with `fetch`, the `Authorization` header, retries, time limits and errors. */
export class Transport {
  readonly #options: TransportOptions;

  constructor(options: TransportOptions) {
    this.#options = options;
  }

  /**
   * Sends one request and gives the parsed JSON of its answer; undefined for an answer without a body.
   *
   * @throws PlinthError when the backend refuses or fails
   * @throws NetworkError when no usable answer comes
   */
  async send(endpoint: Endpoint, call: Call = {}): Promise<unknown> {
    const request = this.#prepare(endpoint, call);
    const repeatable = request.method === 'GET' || call.idempotencyKey !== undefined || call.repeatable === true;
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await (call.guest ? this.#attempt(request, undefined) : this.#identified(request));
      } catch (failure) {
        const delayMs = repeatable && attempt < this.#options.retries ? retryDelayMs(attempt, failure) : undefined;
        if (delayMs === undefined) throw failure;
        await sleep(delayMs, request.signal);
      }
    }
  }

  #prepare(endpoint: Endpoint, call: Call): Prepared {
    const [method = '', template = ''] = endpoint.split(' ');
    const path = template.replace(/\{(\w+)\}/g, (_, name: string) => segment(call.path?.[name]));
    const key = call.idempotencyKey === true ? newKey() : call.idempotencyKey;
    return {
      url: this.#options.url + path + queryString(call.query ?? {}),
      method,
      body: call.body === undefined ? undefined : toJson(call.body),
      headers: {
        ...(call.body !== undefined && { 'content-type': 'application/json' }),
        ...(key !== undefined && { 'idempotency-key': key }),
        ...call.headers,
      },
      signal: call.signal,
    };
  }

  /** Sends with the token of the session; one that is refused is renewed and the request is sent once more. */
  async #identified(request: Prepared): Promise<unknown> {
    const { credentials } = this.#options;
    const token = await abortable(credentials.current(), request.signal);
    try {
      return await this.#attempt(request, token);
    } catch (failure) {
      // Other answers with 401, such as a wrong password, say nothing about the token.
      if (token === undefined || !(failure instanceof PlinthError) || failure.code !== 'unauthenticated') throw failure;
      const renewed = await abortable(credentials.renew(token), request.signal);
      if (renewed === undefined) throw failure;
      return this.#attempt(request, renewed);
    }
  }

  async #attempt(request: Prepared, token: string | undefined): Promise<unknown> {
    const { signal } = request;
    const controller = new AbortController();
    const stop = (): void => controller.abort(signal?.reason);
    if (signal?.aborted) throw signal.reason;
    signal?.addEventListener('abort', stop);
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      controller.abort();
    }, this.#options.timeoutMs);
    try {
      return await this.#exchange(request, token, controller.signal);
    } catch (failure) {
      if (signal?.aborted) throw signal.reason;
      if (timedOut) throw new NetworkError('timeout', `The backend did not answer within ${this.#options.timeoutMs} ms.`, failure);
      throw failure;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
    }
  }

  async #exchange(request: Prepared, token: string | undefined, signal: AbortSignal): Promise<unknown> {
    // Called without its object: a browser's fetch refuses any other `this` than the window.
    const { fetch } = this.#options;
    let response: Response;
    let text: string;
    try {
      // The API sets no cookies and never redirects: a redirect would carry passwords somewhere else.
      response = await fetch(request.url, {
        method: request.method,
        headers: { ...request.headers, accept: 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) },
        credentials: 'omit',
        redirect: 'error',
        signal,
        ...(request.body !== undefined && { body: request.body }),
      });
      text = await response.text();
    } catch (cause) {
      throw unreachable(cause);
    }
    if (response.ok) return parseAnswer(text);
    throw readProblem(response.status, response.headers, text);
  }
}

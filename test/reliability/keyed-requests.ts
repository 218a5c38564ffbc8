import type { ApiClient, Call, Reply } from './api-client.ts';

/** What became of all requests with keys. */
export interface KeyedOutcome {
  /** The reply of each key, and for how many of its requests it came. */
  readonly replies: ReadonlyMap<string, Reply>;
  readonly sent: number;
  /** Requests that were answered 409 `in_progress`. */
  readonly inProgress: number;
  readonly faults: readonly string[];
}

const MAX_SENDS = 5;
/** A client that never got an answer goes on until it does. */
const MAX_FURTHER_SENDS = 200;

/** Sends requests with their keys over a network that loses messages, as clients do that get impatient. */
export class KeyedRequests {
  readonly #client: ApiClient;
  readonly #replies = new Map<string, Reply>();
  readonly #faults: string[] = [];
  #sent = 0;
  #inProgress = 0;

  constructor(client: ApiClient) {
    this.#client = client;
  }

  /** Sends each call one to five times, some at once and some one after the other; many calls are on their way at a time. */
  async run(calls: ReadonlyMap<string, Call>, parallel: number): Promise<KeyedOutcome> {
    const waiting = calls.entries();
    const work = async (): Promise<void> => {
      for (const [key, call] of waiting) await this.#sendSeveral(key, { ...call, headers: { 'idempotency-key': key } });
    };
    await Promise.all(Array.from({ length: parallel }, work));
    return { replies: this.#replies, sent: this.#sent, inProgress: this.#inProgress, faults: this.#faults };
  }

  async #sendSeveral(key: string, call: Call): Promise<void> {
    const sends = 1 + Math.floor(Math.random() * MAX_SENDS);
    const atOnce = 1 + Math.floor(Math.random() * sends);
    await Promise.all(Array.from({ length: atOnce }, () => this.#send(key, call)));
    for (let count = atOnce; count < sends; count += 1) await this.#send(key, call);
    for (let count = 0; !this.#replies.has(key) && count < MAX_FURTHER_SENDS; count += 1) await this.#send(key, call);
  }

  async #send(key: string, call: Call): Promise<void> {
    this.#sent += 1;
    const reply = await this.#client.send(call).catch(() => undefined);
    if (reply === undefined) return;
    if (reply.status === 409 && reply.text.includes('"in_progress"')) {
      this.#inProgress += 1;
      return;
    }
    const first = this.#replies.get(key);
    if (reply.status >= 300) this.#faults.push(`${call.method} ${call.path}: ${reply.status} ${reply.text}`);
    else if (first === undefined) this.#replies.set(key, reply);
    else if (essence(first) !== essence(reply)) this.#faults.push(`${key} was answered ${essence(first)}, then ${essence(reply)}`);
  }
}

/** Everything of a reply that belongs to the effect, not to the request. */
const essence = ({ status, headers, text }: Reply): string => JSON.stringify([status, headers['etag'], headers['location'], text]);

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { wholeNoteIn } from './ledger-note.ts';

/** How a receiver fails, from 0 to 1. */
export interface ReceiverFaults {
  /** Requests that are answered 503 and not taken. */
  readonly turnedDown: number;
  /** Requests that are taken, and whose answer does not arrive. */
  readonly unanswered: number;
}

/** What became of the requests. */
export interface Receipts {
  requests: number;
  turnedDown: number;
  unanswered: number;
  /** Of notes that the receiver refuses until it is mended. */
  refused: number;
  /** Requests under an id that was taken before. */
  repeated: number;
  /** Requests whose signature or time is wrong by the library of Standard Webhooks, or whose note is not whole. */
  wrong: number;
}

/** The server that webhooks of the run are sent to. It counts what it takes by `webhook-id`. */
export class LedgerReceiver {
  readonly url: string;
  readonly receipts: Receipts = { requests: 0, turnedDown: 0, unanswered: 0, refused: 0, repeated: 0, wrong: 0 };
  /** The ids of notes by the `webhook-id` under which they were taken. */
  readonly taken = new Map<string, string>();
  /** The secret of the endpoint. */
  secret = '';
  isMended = false;
  /** The time of the backend, whose clock is moved. */
  now: () => number = Date.now;
  readonly #server: Server;
  readonly #faults: ReceiverFaults;
  readonly #faultyOneIn: number;

  private constructor(server: Server, faults: ReceiverFaults, faultyOneIn: number) {
    this.#server = server;
    this.#faults = faults;
    this.#faultyOneIn = faultyOneIn;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/told`;
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.#receive(request, response).catch(() => response.destroy());
    });
  }

  static async start(faults: ReceiverFaults, faultyOneIn: number): Promise<LedgerReceiver> {
    const server = createServer();
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    return new LedgerReceiver(server, faults, faultyOneIn);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((closed) => this.#server.close(closed));
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const status = this.#take(request, Buffer.concat(chunks).toString());
    if (status === undefined) response.destroy();
    else response.writeHead(status).end();
  }

  /** @returns the status of the answer; undefined: none arrives */
  #take({ headers }: IncomingMessage, body: string): number | undefined {
    const { receipts } = this;
    receipts.requests += 1;
    if (Math.random() < this.#faults.turnedDown) {
      receipts.turnedDown += 1;
      return 503;
    }
    const payload = this.#verified(body, headers);
    const note = wholeNoteIn(payload, this.#faultyOneIn);
    if (note === undefined) {
      receipts.wrong += 1;
      return 400;
    }
    if (!this.isMended && body.includes('"title":"refused"')) {
      receipts.refused += 1;
      return 500;
    }
    const id = String(headers['webhook-id']);
    if (this.taken.has(id)) receipts.repeated += 1;
    this.taken.set(id, note);
    if (Math.random() >= this.#faults.unanswered) return 204;
    receipts.unanswered += 1;
    return undefined;
  }

  /** The library takes requests of the last five minutes, by `Date.now`. */
  #verified(body: string, headers: IncomingMessage['headers']): unknown {
    const machineNow = Date.now;
    const now = this.now();
    try {
      Date.now = () => now;
      return new Webhook(this.secret).verify(body, headers as Record<string, string>);
    } catch {
      return undefined;
    } finally {
      Date.now = machineNow;
    }
  }
}

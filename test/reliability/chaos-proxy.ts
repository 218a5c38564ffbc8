import { createServer, request as httpRequest, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How often something goes wrong, from 0 to 1. */
export interface Chaos {
  /** Requests that are throttled; of those that put events every other one is throttled in part. */
  readonly throttled: number;
  /** Requests that put events and come twice. */
  readonly doubled: number;
}

/** What went wrong. */
export interface Mishaps {
  throttledRequests: number;
  throttledEntries: number;
  doubledEvents: number;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

interface PutEvents {
  readonly Entries: readonly object[];
}

/** Stands between functions and AWS services, and throttles and doubles some of what they send. */
export class ChaosProxy {
  readonly url: string;
  readonly mishaps: Mishaps = { throttledRequests: 0, throttledEntries: 0, doubledEvents: 0 };
  /** The AWS endpoint; set when it is known. */
  target = '';
  readonly #server: Server;
  readonly #chaos: Chaos;

  private constructor(server: Server, chaos: Chaos) {
    this.#server = server;
    this.#chaos = chaos;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.#handle(request, response).catch(() => response.destroy());
    });
  }

  static async start(chaos: Chaos): Promise<ChaosProxy> {
    const server = createServer();
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    return new ChaosProxy(server, chaos);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((closed) => this.#server.close(closed));
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { status, headers, body } = await this.#answer(request, Buffer.concat(chunks));
    response.writeHead(status, headers).end(body);
  }

  async #answer(request: IncomingMessage, body: Buffer): Promise<Answer> {
    const isPut = String(request.headers['x-amz-target']).endsWith('PutEvents');
    if (Math.random() < this.#chaos.throttled) {
      if (isPut && Math.random() < 0.5) return this.#inPart(request, body);
      this.mishaps.throttledRequests += 1;
      return answerOf(400, { __type: 'ThrottlingException', message: 'Injected by a test' });
    }
    if (isPut && Math.random() < this.#chaos.doubled) {
      this.mishaps.doubledEvents += (JSON.parse(body.toString()) as PutEvents).Entries.length;
      await this.#passOn(request, body);
    }
    return this.#passOn(request, body);
  }

  /** Takes every other entry: the answer is 200 all the same. */
  async #inPart(request: IncomingMessage, body: Buffer): Promise<Answer> {
    const { Entries } = JSON.parse(body.toString()) as PutEvents;
    const taken = Entries.filter((_entry, index) => index % 2 === 1);
    if (taken.length > 0) await this.#passOn(request, Buffer.from(JSON.stringify({ Entries: taken })));
    const results = Entries.map((_entry, index) =>
      index % 2 === 1 ? { EventId: 'taken' } : { ErrorCode: 'ThrottlingException', ErrorMessage: 'Injected' },
    );
    this.mishaps.throttledEntries += Entries.length - taken.length;
    return answerOf(200, { FailedEntryCount: Entries.length - taken.length, Entries: results });
  }

  #passOn({ method, url: path, headers }: IncomingMessage, body: Buffer): Promise<Answer> {
    const { hostname, port, host } = new URL(this.target);
    return new Promise((done, failed) => {
      const onward = httpRequest(
        { hostname, port, method, path, headers: { ...headers, host, 'content-length': body.length } },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          answer.on('end', () => done({ status: answer.statusCode ?? 502, headers: answer.headers, body: Buffer.concat(chunks) }));
          answer.on('error', failed);
        },
      );
      onward.on('error', failed);
      onward.end(body);
    });
  }
}

const answerOf = (status: number, body: object): Answer => ({
  status,
  headers: { 'content-type': 'application/x-amz-json-1.0' },
  body: Buffer.from(JSON.stringify(body)),
});

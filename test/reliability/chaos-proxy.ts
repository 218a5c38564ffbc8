import { createServer, request as httpRequest, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How often something goes wrong, from 0 to 1. */
export interface Chaos {
  /** Requests that are throttled; of those that put events or send messages in a batch every other one is throttled in part. */
  readonly throttled: number;
  /** Requests that put events or send messages, and come twice. */
  readonly doubled: number;
}

/** What went wrong. */
export interface Mishaps {
  requests: number;
  throttledRequests: number;
  /** Of batches that were taken in part. */
  throttledEntries: number;
  doubledEvents: number;
  doubledMessages: number;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

interface Batch {
  readonly Entries: readonly { readonly Id?: string }[];
}

/** Stands between functions and AWS services, and throttles and doubles some of what they send. */
export class ChaosProxy {
  readonly url: string;
  readonly mishaps: Mishaps = { requests: 0, throttledRequests: 0, throttledEntries: 0, doubledEvents: 0, doubledMessages: 0 };
  /** The AWS endpoint; set when it is known. */
  target = '';
  /** Called with the number of each request. */
  onRequest: (count: number) => void = () => undefined;
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
    this.mishaps.requests += 1;
    this.onRequest(this.mishaps.requests);
    const operation = String(request.headers['x-amz-target']).replace(/^.*\./, '');
    const isBatch = operation === 'PutEvents' || operation === 'SendMessageBatch';
    if (Math.random() < this.#chaos.throttled) {
      if (isBatch && Math.random() < 0.5) return this.#inPart(operation, request, body);
      this.mishaps.throttledRequests += 1;
      return answerOf(400, { __type: 'ThrottlingException', message: 'Injected by a test' });
    }
    if ((isBatch || operation === 'SendMessage') && Math.random() < this.#chaos.doubled) {
      const count = isBatch ? (JSON.parse(body.toString()) as Batch).Entries.length : 1;
      this.mishaps[operation === 'PutEvents' ? 'doubledEvents' : 'doubledMessages'] += count;
      await this.#passOn(request, body);
    }
    return this.#passOn(request, body);
  }

  /** Takes every other entry: the answer is 200 all the same. */
  async #inPart(operation: 'PutEvents' | 'SendMessageBatch', request: IncomingMessage, body: Buffer): Promise<Answer> {
    const batch = JSON.parse(body.toString()) as Batch;
    const { Entries } = batch;
    const taken = Entries.filter((_entry, index) => index % 2 === 1);
    const answer = taken.length === 0 ? undefined : await this.#passOn(request, Buffer.from(JSON.stringify({ ...batch, Entries: taken })));
    if (answer !== undefined && answer.status !== 200) return answer;
    this.mishaps.throttledEntries += Entries.length - taken.length;
    const given = answer === undefined ? {} : (JSON.parse(answer.body.toString()) as { Entries?: object[]; Successful?: object[] });
    if (operation === 'SendMessageBatch') {
      const left = Entries.filter((_entry, index) => index % 2 === 0);
      const Failed = left.map(({ Id }) => ({ Id, SenderFault: false, Code: 'RequestThrottled', Message: 'Injected' }));
      return answerOf(200, { Successful: given.Successful ?? [], Failed });
    }
    const results = Entries.map((_entry, index) =>
      index % 2 === 1 ? given.Entries?.[(index - 1) / 2] : { ErrorCode: 'ThrottlingException', ErrorMessage: 'Injected' },
    );
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

import { createServer, request as httpRequest, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * What comes in place of a service's answer: an exception by its name, no answer at all, a batch of which nothing is done, or events of
 * which every other one, beginning with the first, is not taken.
 */
export type Fault = { readonly status: number; readonly type: string } | 'hang' | 'unprocessed' | 'every other entry';

/** Stands between the functions and the AWS endpoint, and passes on what it is not told to fail. */
export class ServiceProxy {
  readonly url: string;
  /** The AWS endpoint; set when it is known. */
  target = '';
  /** Decides on each request by its operation, or by its path where it has none. */
  fault: (operation: string) => Fault | undefined = () => undefined;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('request', (request: IncomingMessage, response: ServerResponse) => void this.#answer(request, response));
  }

  static async start(): Promise<ServiceProxy> {
    const server = createServer();
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    return new ServiceProxy(server);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((closed) => this.#server.close(closed));
  }

  /** Fails the first so many requests of an operation. */
  failFirst(count: number, operation: string, fault: Fault): void {
    let left = count;
    this.fault = (asked) => {
      if (asked !== operation || left === 0) return undefined;
      left -= 1;
      return fault;
    };
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const fault = this.fault(String(request.headers['x-amz-target'] ?? request.url).replace(/^.*\./, ''));
    if (fault === 'hang') return;
    if (fault === undefined) this.#passOn(request, body, response);
    else if (fault === 'every other entry') this.#inPart(request, body, response);
    else if (fault === 'unprocessed') reply(response, 200, { Responses: {}, UnprocessedKeys: JSON.parse(body.toString()).RequestItems });
    else reply(response, fault.status, { __type: fault.type, message: 'Injected by a test' });
  }

  /** The answer says that all is well, as EventBridge says it. */
  #inPart(request: IncomingMessage, body: Buffer, response: ServerResponse): void {
    const { Entries } = JSON.parse(body.toString()) as { readonly Entries: readonly object[] };
    const isTaken = (_: unknown, index: number): boolean => index % 2 === 1;
    const taken = Buffer.from(JSON.stringify({ Entries: Entries.filter(isTaken) }));
    const results = Entries.map((_, index) => (isTaken(_, index) ? { EventId: 'taken' } : { ErrorCode: 'ThrottlingException' }));
    const answer = { FailedEntryCount: Math.ceil(Entries.length / 2), Entries: results };
    if (Entries.length === 1) reply(response, 200, answer);
    else this.#passOn(request, taken, response, () => reply(response, 200, answer));
  }

  #passOn({ method, url: path, headers }: IncomingMessage, body: Buffer, response: ServerResponse, answerBy?: () => void): void {
    const { hostname, port, host } = new URL(this.target);
    const sent = { ...headers, host, 'content-length': body.length };
    const onward = httpRequest({ hostname, port, method, path, headers: sent }, (answer) => {
      if (answerBy !== undefined) {
        answer.resume();
        answer.on('end', answerBy);
        return;
      }
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    onward.end(body);
  }
}

function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(body));
}

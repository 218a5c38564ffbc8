import { createServer, request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request on its way to AWS. */
export class Exchange {
  readonly body: Buffer;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #target: string;

  constructor(request: IncomingMessage, body: Buffer, response: ServerResponse, target: string) {
    this.body = body;
    this.#request = request;
    this.#response = response;
    this.#target = target;
  }

  reply(status: number, headers: OutgoingHttpHeaders, body: string): void {
    this.#response.writeHead(status, headers).end(body);
  }

  /**
   * Sends it on, and the answer back.
   *
   * @param body in the place of its own
   * @param answered gets the status of the answer, which it replaces by its own
   */
  passOn(body: Buffer = this.body, answered?: (status: number) => void): void {
    const { method, url: path, headers } = this.#request;
    const { host, hostname, port } = new URL(this.#target);
    const sent = { ...headers, host, 'content-length': String(body.length) };
    const onward = httpRequest({ hostname, port, method, path, headers: sent, setHost: false }, (answer) => {
      if (answered === undefined) {
        this.#response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(this.#response);
        return;
      }
      answer.resume();
      answer.on('end', () => answered(answer.statusCode ?? 502));
    });
    onward.on('error', () => this.#response.destroy());
    onward.end(body);
  }
}

/** Stands between the functions and a service of AWS. */
export abstract class AwsProxy {
  /** The AWS endpoint, once it is known. */
  target = '';
  readonly #server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => this.answer(new Exchange(request, Buffer.concat(chunks), response, this.target)));
  });

  protected abstract answer(exchange: Exchange): void;

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

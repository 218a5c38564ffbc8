import { createServer, request as httpRequest, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A line to a server that can be cut. While it is, every connection breaks. */
export class CuttingProxy {
  readonly url: string;
  /** Bytes of request bodies that have gone through. */
  passedBytes = 0;
  /** Cuts the line by itself after so many bytes. */
  cutAfterBytes = Number.POSITIVE_INFINITY;
  readonly #server: Server;
  readonly #target: URL;

  private constructor(server: Server, target: URL) {
    this.#server = server;
    this.#target = target;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('request', (request: IncomingMessage, response: ServerResponse) => this.#pass(request, response));
  }

  static async start(target: string): Promise<CuttingProxy> {
    const server = createServer();
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    return new CuttingProxy(server, new URL(target));
  }

  get isCut(): boolean {
    return this.passedBytes >= this.cutAfterBytes;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((closed) => this.#server.close(closed));
  }

  #pass(request: IncomingMessage, response: ServerResponse): void {
    const { hostname, port, host } = this.#target;
    const { method, url: path } = request;
    // Signed URLs hold for the name of the server behind.
    const onward = httpRequest({ hostname, port, method, path, headers: { ...request.headers, host } }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    const cut = (): void => {
      onward.destroy();
      request.socket.destroy();
    };
    onward.on('error', cut);
    request.on('error', cut);
    if (this.isCut) {
      cut();
      return;
    }
    request.on('data', (chunk: Buffer) => {
      this.passedBytes += chunk.length;
      if (this.isCut) cut();
    });
    request.pipe(onward);
  }
}

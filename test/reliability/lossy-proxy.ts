import { Agent, createServer, request as httpRequest, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How often a message is lost, from 0 to 1. */
export interface Losses {
  readonly request: number;
  readonly reply: number;
}

/** A network that loses messages: the client sees a connection that breaks, and can't know whether its request arrived. */
export class LossyProxy {
  readonly url: string;
  lostRequests = 0;
  lostReplies = 0;
  readonly #target: URL;
  readonly #losses: Losses;
  readonly #server: Server;
  readonly #agent = new Agent({ keepAlive: true });

  private constructor(server: Server, target: URL, losses: Losses) {
    this.#server = server;
    this.#target = target;
    this.#losses = losses;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('request', (request: IncomingMessage, response: ServerResponse) => this.#pass(request, response));
  }

  static async start(target: string, losses: Losses): Promise<LossyProxy> {
    const server = createServer();
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    return new LossyProxy(server, new URL(target), losses);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((closed) => this.#server.close(closed));
    this.#agent.destroy();
  }

  #pass(request: IncomingMessage, response: ServerResponse): void {
    if (Math.random() < this.#losses.request) {
      this.lostRequests += 1;
      request.socket.destroy();
      return;
    }
    const { hostname, port, host } = this.#target;
    const { method, url: path } = request;
    const onward = httpRequest({ hostname, port, method, path, headers: { ...request.headers, host }, agent: this.#agent }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => {
        if (Math.random() < this.#losses.reply) {
          this.lostReplies += 1;
          request.socket.destroy();
          return;
        }
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        response.end(Buffer.concat(chunks));
      });
    });
    onward.on('error', () => request.socket.destroy());
    request.pipe(onward);
  }
}

import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Stands between the functions and SNS, whose operations are named in their bodies; fails those that a test names. */
export class SnsFaultProxy {
  readonly url: string;
  /** For example `Subscribe`. */
  readonly failing = new Set<string>();
  target = '';
  readonly #server;

  private constructor(server: ReturnType<typeof createServer>) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => this.#answer(request, Buffer.concat(chunks), response));
    });
  }

  static async start(): Promise<SnsFaultProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new SnsFaultProxy(server);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer({ headers, method, url: path }: IncomingMessage, body: Buffer, response: ServerResponse): void {
    const operation = new URLSearchParams(body.toString()).get('Action') ?? '';
    if (this.failing.has(operation)) {
      response.writeHead(503, { 'content-type': 'text/xml' });
      response.end(
        '<ErrorResponse><Error><Type>Receiver</Type><Code>ServiceUnavailable</Code><Message>By a test</Message></Error></ErrorResponse>',
      );
      return;
    }
    const { host, hostname, port } = new URL(this.target);
    const onward = httpRequest({ hostname, port, method, path, headers: { ...headers, host }, setHost: false }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    onward.end(body);
  }
}

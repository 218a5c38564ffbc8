import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How SES fails: it answers that it cannot, answers nothing, or refuses the e-mail. */
export type SesFault = 'down' | 'silent' | 'refuses';

/** Stands between the functions and SES, and fails as a test says. */
export class SesFaultProxy {
  readonly url: string;
  fault: SesFault | undefined;
  /** The bodies of the requests that came. */
  readonly requests: string[] = [];
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

  static async start(): Promise<SesFaultProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new SesFaultProxy(server);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer({ headers, method, url: path }: IncomingMessage, body: Buffer, response: ServerResponse): void {
    this.requests.push(body.toString());
    if (this.fault === 'silent') return;
    if (this.fault !== undefined) {
      const [status, type] = this.fault === 'down' ? [503, 'ServiceUnavailable'] : [400, 'MessageRejected'];
      response.writeHead(Number(status), { 'content-type': 'application/json', 'x-amzn-errortype': String(type) });
      response.end(JSON.stringify({ message: 'By a test' }));
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

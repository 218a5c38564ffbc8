import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a service answers in place of its own answer, or `hang` for none at all. */
export type Fault = { readonly status: number; readonly type: string } | 'hang';

/** Stands between the functions and the AWS endpoint: passes requests on as they are, and fails the operations that a test names. */
export class FaultProxy {
  readonly url: string;
  /** By operation, for example `AdminInitiateAuth`. */
  readonly faults = new Map<string, Fault>();
  /** The operations that were asked for, in order. */
  readonly operations: string[] = [];
  target = '';
  readonly #server;

  private constructor(server: ReturnType<typeof createServer>) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('request', (request: IncomingMessage, response: ServerResponse) => this.#answer(request, response));
  }

  static async start(): Promise<FaultProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new FaultProxy(server);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const operation = String(request.headers['x-amz-target'] ?? '').split('.')[1] ?? '';
    this.operations.push(operation);
    const fault = this.faults.get(operation);
    if (fault === 'hang') return;
    if (fault !== undefined) {
      response.writeHead(fault.status, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify({ __type: fault.type, message: 'Injected by a test' }));
      return;
    }
    const { host, hostname, port } = new URL(this.target);
    const { method, url: path } = request;
    const headers = { ...request.headers, host };
    const onward = httpRequest({ hostname, port, method, path, headers, setHost: false }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  }
}

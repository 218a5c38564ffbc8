import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { refuseConnection, refuseMalformed } from '../services/apigateway/refuse-connection.ts';

export interface ListenerOptions {
  /** First line and headers together. */
  readonly maxHeaderBytes: number;
  /** How long running requests may still take when a run ends, in milliseconds. */
  readonly graceMs: number;
  readonly serve: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  /** Told of what `serve` did not deal with; the connection is closed then. */
  readonly failed: (error: unknown) => void;
}

const HEADERS_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 60_000;

/** An HTTP server on 127.0.0.1 for one resource of the template. */
export class Listener {
  readonly #server: Server;
  readonly #graceMs: number;

  constructor({ maxHeaderBytes, graceMs, serve, failed }: ListenerOptions) {
    this.#graceMs = graceMs;
    this.#server = createServer(
      { maxHeaderSize: maxHeaderBytes, headersTimeout: HEADERS_TIMEOUT_MS, keepAliveTimeout: KEEP_ALIVE_MS, noDelay: true },
      (request, response) => {
        serve(request, response)
          .catch((error: unknown) => {
            failed(error);
            response.destroy();
          })
          .finally(() => {
            // Without it a client that sent no body yet, or too much of one, would keep the connection busy.
            if (!request.complete) request.resume();
          });
      },
    );
    this.#server.on('clientError', (error: NodeJS.ErrnoException, socket) => refuseMalformed(error, socket as Socket));
    this.#server.on('connect', (_, socket) => refuseConnection(socket as Socket, 400, 'Bad Request'));
  }

  /** @param port 0 for any free one. @returns the port it listens on */
  async listen(port: number): Promise<number> {
    await new Promise<void>((listening, failed) => {
      this.#server.once('error', failed);
      this.#server.listen(port, '127.0.0.1', listening);
    });
    return (this.#server.address() as AddressInfo).port;
  }

  /** Lets running requests finish. */
  async dispose(): Promise<void> {
    const closed = new Promise((done) => this.#server.close(done));
    this.#server.closeIdleConnections();
    const timer = setTimeout(() => this.#server.closeAllConnections(), this.#graceMs);
    await closed;
    clearTimeout(timer);
  }
}

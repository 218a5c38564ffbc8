import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MAX_RESPONSE_BYTES } from './execution-environment.ts';
import type { InvocationMessage } from './runtime-protocol.ts';

/** What a runtime tells. */
export interface RuntimeApiEvents {
  /** It asks for the next invocation: whatever was before is over. */
  onNext(): void;
  /** It took the invocation that waited. */
  onTaken(): void;
  onResponse(payload: string): void;
  onResponseTooLarge(): void;
  /** An error document, as the runtime wrote it. */
  onError(document: string, kind: 'init' | 'invocation'): void;
}

const PREFIX = '/2018-06-01/runtime';
const JSON_TYPE = { 'content-type': 'application/json' };

/**
 * The API through which a runtime in a process of its own gets invocations and answers them.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
export class RuntimeApi {
  readonly #events: RuntimeApiEvents;
  readonly #server: Server;
  #asking: ServerResponse | undefined;
  #waiting: InvocationMessage | undefined;
  /** The request id of the invocation that the runtime has. */
  #taken: string | undefined;

  constructor(events: RuntimeApiEvents) {
    this.#events = events;
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy());
    });
    // A runtime asks for as long as it takes until there is something to do.
    this.#server.requestTimeout = 0;
  }

  /** @returns the value of `AWS_LAMBDA_RUNTIME_API` */
  async listen(): Promise<string> {
    await new Promise<void>((listening, failed) => {
      this.#server.once('error', failed).listen(0, '127.0.0.1', listening);
    });
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Hands over an invocation as soon as the runtime asks. */
  offer(invocation: InvocationMessage): void {
    this.#waiting = invocation;
    this.#handOver();
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url?.split('?')[0] ?? '';
    if (request.method === 'GET' && path === `${PREFIX}/invocation/next`) return this.#next(response);
    const [, id, action] = /^\/invocation\/([^/]+)\/(response|error)$/.exec(path.slice(PREFIX.length)) ?? [];
    const isInit = path === `${PREFIX}/init/error`;
    if (request.method !== 'POST' || (id === undefined && !isInit))
      return reply(response, 404, 'InvalidPath', `no ${request.method} ${path}`);
    const body = await readText(request);
    if (!isInit && id !== this.#taken) return reply(response, 400, 'InvalidRequestID', 'Invalid request ID');
    if (!isInit) this.#taken = undefined;
    if (body === undefined) {
      reply(response, 413, 'RequestEntityTooLarge', `Exceeded maximum allowed payload size (${MAX_RESPONSE_BYTES} bytes).`);
      this.#events.onResponseTooLarge();
      return;
    }
    response.writeHead(202, JSON_TYPE).end('{"status":"OK"}\n');
    if (action === 'response') this.#events.onResponse(body);
    else this.#events.onError(body, isInit ? 'init' : 'invocation');
  }

  #next(response: ServerResponse): void {
    this.#asking = response;
    response.on('close', () => {
      if (this.#asking === response) this.#asking = undefined;
    });
    this.#events.onNext();
    this.#handOver();
  }

  #handOver(): void {
    const [response, invocation] = [this.#asking, this.#waiting];
    if (response === undefined || invocation === undefined) return;
    this.#asking = undefined;
    this.#waiting = undefined;
    this.#taken = invocation.id;
    response.writeHead(200, {
      ...JSON_TYPE,
      'Lambda-Runtime-Aws-Request-Id': invocation.id,
      'Lambda-Runtime-Deadline-Ms': String(invocation.deadline),
      'Lambda-Runtime-Invoked-Function-Arn': invocation.arn,
      'Lambda-Runtime-Trace-Id': traceId(invocation),
    });
    response.end(invocation.event);
    this.#events.onTaken();
  }
}

/** One trace an invocation, not sampled: there is no X-Ray here. */
function traceId({ id, deadline }: InvocationMessage): string {
  const digits = id.replaceAll(/[^0-9a-f]/g, '').padEnd(32, '0');
  const seconds = Math.floor(deadline / 1_000).toString(16);
  return `Root=1-${seconds}-${digits.slice(0, 24)};Parent=${digits.slice(16, 32)};Sampled=0`;
}

/** @returns undefined for more than an answer may have */
async function readText(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= MAX_RESPONSE_BYTES) chunks.push(chunk);
  }
  return bytes > MAX_RESPONSE_BYTES ? undefined : Buffer.concat(chunks).toString();
}

function reply(response: ServerResponse, status: number, errorType: string, errorMessage: string): void {
  response.writeHead(status, JSON_TYPE).end(JSON.stringify({ errorMessage, errorType }));
}

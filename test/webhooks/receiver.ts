import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request that came. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** How a path answers. `silent`: never. `held`: once it is released. `cut off`: 200 with a part of its body. `trickle`: 200 with a body that comes drop by drop, without an end. */
export type Answer =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  | 'silent'
  | 'held'
  | 'endless'
  | 'cut off'
  | 'trickle'
  | 'hang up';

/** Somebody's server that webhooks are sent to. */
export interface Receiver {
  readonly url: string;
  readonly port: number;
  /** All that came, oldest first. */
  readonly received: Received[];
  /** Connections so far. */
  connections(): number;
  /** Sets how a path answers: the last answer stays. */
  answer(path: string, ...answers: readonly Answer[]): void;
  of(path: string): readonly Received[];
  /** Answers 503 to what is held. */
  release(): void;
  close(): Promise<void>;
}

const respond = (response: ServerResponse, answer: Answer): void => {
  if (answer === 'silent' || answer === 'held') return;
  if (answer === 'hang up') {
    response.socket?.destroy();
    return;
  }
  if (answer === 'cut off') {
    response.writeHead(200, { 'content-length': '100' });
    response.write('thanks', () => response.socket?.destroy());
    return;
  }
  if (answer === 'trickle') {
    response.writeHead(200, { 'content-type': 'text/plain' });
    const timer = setInterval(() => response.write('x'), 500);
    response.on('close', () => clearInterval(timer));
    return;
  }
  if (answer === 'endless') {
    response.writeHead(500, { 'content-type': 'text/plain' });
    const timer = setInterval(() => response.write('x'.repeat(64 * 1_024)), 1);
    response.on('close', () => clearInterval(timer));
    return;
  }
  response.writeHead(answer.status, answer.headers).end(answer.body);
};

/** Starts one on a free port of this machine. It answers 200 to what it has not been told of. */
export const startReceiver = async (): Promise<Receiver> => {
  const received: Received[] = [];
  const answers = new Map<string, Answer[]>();
  const held: ServerResponse[] = [];
  let connections = 0;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const path = request.url ?? '';
    received.push({ method: request.method ?? '', path, headers: request.headers, body: Buffer.concat(chunks).toString() });
    const list = answers.get(path) ?? [];
    const answer = (list.length > 1 ? list.shift() : list[0]) ?? { status: 200 };
    if (answer === 'held') held.push(response);
    respond(response, answer);
  });
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    received,
    connections: () => connections,
    answer: (path, ...list) => {
      answers.set(path, [...list]);
    },
    release: () => {
      for (const response of held.splice(0)) response.writeHead(503).end();
    },
    of: (path) => received.filter((one) => one.path === path),
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
};

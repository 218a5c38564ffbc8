import { type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { variables } from '../../contracts/variables.ts';
import { isThisMachine, type LookUpAll, outboundUrl, publicLookup } from './outbound-url.ts';

/** A POST to a URL that somebody else has chosen. */
export interface OutboundRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly timeoutMs: { readonly connect: number; readonly total: number };
  /** Bytes of the answer that are read. */
  readonly answerBytes: number;
  /** @default that of the system */
  readonly lookUp?: LookUpAll;
}

/** What came back. A redirect is an answer as others: none is followed. */
export interface OutboundAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: IncomingMessage['headers'];
  /** The beginning of the body. */
  readonly text: string;
}

/** Thrown where no answer came in time. */
export class OutboundTimeoutError extends Error {
  readonly code = 'timeout';

  constructor(what: string) {
    super(`${what} took too long`);
    this.name = 'OutboundTimeoutError';
  }
}

const connected = (request: ClientRequest, event: 'connect' | 'secureConnect', ms: number): void => {
  const timer = setTimeout(() => request.destroy(new OutboundTimeoutError('the connection')), ms);
  request.on('socket', (socket) => socket.once(event, () => clearTimeout(timer)));
  request.on('close', () => clearTimeout(timer));
};

/** Reads the beginning of the body. @returns what ends the reading early, with what has come so far */
const readAnswer = (response: IncomingMessage, bytes: number, done: (answer: OutboundAnswer) => void): (() => void) => {
  const chunks: Buffer[] = [];
  let length = 0;
  const end = () =>
    done({
      status: response.statusCode ?? 0,
      headers: response.headers,
      text: Buffer.concat(chunks).subarray(0, bytes).toString(),
    });
  response.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    length += chunk.length;
    if (length < bytes) return;
    end();
    response.destroy();
  });
  response.on('end', end);
  response.on('error', end);
  return end;
};

const send = ({ headers, body, timeoutMs, answerBytes, lookUp }: OutboundRequest, url: URL): Promise<OutboundAnswer> => {
  const { promise, resolve, reject } = Promise.withResolvers<OutboundAnswer>();
  const isPlain = url.protocol === 'http:';
  // No kept connection: it would lead to where the name led before.
  const options = {
    method: 'POST',
    headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
    agent: false,
    lookup: publicLookup(lookUp),
  };
  const request = isPlain ? requestHttp(url, options) : requestHttps(url, options);
  const timer = setTimeout(() => request.destroy(new OutboundTimeoutError('the answer')), timeoutMs.total);
  connected(request, isPlain ? 'connect' : 'secureConnect', timeoutMs.connect);
  // Once its status has come the receiver has answered, whatever becomes of the body.
  let fail: (error: Error) => void = reject;
  request.on('response', (response) => {
    fail = readAnswer(response, answerBytes, resolve);
  });
  request.on('error', (error) => fail(error));
  request.on('close', () => {
    clearTimeout(timer);
    fail(new Error('the connection was closed without an answer'));
  });
  request.end(body);
  return promise;
};

/**
 * Posts to a URL that somebody else has chosen. Only public addresses are connected to; the URL is read anew for each request. In
 * local mode, what would leave the machine is taken by its recorder, which shows it in the inbox.
 *
 * @throws ApiError `url_not_allowed`
 * @throws Error with a `code`: `url_not_allowed`, `timeout`, or that of Node's sockets
 */
export const postOutbound = async (request: OutboundRequest): Promise<OutboundAnswer> => {
  const url = outboundUrl(request.url);
  const recorder = process.env[variables.recorder];
  if (recorder === undefined || isThisMachine(url)) return send(request, url);
  const { headers, body } = request;
  const text = JSON.stringify({ channel: 'webhook', to: url.href, body: JSON.stringify({ headers, body }) });
  return send({ ...request, headers: { 'content-type': 'application/json' }, body: text }, new URL(recorder));
};

import { request as httpRequest, type IncomingMessage } from 'node:http';

/** A request as it goes over the wire: nothing in it is normalised. */
export interface ApiCall {
  /** @default 'GET' */
  readonly method?: string;
  /** The request target, percent-encoded by the caller. */
  readonly path: string;
  readonly token?: string | undefined;
  /** Text and bytes are sent as they are, anything else as JSON. */
  readonly body?: unknown;
  /** A list sends the header once for each value. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
  /** The parsed body; undefined for one that is no JSON. */
  readonly json: unknown;
  /** The request target of the call. */
  readonly path: string;
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const flatten = (headers: Readonly<Record<string, string | readonly string[]>>): string[] =>
  Object.entries(headers).flatMap(([name, value]) => [value].flat().flatMap((each) => [name, each as string]));

/** Sends one request with `node:http`, since `fetch` tidies paths, methods and headers up. */
export const callApi = (apiUrl: string, call: ApiCall): Promise<ApiAnswer> => {
  const { method = 'GET', path, token, body, headers = {} } = call;
  const { hostname, port } = new URL(apiUrl);
  const text = body === undefined || typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
  const sent = flatten({
    host: `${hostname}:${port}`,
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(text !== undefined && { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) }),
    ...headers,
  });
  return new Promise((resolve, reject) => {
    const request = httpRequest({ hostname, port, path, method, headers: sent, agent: false, setHost: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const answer = Buffer.concat(chunks).toString();
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text: answer, json: parse(answer), path });
      });
    });
    request.on('error', reject);
    request.end(text);
  });
};

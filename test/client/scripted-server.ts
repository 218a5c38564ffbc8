import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request that the stand-in received. */
export interface SeenRequest {
  readonly method: string;
  /** Path and query string, still percent-encoded. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What the stand-in does with a request: answers, or breaks the connection with `'drop'`, or never answers with `'hang'`. */
export type Step =
  | 'drop'
  | 'hang'
  | { readonly status?: number; readonly json?: unknown; readonly text?: string; readonly headers?: Readonly<Record<string, string>> };

/** A server of HTTP faults. `seen` are its requests in the order in which they came. */
export interface ScriptedServer {
  readonly url: string;
  readonly seen: SeenRequest[];
  close(): Promise<void>;
}

const answer = (response: ServerResponse, step: Step): void => {
  if (step === 'hang') return;
  if (step === 'drop') {
    response.destroy();
    return;
  }
  const { status = 200, json, text, headers = {} } = step;
  response.writeHead(status, headers).end(text ?? (json === undefined ? '' : JSON.stringify(json)));
};

/** Starts a stand-in for a backend; `script` decides about each request. */
export const startScriptedServer = async (script: (request: SeenRequest, index: number) => Step): Promise<ScriptedServer> => {
  const seen: SeenRequest[] = [];
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const seenRequest = { method, url, headers, body: Buffer.concat(chunks).toString() };
      seen.push(seenRequest);
      answer(response, script(seenRequest, seen.length - 1));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

/** A problem answer as the backend writes it. */
export const problem = (status: number, code: string, headers: Readonly<Record<string, string>> = {}): Step => ({
  status,
  json: { type: `urn:plinth:problem:${code}`, title: code, status, detail: `${code}.`, instance: '/', code, requestId: 'r-1' },
  headers: { 'content-type': 'application/problem+json', ...headers },
});

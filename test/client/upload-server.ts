import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FileEntry } from '../../contracts/files.ts';

const mebibyte = 1024 * 1024;

/** What becomes of a request to the store: it is taken, answered with an error of S3's, breaks off, or is not answered. */
export type Fate = 'take' | 'drop' | 'hang' | { readonly status: number; readonly code: string };

/** A backend and a store that take uploads as the contract says, and fail as the test says. */
export interface UploadServer {
  readonly url: string;
  /** `METHOD path` of all requests in their order. */
  readonly seen: string[];
  readonly bodies: unknown[];
  readonly files: Map<string, FileEntry>;
  /** Bytes of the parts that have arrived, by number. `0`: a form's. */
  readonly arrived: Map<number, Buffer>;
  /** The most parts that were under way at a time. */
  parallel: number;
  uploadIsThere: boolean;
  close(): Promise<void>;
}

/** What a test wants of it. */
export interface UploadScript {
  readonly partSizeBytes?: number;
  /** @param name `form`, or `part 3` @param count how often it has come before */
  readonly fate?: (name: string, count: number) => Fate | Promise<Fate>;
  /** What the file is after its bytes were looked at. */
  readonly outcome?: Partial<FileEntry>;
  /** How often the file is `pending` before that. */
  readonly pendingReads?: number;
  /** Answers of `completeUpload` that are lost on their way. */
  readonly lostCompletions?: number;
}

const readBody = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};

/** Starts it. */
export const startUploadServer = async (script: UploadScript = {}): Promise<UploadServer> => {
  const { partSizeBytes = 8 * mebibyte, fate = () => 'take', outcome = { status: 'ready' }, pendingReads = 0 } = script;
  const counts = new Map<string, number>();
  let sizeBytes = 0;
  let reads = 0;
  let lost = script.lostCompletions ?? 0;
  let underWay = 0;
  let urlsGiven = 0;
  const expiresAt = '2036-01-01T00:00:00.000Z';
  const base: FileEntry = {
    ...{ id: 'f1', folder: 'videos', owner: 'u1', name: 'a', type: 'video/mp4', sizeBytes: 0, status: 'pending', version: 1 },
    ...{ createdAt: '2026-11-24T00:00:00.000Z', updatedAt: '2026-11-24T00:00:00.000Z' },
  };
  const json = (response: ServerResponse, status: number, body?: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(body === undefined ? '' : JSON.stringify(body));
  };
  const missing = (response: ServerResponse): void => json(response, 404, { code: 'not_found', detail: 'There is no such upload.' });
  const count = (name: string): number => {
    const before = counts.get(name) ?? 0;
    counts.set(name, before + 1);
    return before;
  };

  const begin = (body: { sizeBytes: number; name: string; type: string }, response: ServerResponse): void => {
    sizeBytes = body.sizeBytes;
    server.uploadIsThere = true;
    const file = { ...base, name: body.name, type: body.type, sizeBytes };
    server.files.set(file.id, file);
    const upload =
      sizeBytes > 16 * mebibyte
        ? { kind: 'parts', partSizeBytes, partCount: Math.ceil(sizeBytes / partSizeBytes), expiresAt }
        : { kind: 'post', url: `${server.url}/store/form`, fields: { key: 'k', 'Content-Type': body.type, policy: 'p' }, expiresAt };
    json(response, 201, { file, upload });
  };
  const parts = ({ partNumbers }: { partNumbers: number[] }, response: ServerResponse): void => {
    urlsGiven += 1;
    json(response, 200, {
      parts: partNumbers.map((partNumber) => ({
        partNumber,
        url: `${server.url}/store/part/${partNumber}?batch=${urlsGiven}`,
        headers: { 'content-length': '1', 'x-signed': 'yes' },
        sizeBytes: partSizeBytes,
      })),
    });
  };
  const store = async (name: string, number: number, request: IncomingMessage, response: ServerResponse): Promise<void> => {
    underWay += 1;
    server.parallel = Math.max(server.parallel, underWay);
    try {
      const now = await fate(name, count(name));
      if (now === 'drop') {
        request.socket.destroy();
        return;
      }
      const bytes = await readBody(request);
      if (now === 'hang') return;
      if (now === 'take') {
        server.arrived.set(number, bytes);
        if (number === 0) server.uploadIsThere = false;
        response.writeHead(number === 0 ? 204 : 200).end();
      } else {
        const text = `<Error><Code>${now.code}</Code><Message>${now.code} it is.</Message></Error>`;
        response.writeHead(now.status, { 'content-type': 'application/xml' }).end(text);
      }
    } finally {
      underWay -= 1;
    }
  };
  const read = (response: ServerResponse): void => {
    reads += 1;
    const file = server.files.get('f1');
    if (file === undefined) missing(response);
    else json(response, 200, reads > pendingReads && !server.uploadIsThere ? { ...file, ...outcome } : file);
  };
  const complete = (request: IncomingMessage, response: ServerResponse): void => {
    const wasThere = server.uploadIsThere;
    server.uploadIsThere = false;
    if (!wasThere) missing(response);
    else if (lost > 0) {
      lost -= 1;
      request.socket.destroy();
    } else json(response, 202, server.files.get('f1'));
  };

  const giveUp = (response: ServerResponse): void => {
    server.uploadIsThere = false;
    server.files.delete('f1');
    json(response, 204);
  };
  const tell = (response: ServerResponse): void => {
    if (!server.uploadIsThere) missing(response);
    else
      json(response, 200, {
        kind: 'parts',
        partSizeBytes,
        partCount: Math.ceil(sizeBytes / partSizeBytes),
        arrived: [...server.arrived.keys()],
        expiresAt,
      });
  };

  const answerApi = (route: string, body: never, request: IncomingMessage, response: ServerResponse): void => {
    const routes: Readonly<Record<string, () => void>> = {
      'POST /files/videos': () => begin(body, response),
      'POST /files/videos/f1/upload': () => begin(body, response),
      'POST /files/videos/f1/upload/parts': () => parts(body, response),
      'POST /files/videos/f1/upload/complete': () => complete(request, response),
      'DELETE /files/videos/f1/upload': () => giveUp(response),
      'GET /files/videos/f1/upload': () => tell(response),
      'GET /files/videos/f1': () => read(response),
    };
    (routes[route] ?? (() => missing(response)))();
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [path = ''] = (request.url ?? '').split('?');
    server.seen.push(`${request.method} ${path}`);
    const [, part] = /^\/store\/(?:form|part\/(\d+))$/.exec(path) ?? [undefined, undefined];
    if (path.startsWith('/store/')) return store(part === undefined ? 'form' : `part ${part}`, Number(part ?? 0), request, response);
    const text = (await readBody(request)).toString();
    server.bodies.push(text === '' ? undefined : JSON.parse(text));
    answerApi(`${request.method} ${path}`, server.bodies.at(-1) as never, request, response);
  };
  const http = createServer((request, response) => void answer(request, response).catch(() => request.socket.destroy()));
  await new Promise<void>((listening) => http.listen(0, '127.0.0.1', listening));
  const server: UploadServer = {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    seen: [],
    bodies: [],
    files: new Map(),
    arrived: new Map(),
    parallel: 0,
    uploadIsThere: false,
    close: async () => {
      http.closeAllConnections();
      await new Promise((closed) => http.close(closed));
    },
  };
  return server;
};

import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How Firehose fails: it answers that it cannot, answers nothing, or takes every other record only. */
export type FirehoseFault = 'down' | 'silent' | 'partly';

interface PutBatch {
  readonly DeliveryStreamName: string;
  readonly Records: readonly { readonly Data: string }[];
}

/** Stands between the functions and Firehose, and fails as a test says. */
export class FirehoseFaultProxy {
  readonly url: string;
  fault: FirehoseFault | undefined;
  /** The records of each request. */
  readonly requests: (readonly string[])[] = [];
  target = '';
  readonly #server;

  private constructor(server: ReturnType<typeof createServer>) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => this.#answer(request, JSON.parse(Buffer.concat(chunks).toString()), response));
    });
  }

  static async start(): Promise<FirehoseFaultProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new FirehoseFaultProxy(server);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(request: IncomingMessage, put: PutBatch, response: ServerResponse): void {
    this.requests.push(put.Records.map(({ Data }) => Buffer.from(Data, 'base64').toString()));
    if (this.fault === 'silent') return;
    const headers = { 'content-type': 'application/x-amz-json-1.1' };
    if (this.fault === 'down') {
      response.writeHead(503, headers).end(JSON.stringify({ __type: 'ServiceUnavailableException', message: 'By a test' }));
      return;
    }
    const isTaken = (index: number): boolean => this.fault === undefined || index % 2 === 0;
    const Records = put.Records.filter((_, index) => isTaken(index));
    this.#send(request, { ...put, Records }, (status) => {
      const RequestResponses = put.Records.map((_, index) =>
        isTaken(index) ? { RecordId: String(index) } : { ErrorCode: 'ServiceUnavailableException', ErrorMessage: 'Slow down.' },
      );
      const body = { FailedPutCount: put.Records.length - Records.length, RequestResponses };
      response.writeHead(status, headers).end(JSON.stringify(body));
    });
  }

  #send({ headers, method, url: path }: IncomingMessage, put: PutBatch, done: (status: number) => void): void {
    const { host, hostname, port } = new URL(this.target);
    const body = JSON.stringify(put);
    const sent = { ...headers, host, 'content-length': String(Buffer.byteLength(body)) };
    const onward = httpRequest({ hostname, port, method, path, headers: sent, setHost: false }, (answer) => {
      answer.resume();
      answer.on('end', () => done(answer.statusCode ?? 502));
    });
    onward.on('error', () => done(502));
    onward.end(body);
  }
}

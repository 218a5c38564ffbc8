import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { McsServer } from './mcs-server.ts';
import { bytesField, fixed64Field, numberField } from './protobuf.ts';

/** A push as an application server has sent it. */
export interface ReceivedPush {
  readonly token: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

interface Registration {
  readonly category: string;
  readonly subtype: string;
  readonly sender: string;
}

const readBody = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};

/**
 * Stands in for Google's push servers, with which Chromium subscribes and from which it gets its pushes. It does what they do as far
 * as Chromium can tell, and knows nothing of what pushes say: they are encrypted for the browser.
 */
export class GooglePush {
  readonly url: string;
  readonly received: ReceivedPush[] = [];
  readonly #server: Server;
  readonly #mcs: McsServer;
  readonly #registrations = new Map<string, Registration>();

  private constructor(server: Server, mcs: McsServer) {
    this.#server = server;
    this.#mcs = mcs;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.#answer(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
    });
  }

  static async start(): Promise<GooglePush> {
    const server = createServer();
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    return new GooglePush(server, await McsServer.start());
  }

  /** What makes Chromium use it. */
  get browserArguments(): readonly string[] {
    return [
      `--gcm-checkin-url=${this.url}/checkin`,
      `--gcm-registration-url=${this.url}/register`,
      `--gcm-mcs-endpoint=${this.#mcs.url}`,
      // Of the line on which pushes come; pages of the test are not on https.
      '--ignore-certificate-errors',
    ];
  }

  /** Where pushes for an endpoint go that Chromium has made: it knows Google's names only. */
  endpointOf(endpoint: string): string {
    const path = /\/fcm\/send\/.*$/.exec(endpoint)?.[0];
    if (path === undefined) throw new Error(`${endpoint} is no endpoint of Google's`);
    return `${this.url}${path}`;
  }

  async stop(): Promise<void> {
    await this.#mcs.stop();
    this.#server.closeAllConnections();
    await new Promise((closed) => this.#server.close(closed));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    const path = request.url ?? '';
    if (path === '/checkin') {
      // AndroidCheckinResponse: statsOk, timeMsec, androidId, securityToken, versionInfo.
      const reply = [numberField(1, 1), numberField(3, Date.now()), fixed64Field(7, 4711n), fixed64Field(8, 42n), bytesField(11, '1')];
      response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end(Buffer.concat(reply));
    } else if (path === '/register') {
      response.writeHead(200, { 'content-type': 'text/plain' }).end(`token=${this.#register(new URLSearchParams(body.toString()))}`);
    } else if (path.startsWith('/fcm/send/')) {
      response.writeHead(this.#deliver({ token: path.slice('/fcm/send/'.length), headers: request.headers, body })).end();
    } else response.writeHead(404).end();
  }

  #register(form: URLSearchParams): string {
    const token = `token-${crypto.randomUUID()}`;
    const value = (name: string): string => form.get(name) ?? '';
    this.#registrations.set(token, { category: value('app'), subtype: value('X-subtype'), sender: value('sender') });
    return token;
  }

  /** @returns the status for the application server (RFC 8030, section 5) */
  #deliver(push: ReceivedPush): number {
    this.received.push(push);
    const registration = this.#registrations.get(push.token);
    if (registration === undefined) return 410;
    const { category, subtype, sender } = registration;
    const appData = { subtype, 'content-encoding': String(push.headers['content-encoding']) };
    this.#mcs.push({ category, from: sender, appData, body: push.body });
    return 201;
  }
}

import type { AddressInfo } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { bytesField, numberField, readVarint, varint } from './protobuf.ts';
import { selfSigned } from './self-signed.ts';

// Google's "mobile connection server" as Chromium speaks to it (google_apis/gcm/protocol/mcs.proto in its sources): a version byte,
// then packets of a tag, a length and a message.

const version = 41;
const tags = { heartbeatPing: 0, heartbeatAck: 1, loginRequest: 2, loginResponse: 3, dataMessage: 8 } as const;

/** A push on its way to the browser. */
export interface McsMessage {
  readonly category: string;
  readonly from: string;
  readonly appData: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

const packet = (tag: number, message: Uint8Array): Buffer => Buffer.concat([Buffer.from([tag]), varint(message.length), message]);

const dataMessage = ({ category, from, appData, body }: McsMessage, sequence: number): Buffer =>
  packet(
    tags.dataMessage,
    Buffer.concat([
      bytesField(3, from),
      bytesField(5, category),
      ...Object.entries(appData).map(([name, value]) => bytesField(7, Buffer.concat([bytesField(1, name), bytesField(2, value)]))),
      bytesField(9, `message-${sequence}`),
      numberField(17, 60),
      numberField(18, Math.floor(Date.now() / 1_000)),
      bytesField(21, body),
    ]),
  );

/** Keeps the line to the browser on which pushes come. A push that comes before the browser has logged in waits. */
export class McsServer {
  readonly url: string;
  readonly #server: Server;
  readonly #waiting: McsMessage[] = [];
  #line: TLSSocket | undefined;
  #sent = 0;

  private constructor(server: Server) {
    this.#server = server;
    this.url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('secureConnection', (socket) => this.#serve(socket));
    // Chromium tries a certificate that it does not know twice.
    server.on('tlsClientError', () => undefined);
  }

  static async start(): Promise<McsServer> {
    const server = createServer(selfSigned('127.0.0.1'));
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    return new McsServer(server);
  }

  push(message: McsMessage): void {
    this.#waiting.push(message);
    this.#flush();
  }

  async stop(): Promise<void> {
    this.#line?.destroy();
    await new Promise((closed) => this.#server.close(closed));
  }

  #serve(socket: TLSSocket): void {
    let received = Buffer.alloc(0);
    let isGreeted = false;
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (!isGreeted && received.length > 0) {
        received = received.subarray(1);
        isGreeted = true;
        socket.write(Buffer.from([version]));
      }
      for (let size = this.#answer(socket, received); size > 0; size = this.#answer(socket, received)) received = received.subarray(size);
    });
  }

  /** @returns the bytes of the packet; 0 while it is not whole */
  #answer(socket: TLSSocket, received: Uint8Array): number {
    const length = readVarint(received, 1);
    if (length === undefined || received.length < length.next + length.value) return 0;
    if (received[0] === tags.heartbeatPing) socket.write(packet(tags.heartbeatAck, Buffer.alloc(0)));
    if (received[0] === tags.loginRequest) {
      socket.write(packet(tags.loginResponse, Buffer.concat([bytesField(1, 'login'), numberField(8, Date.now())])));
      this.#line = socket;
      this.#flush();
    }
    return length.next + length.value;
  }

  #flush(): void {
    if (this.#line === undefined) return;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      this.#sent += 1;
      this.#line.write(dataMessage(next, this.#sent));
    }
  }
}

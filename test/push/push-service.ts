import { createDecipheriv, createECDH, createPublicKey, type ECDH, hkdfSync, randomBytes, verify } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { WebSubscription } from '../../contracts/push.ts';

/** A browser's subscription with the secrets that only the browser has. */
export interface Browser {
  readonly subscription: WebSubscription;
  readonly id: string;
}

/** A push that the service has taken, checked and decrypted. */
export interface ReceivedPush {
  readonly browser: string;
  readonly headers: IncomingMessage['headers'];
  /** The claims of the VAPID token. Its signature is that of `key`. */
  readonly claims: { readonly aud: string; readonly exp: number; readonly sub: string };
  /** `k=`: the public key, base64url. */
  readonly key: string;
  /** The message as the service worker reads it. */
  readonly text: string;
}

/** How the service answers one request. @default 201 */
export interface PushAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Answers only then. */
  readonly after?: Promise<void>;
  /** Answers so late. */
  readonly afterMs?: number;
}

/** A push service that looks at what it gets as those of browsers do (RFC 8030, 8188, 8291, 8292), and plays the browsers, too. */
export interface PushService {
  readonly origin: string;
  readonly received: readonly ReceivedPush[];
  subscribe(): Browser;
  /** The answers to the next requests for a browser, in order. */
  answer(browser: Browser, ...answers: readonly PushAnswer[]): void;
  close(): Promise<void>;
  /** Listens again where it did. */
  reopen(): Promise<void>;
}

const curve = 'prime256v1';
const derive = (secret: Buffer, salt: Buffer, info: Buffer, length: number): Buffer =>
  Buffer.from(hkdfSync('sha256', secret, salt, info, length));

/** RFC 8188, section 2 and RFC 8291, section 3.4: one record, since a push has no more. */
export const decryptPush = (body: Buffer, browser: ECDH, auth: Buffer): string => {
  const salt = body.subarray(0, 16);
  const recordSize = body.readUInt32BE(16);
  const senderKey = body.subarray(21, 21 + body.readUInt8(20));
  const sealed = body.subarray(21 + senderKey.length);
  if (sealed.length > recordSize) throw new Error('more than one record');
  const keyInfo = Buffer.concat([Buffer.from('WebPush: info\0'), browser.getPublicKey(), senderKey]);
  const material = derive(browser.computeSecret(senderKey), auth, keyInfo, 32);
  const key = derive(material, salt, Buffer.from('Content-Encoding: aes128gcm\0'), 16);
  const nonce = derive(material, salt, Buffer.from('Content-Encoding: nonce\0'), 12);
  const decipher = createDecipheriv('aes-128-gcm', key, nonce);
  decipher.setAuthTag(sealed.subarray(-16));
  const padded = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
  const end = padded.lastIndexOf(2);
  if (end < 0 || padded.subarray(end + 1).some((byte) => byte !== 0)) throw new Error('not the last record');
  return padded.subarray(0, end).toString('utf8');
};

/** RFC 8292, sections 2 and 3. */
const readVapid = (authorization = ''): Pick<ReceivedPush, 'claims' | 'key'> => {
  const [, token = '', key = ''] = /^vapid t=([\w.-]+), ?k=([\w-]+)$/.exec(authorization) ?? [];
  const [head = '', claims = '', signature = ''] = token.split('.');
  const point = Buffer.from(key, 'base64url');
  const jwk = { kty: 'EC', crv: 'P-256', x: point.subarray(1, 33).toString('base64url'), y: point.subarray(33).toString('base64url') };
  const publicKey = { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' } as const;
  const { alg } = JSON.parse(Buffer.from(head, 'base64url').toString());
  if (alg !== 'ES256' || !verify('sha256', Buffer.from(`${head}.${claims}`), publicKey, Buffer.from(signature, 'base64url'))) {
    throw new Error('the VAPID token is not signed with its key');
  }
  return { claims: JSON.parse(Buffer.from(claims, 'base64url').toString()), key };
};

const bodyOf = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};

export const startPushService = async (): Promise<PushService> => {
  const received: ReceivedPush[] = [];
  const secrets = new Map<string, { readonly pair: ECDH; readonly auth: Buffer }>();
  const answers = new Map<string, PushAnswer[]>();
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const id = request.url?.slice('/push/'.length) ?? '';
    const secret = secrets.get(id);
    const body = await bodyOf(request);
    if (secret === undefined || request.method !== 'POST') return void response.writeHead(404).end();
    const { headers } = request;
    try {
      received.push({ browser: id, headers, ...readVapid(headers.authorization), text: decryptPush(body, secret.pair, secret.auth) });
    } catch (error) {
      return void response.writeHead(400).end(String(error));
    }
    const answer = answers.get(id)?.shift() ?? { status: 201 };
    await answer.after;
    if (answer.afterMs !== undefined) await pause(answer.afterMs);
    response.writeHead(answer.status, answer.headers).end();
  };
  const server = createServer((request, response) => {
    take(request, response).catch(() => response.destroy());
  });
  const listen = (port: number): Promise<void> => new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  return {
    origin,
    received,
    subscribe: () => {
      const id = randomBytes(12).toString('base64url');
      const pair = createECDH(curve);
      const p256dh = pair.generateKeys('base64url');
      const auth = randomBytes(16);
      secrets.set(id, { pair, auth });
      return { id, subscription: { endpoint: `${origin}/push/${id}`, keys: { p256dh, auth: auth.toString('base64url') } } };
    },
    answer: (browser, ...more) => {
      answers.set(browser.id, [...(answers.get(browser.id) ?? []), ...more]);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
    reopen: () => listen(port),
  };
};

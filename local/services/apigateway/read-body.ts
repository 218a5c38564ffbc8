import type { IncomingMessage } from 'node:http';
import { GatewayError, tooLarge } from './gateway-error.ts';

/** AWS: the payload of an HTTP API is at most 10 MB. */
const MAX_BODY_BYTES = 10 * 1_048_576;

/** @throws GatewayError 413 as soon as the body is known to be too large */
export function readBody(message: IncomingMessage): Promise<Buffer> | undefined {
  const length = message.headers['content-length'];
  if (length === undefined && message.headers['transfer-encoding'] === undefined) return undefined;
  if (length === '0') return undefined;
  if (Number(length) > MAX_BODY_BYTES) throw tooLarge();
  return new Promise((resolve, reject) => {
    if (message.destroyed && !message.readableEnded) reject(new GatewayError(400, 'Bad Request'));
    const chunks: Buffer[] = [];
    let size = 0;
    message.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_BODY_BYTES) {
        message.removeAllListeners('data');
        reject(tooLarge());
      } else {
        chunks.push(chunk);
      }
    });
    message.on('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
    message.on('error', (cause) => reject(new GatewayError(400, 'Bad Request', { cause })));
    message.on('close', () => {
      if (!message.complete) reject(new GatewayError(400, 'Bad Request'));
    });
  });
}

import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** Connections that were opened and say nothing. */
export interface OpenConnections {
  /** How many of them were answered 503. */
  refused(): number;
  close(): void;
}

/** So many at once are opened: more would only fill the queue of the system. */
const AT_ONCE = 250;
const SETTLE_MS = 500;

/** Opens connections and waits a moment for what comes. */
export async function openConnections(url: string, count: number): Promise<OpenConnections> {
  const { port } = new URL(url);
  const sockets: Socket[] = [];
  let refused = 0;
  const open = (): Promise<void> =>
    new Promise((done) => {
      const socket = connect(Number(port), '127.0.0.1', done);
      sockets.push(socket);
      socket.on('error', () => done());
      socket.on('close', () => done());
      socket.on('data', (text) => {
        if (text.toString().startsWith('HTTP/1.1 503 ')) refused += 1;
      });
    });
  for (let opened = 0; opened < count; opened += AT_ONCE)
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - opened) }, open));
  await delay(SETTLE_MS);
  return {
    refused: () => refused,
    close: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}

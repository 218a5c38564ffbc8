import { type AddressInfo, createServer } from 'node:net';
import { StartError } from './start-error.ts';

/** A port of 127.0.0.1 that nobody else can take until it is released to the server that it is meant for. */
export interface ReservedPort {
  readonly port: number;
  release(): Promise<void>;
}

/**
 * Takes a port before its server can start, because the server's address is needed first.
 *
 * @param port 0 for any free one
 * @throws StartError when the port is taken
 */
export async function reservePort(port: number): Promise<ReservedPort> {
  // Who asks before the backend has started is turned away: an open connection would hold up the release of the port for good.
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((listening, failed) => {
    server.once('error', failed);
    server.listen(port, '127.0.0.1', listening);
  }).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'EADDRINUSE') throw cause;
    throw new StartError(`Port ${port} is taken by another program.`, 'Stop that program, or choose another port; 0 takes any free one.', {
      cause,
    });
  });
  const { port: reserved } = server.address() as AddressInfo;
  return { port: reserved, release: () => new Promise((done) => server.close(() => done())) };
}

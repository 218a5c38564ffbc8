import { connect } from 'node:net';

/** Sends bytes as they are to a server, and gives all that comes until it closes, or until the time is over. */
export const sendRaw = (apiUrl: string, bytes: string | Uint8Array, timeoutMs = 2_000): Promise<string> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(apiUrl);
    let answer = '';
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    const timer = setTimeout(() => socket.destroy(), timeoutMs);
    socket.on('data', (chunk) => {
      answer += String(chunk);
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error);
    });
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(answer);
    });
  });

/** The statuses of all responses in what a server sent. */
export const statusesOf = (answer: string): readonly number[] =>
  [...answer.matchAll(/(?:^|\r\n|\n|\})HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status));

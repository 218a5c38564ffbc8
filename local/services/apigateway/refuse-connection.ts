import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';

/** Answers on a connection that never became a request, and closes it. */
export function refuseConnection(socket: Socket, status: number, message: string): void {
  socket.on('error', () => {});
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const body = JSON.stringify({ message });
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n`;
  socket.end(head + body, () => socket.destroy());
}

/** Answers what the parser didn't take: slow or long headers, two lengths, a bare line feed. */
export function refuseMalformed(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  if (error.code === 'HPE_HEADER_OVERFLOW') refuseConnection(socket, 431, 'Request Header Fields Too Large');
  else if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') refuseConnection(socket, 408, 'Request Timeout');
  else refuseConnection(socket, 400, 'Bad Request');
}

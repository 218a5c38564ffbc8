import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';

/** What a mail server was handed. */
export interface TakenMail {
  readonly from: string;
  readonly to: readonly string[];
  /** The message as it came. */
  readonly data: string;
  readonly login: string | undefined;
}

/** A mail server for tests, with as much of RFC 5321 as a client needs. */
export class SmtpServer {
  readonly mails: TakenMail[] = [];
  /** What it answers to recipients. */
  recipientReply = '250 OK';
  /** What it answers to whom an e-mail is from. */
  senderReply = '250 OK';
  /** What it answers to a login. */
  loginReply = '235 OK';
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket) => this.#serve(socket));
  }

  static async start(): Promise<SmtpServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new SmtpServer(server);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** What it answers to a command. */
  #reply(line: string, mail: { from: string; to: string[]; login: string | undefined }): string {
    const address = /<(.*)>/.exec(line)?.[1] ?? '';
    switch (line.slice(0, 4).toUpperCase()) {
      case 'EHLO':
        return '250-test\r\n250 AUTH PLAIN';
      case 'AUTH':
        mail.login = Buffer.from(line.split(' ')[2] ?? '', 'base64').toString();
        return this.loginReply;
      case 'MAIL':
        mail.from = address;
        mail.to = [];
        return this.senderReply;
      case 'RCPT':
        if (this.recipientReply.startsWith('250')) mail.to.push(address);
        return this.recipientReply;
      case 'DATA':
        return '354 go on';
      default:
        return '250 OK';
    }
  }

  #serve(socket: Socket): void {
    const mail = { from: '', to: [] as string[], login: undefined as string | undefined };
    let input = '';
    let isData = false;
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      input += chunk.toString();
      for (;;) {
        const mark = isData ? '\r\n.\r\n' : '\r\n';
        const end = input.indexOf(mark);
        if (end < 0) return;
        const text = input.slice(0, end);
        input = input.slice(end + mark.length);
        if (isData) this.mails.push({ ...mail, data: text });
        socket.write(`${isData ? '250 taken' : this.#reply(text, mail)}\r\n`);
        isData = !isData && text.toUpperCase() === 'DATA';
      }
    });
    socket.write('220 test\r\n');
  }
}

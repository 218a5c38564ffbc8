import { request as httpRequest } from 'node:http';

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Sends a request as it is: no normalized path, no header that was not asked for. */
export const sendRaw = (
  url: string,
  path: string,
  { method = 'GET', headers = {}, body }: { method?: string; headers?: Record<string, string>; body?: string | Buffer } = {},
): Promise<RawAnswer> =>
  new Promise((done, failed) => {
    const { port } = new URL(url);
    const request = httpRequest({ host: '127.0.0.1', port, path, method, headers: { connection: 'close', ...headers } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', failed);
      response.on('end', () =>
        done({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).toString() }),
      );
    });
    request.on('error', failed);
    request.end(body);
  });

/** The code of S3's error. */
export const codeOf = ({ status, body }: RawAnswer): string => `${status} ${/<Code>([^<]*)/.exec(body)?.[1] ?? ''}`.trim();

import { Agent, request as httpRequest } from 'node:http';

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A client that keeps its connections and repeats nothing by itself. */
export class ApiClient {
  readonly #url: string;
  readonly #token: string | undefined;
  readonly #agent: Agent;

  constructor(url: string, token?: string, { keepAlive = true } = {}) {
    this.#url = url;
    this.#token = token;
    this.#agent = new Agent({ keepAlive });
  }

  /** Rejects when no complete answer came. */
  send({ method, path, body, headers = {} }: Call): Promise<Reply> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const sent = {
      ...(this.#token !== undefined && { authorization: `Bearer ${this.#token}` }),
      ...(text !== undefined && { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) }),
      ...headers,
    };
    return new Promise((resolve, reject) => {
      const request = httpRequest(this.#url + path, { method, headers: sent, agent: this.#agent }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(chunks).toString() }),
        );
      });
      request.on('error', reject);
      request.end(text);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** Opens an account through the API and logs in. @returns the access token */
export async function signUp(client: ApiClient, codeFor: (email: string) => Promise<string> | string): Promise<string> {
  const email = `user-${crypto.randomUUID()}@example.com`;
  const password = 'correct-horse-1';
  const post = async (path: string, body: object): Promise<string> => {
    const { status, text } = await client.send({ method: 'POST', path, body });
    if (status >= 300) throw new Error(`POST ${path} answered ${status}: ${text}`);
    return text;
  };
  await post('/auth/register', { email, password });
  await post('/auth/confirm', { email, code: await codeFor(email) });
  return (JSON.parse(await post('/auth/login', { email, password })) as { accessToken: string }).accessToken;
}

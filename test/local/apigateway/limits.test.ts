import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type HttpApi, readHttpApis } from '../../../local/services/apigateway/http-api.ts';
import { HttpApiServer } from '../../../local/services/apigateway/http-api-server.ts';
import { until } from '../../support/until.ts';
import { createContext } from '../lambda/run-functions.ts';
import { exchange, type RunningApi, resourcesOf, runApi } from './run-api.ts';

describe('limits of a request', () => {
  let api: RunningApi;
  beforeAll(async () => {
    api = await runApi({ routes: { $default: {} }, handler: ({ body }) => ({ length: body?.length ?? 0 }) });
  });
  afterAll(() => api.dispose());

  const post = (body: string): Promise<Response> => api.fetch('/', { method: 'POST', body, headers: { 'content-type': 'text/plain' } });

  it('takes 10 MB', async () => {
    expect(await (await post('x'.repeat(10 * 1_048_576))).json()).toEqual({ length: 10 * 1_048_576 });
  });

  it('refuses more, with a length', async () => {
    const answer = await post('x'.repeat(11 * 1_048_576));
    expect(answer.status).toBe(413);
    expect(await answer.json()).toEqual({ message: 'Request Entity Too Large' });
  });

  it('refuses more, in chunks', async () => {
    const chunks = new ReadableStream({
      start: (controller) => {
        for (let n = 0; n < 11; n += 1) controller.enqueue(new Uint8Array(1_048_576));
        controller.close();
      },
    });
    const answer = await api.fetch('/', { method: 'POST', body: chunks, duplex: 'half' } as RequestInit);
    expect(answer.status).toBe(413);
  });

  it('refuses headers above 10,240 bytes', async () => {
    expect((await api.fetch('/', { headers: { 'x-a': 'x'.repeat(9_000) } })).status).toBe(200);
    expect((await api.fetch('/', { headers: { 'x-a': 'x'.repeat(10_300) } })).status).toBe(431);
    expect(await api.raw(`GET / HTTP/1.1\r\nHost: a\r\nX-A: ${'x'.repeat(100_000)}\r\n\r\n`)).toMatch(/^HTTP\/1.1 431 /);
  });

  it.each([
    [
      'both Content-Length and Transfer-Encoding',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef'],
    ['a bare line feed', 'GET / HTTP/1.1\nHost: a\n\n'],
    ['no host', 'GET / HTTP/1.1\r\n\r\n'],
    ['two hosts', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n'],
    ['a space before the colon', 'GET / HTTP/1.1\r\nHost: a\r\nX-A : b\r\n\r\n'],
    ['a folded header', 'GET / HTTP/1.1\r\nHost: a\r\nX-A: b\r\n c\r\n\r\n'],
    ['an unknown method', 'BREW / HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['noise', '\u0016\u0003\u0001\u0002\r\n\r\n'],
  ])('refuses %s and closes', async (_, text) => {
    const before = api.events.length;
    expect(await api.raw(text)).toMatch(/^HTTP\/1.1 400 /);
    expect(api.events).toHaveLength(before);
  });

  it('serves others while a client is slow with its headers', async () => {
    const slow = connect(Number(new URL(api.url).port), '127.0.0.1');
    slow.write('GET / HTTP/1.1\r\nHost: a\r\n');
    expect((await api.fetch('/')).status).toBe(200);
    slow.destroy();
  });

  it('outlives a client that goes away in the middle of its body', async () => {
    const gone = connect(Number(new URL(api.url).port), '127.0.0.1');
    gone.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc');
    await delay(50);
    gone.destroy();
    await delay(50);
    expect((await api.fetch('/')).status).toBe(200);
  });
});

describe('throttling', () => {
  it('refuses above the burst until tokens are there again', async () => {
    const api = await runApi({
      routes: { 'GET /a': {}, 'GET /b': {} },
      stage: {
        DefaultRouteSettings: { ThrottlingRateLimit: 0.1, ThrottlingBurstLimit: 2 },
        RouteSettings: { 'GET /b': { ThrottlingBurstLimit: 1 } },
      },
    });
    const statuses = async (path: string, times: number): Promise<number[]> => {
      const all: number[] = [];
      for (let n = 0; n < times; n += 1) all.push((await api.fetch(path)).status);
      return all;
    };
    expect(await statuses('/a', 3)).toEqual([200, 200, 429]);
    expect(await statuses('/b', 2)).toEqual([200, 429]);
    expect(await (await api.fetch('/a')).json()).toEqual({ message: 'Too Many Requests' });
    api.context.clock.advance(15_000);
    expect(await statuses('/a', 2)).toEqual([200, 429]);
    await api.dispose();
  });
});

describe('dispose', () => {
  it('lets running requests finish', async () => {
    const begun = Promise.withResolvers<void>();
    const handler = () => {
      begun.resolve();
      return delay(300, { done: true });
    };
    const api = await runApi({ routes: { 'GET /': {} }, handler });
    const running = api.fetch('/');
    await begun.promise;
    const disposed = api.dispose();
    expect(await (await running).json()).toEqual({ done: true });
    await disposed;
    await expect(api.fetch('/')).rejects.toThrow();
  });
});

describe('connections', () => {
  it('are turned away with a 503 above the limit, and the server recovers', async () => {
    const { context } = createContext({ invoke: async () => ({ payload: 'ok' }) });
    const [definition] = readHttpApis(resourcesOf({ routes: { 'GET /': {} } }));
    const server = new HttpApiServer(definition as HttpApi, context, 20);
    const port = await server.listen(0);
    const get = (): Promise<string> => exchange(port, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    const sockets = await Promise.all(Array.from({ length: 20 }, () => connected(port)));
    expect(await get()).toMatch(/^HTTP\/1.1 503 /);
    for (const socket of sockets) socket.destroy();
    await until(get, (answer) => answer.startsWith('HTTP/1.1 200 '));
    await server.dispose();
  });
});

function connected(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket));
    socket.once('error', reject);
  });
}

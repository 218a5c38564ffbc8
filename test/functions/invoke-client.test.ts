import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

let server: Server;
let answers: Answer[];
let seen: number;
let invoke: typeof import('../../lambdas/functions/invoke-client.ts')['invoke'];

const ok: Answer = (_, response) => {
  response.writeHead(200, { 'content-type': 'application/json' }).end('{"output":1}');
};
const refuses =
  (status: number, type: string): Answer =>
  (_, response) => {
    response.writeHead(status, { 'x-amzn-errortype': type, 'content-type': 'application/json' }).end('{}');
  };
const fails =
  (document: object): Answer =>
  (_, response) => {
    response.writeHead(200, { 'x-amz-function-error': 'Unhandled', 'content-type': 'application/json' }).end(JSON.stringify(document));
  };
const closes =
  (afterMs: number): Answer =>
  (request) => {
    setTimeout(() => request.socket.resetAndDestroy(), afterMs).unref();
  };

beforeAll(async () => {
  server = createServer((request, response) => {
    seen += 1;
    request.resume().on('end', () => (answers.shift() ?? ok)(request, response));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'key',
    AWS_SECRET_ACCESS_KEY: 'secret',
    FUNCTION_FRONTED_ARN: 'arn:aws:lambda:eu-central-1:000000000000:function:work',
  });
  ({ invoke } = await import('../../lambdas/functions/invoke-client.ts'));
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});

const run = async (...steps: readonly Answer[]): Promise<unknown> => {
  answers = [...steps];
  seen = 0;
  return invoke({ kind: 'call' }, AbortSignal.timeout(5_000)).catch((error: unknown) => error);
};

describe('invoke', () => {
  it.each<[string, Answer, object]>([
    ['too many runs', refuses(429, 'TooManyRequestsException'), { code: 'unavailable', status: 503, retryAfterSeconds: 2 }],
    ['a fault of Lambda', refuses(500, 'ServiceException'), { code: 'unavailable', status: 503 }],
    ['too large a request', refuses(413, 'RequestTooLargeException'), { code: 'body_too_large', status: 413 }],
    ['a run that took too long', fails({ errorType: 'Sandbox.Timedout', errorMessage: 'x' }), { code: 'timeout', retryAfterSeconds: 5 }],
    ['such a run, told without a type', fails({ errorMessage: '2026-11-25 4f Task timed out after 3.00 seconds' }), { code: 'timeout' }],
    ['an answer that is too large', fails({ errorType: 'Function.ResponseSizeTooLarge' }), { code: 'function_bad_response', status: 502 }],
  ])('tells the caller of %s, and asks once', async (_, answer, expected) => {
    expect(await run(answer)).toMatchObject(expected);
    expect(seen).toBe(1);
  });

  it('keeps to itself what a function ended with, but for its kind', async () => {
    const error = (await run(fails({ errorType: 'KeyError', errorMessage: 'the password is 7' }))) as Error;
    expect(error.message).toMatch(/^the function ended with KeyError: its own log tells more \(request /);
    expect(error).not.toHaveProperty('code');
  });

  it('begins anew where the connection was closed at once, since no run can have begun', async () => {
    expect(await run(closes(0))).toBe('{"output":1}');
    expect(seen).toBe(2);
  });

  it('does not run a function again whose answer was lost', async () => {
    expect(await run(closes(300))).toBeInstanceOf(Error);
    expect(seen).toBe(1);
  });

  it('gives up when the time is over', async () => {
    answers = [closes(4_000)];
    await expect(invoke({}, AbortSignal.timeout(200))).rejects.toMatchObject({ code: 'timeout', status: 503 });
  });
});

import { setTimeout as delay } from 'node:timers/promises';
import { AwsError } from '../../../local/services/service.ts';
import { runApi } from './run-api.ts';

const ERROR = { status: 500, body: '{"message":"Internal Server Error"}', type: 'application/json' };

async function answerTo(
  payload: unknown,
  integration = {},
): Promise<{ status: number; body: string; type: string | null; headers: Headers }> {
  const api = await runApi({ routes: { 'GET /': {} }, integration, invoke: async () => ({ payload }) });
  const answer = await api.fetch('/');
  const { status, headers } = answer;
  const body = await answer.text();
  await api.dispose();
  return { status, body, type: headers.get('content-type'), headers };
}

describe('what a function returns', () => {
  it.each([
    ['status 99', { statusCode: 99 }],
    ['status 100', { statusCode: 100 }],
    ['status 600', { statusCode: 600 }],
    ['a status that is no number', { statusCode: 'ok' }],
    ['a status of null', { statusCode: null }],
    ['an object as body', { statusCode: 200, body: { a: 1 } }],
    ['a number as body', { statusCode: 200, body: 1 }],
    ['a line break in a header', { statusCode: 200, headers: { 'x-a': 'a\r\nset-cookie: b=1' } }],
    ['a bad header name', { statusCode: 200, headers: { 'x a': '1' } }],
    ['a list in a header', { statusCode: 200, headers: { 'x-a': ['1', '2'] } }],
    ['a list as headers', { statusCode: 200, headers: [] }],
    ['a line break in a cookie', { statusCode: 200, cookies: ['a=1\r\nx: y'] }],
  ])('is refused: %s', async (_, payload) => {
    expect(await answerTo(payload)).toMatchObject(ERROR);
  });

  it.each([
    ['an object', { a: 1 }, 200, '{"a":1}', 'application/json'],
    ['a text', 'hello', 200, 'hello', 'application/json'],
    ['null', null, 200, 'null', 'application/json'],
    ['a list', [1], 200, '[1]', 'application/json'],
    ['a response', { statusCode: 201, headers: { 'Content-Type': 'text/csv' }, body: 'a' }, 201, 'a', 'text/csv'],
    ['a response without a type', { statusCode: 200, body: 'a' }, 200, 'a', 'text/plain; charset=utf-8'],
    ['a status as text', { statusCode: '404' }, 404, '', 'text/plain; charset=utf-8'],
    [
      'base64',
      { statusCode: 200, isBase64Encoded: true, body: Buffer.from('ü').toString('base64') },
      200,
      'ü',
      'text/plain; charset=utf-8',
    ],
    [
      'headers that are the gateway’s own',
      { statusCode: 200, headers: { 'content-length': '99', connection: 'x' }, body: 'a' },
      200,
      'a',
      expect.anything(),
    ],
  ])('becomes a response: %s', async (_, payload, status, body, type) => {
    expect(await answerTo(payload)).toMatchObject({ status, body, type });
  });

  it('sets each cookie in a header of its own', async () => {
    const { headers } = await answerTo({ statusCode: 200, cookies: ['a=1', 'b=2; HttpOnly'], headers: { 'x-n': 1, 'x-none': null } });
    expect(headers.getSetCookie()).toEqual(['a=1', 'b=2; HttpOnly']);
    expect(headers.get('x-n')).toBe('1');
    expect(headers.get('x-none')).toBeNull();
    expect(headers.get('apigw-requestid')).toMatch(/^[\w-]{15}=$/);
  });

  it('must be whole in payload format 1.0', async () => {
    expect(await answerTo({ a: 1 }, { PayloadFormatVersion: '1.0' })).toMatchObject(ERROR);
    expect(await answerTo({ statusCode: 200, body: 'a' }, { PayloadFormatVersion: '1.0' })).toMatchObject({ status: 200, body: 'a' });
  });
});

describe('a function that does not answer', () => {
  it.each([
    [
      'failed',
      async () => ({ payload: { errorMessage: process.env['PATH'] }, functionError: 'Unhandled' as const }),
      500,
      'Internal Server Error',
    ],
    [
      'is throttled',
      async () => Promise.reject(new AwsError('TooManyRequestsException', 'Rate Exceeded.', { status: 429 })),
      503,
      'Service Unavailable',
    ],
    [
      'is not there',
      async () => Promise.reject(new AwsError('ResourceNotFoundException', 'no', { status: 404 })),
      500,
      'Internal Server Error',
    ],
    [
      'is given too much',
      async () => Promise.reject(new AwsError('RequestTooLargeException', 'no', { status: 413 })),
      413,
      'Request Entity Too Large',
    ],
    ['takes too long', async () => delay(2_000, { payload: 1 }, { ref: false }), 503, 'Service Unavailable'],
  ])('%s', async (_, invoke, status, message) => {
    const api = await runApi({ routes: { 'GET /': {} }, integration: { TimeoutInMillis: 200 }, invoke });
    const answer = await api.fetch('/');
    expect(answer.status).toBe(status);
    expect(await answer.json()).toEqual({ message });
    await api.dispose();
  });
});

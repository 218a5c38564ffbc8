import { createClient, PlinthError } from '../../client/client.ts';
import type { Person } from '../data/relations-backend.ts';
import { callApi } from '../support/call-api.ts';
import { type ExpectedProblem, expectProblem } from '../support/expect-problem.ts';
import type { definition } from './functions-app.ts';
import { FunctionsBackend } from './functions-backend.ts';

let backend: FunctionsBackend;
let ann: Person;
let editor: Person;

beforeAll(async () => {
  backend = await FunctionsBackend.start('functions-app');
  [ann, editor] = await Promise.all([backend.person(), backend.person('editors')]);
});
afterAll(() => backend.stop());

const answer = (name: string) => backend.run(ann, 'answers', { answer: name });
const reply = (parts: object) => backend.call(undefined, { method: 'POST', path: '/quotes/7/reply', body: JSON.stringify(parts) });
const logOf = (work: () => Promise<unknown>): Promise<string> => backend.logOf(work);
const failed: ExpectedProblem = { status: 500, code: 'internal_error' };
const bad: ExpectedProblem = { status: 502, code: 'function_bad_response' };

describe('Who may call a function', () => {
  const quote = { method: 'POST', path: '/quotes', body: { count: 2 } };

  it('FN11 refuses guests where no rule is for them', async () => {
    expectProblem(await backend.run(undefined, 'answers', { answer: 'fine' }), { status: 401, code: 'unauthenticated' });
    expectProblem(await backend.call(undefined, quote), { status: 401, code: 'unauthenticated' });
  });

  it('FN11 refuses everybody where there are no rules at all', async () => {
    const call = { method: 'DELETE', path: '/quotes/7' };
    expectProblem(await backend.call(undefined, call), { status: 401, code: 'unauthenticated' });
    expectProblem(await backend.call(editor, call), { status: 403, code: 'forbidden' });
  });

  it('refuses users whom the rules do not name', async () => {
    expectProblem(await backend.call(ann, quote), { status: 403, code: 'forbidden' });
    expect((await backend.call(editor, quote)).json).toEqual({ price: 4, currency: 'EUR' });
  });

  it('refuses a token that is not valid, even where guests may call', async () => {
    const forged = { ...ann, token: `${ann.token.slice(0, -6)}AAAAAA` };
    expectProblem(await backend.run(forged, 'sum', { numbers: [1] }), { status: 401, code: 'unauthenticated' });
  });

  it('tells the function who has called', async () => {
    expect(JSON.parse((await answer('who')).json.text)).toEqual({ id: ann.id, username: expect.any(String), groups: [] });
  });
});

describe('What is sent to a function', () => {
  it.each(['toString', '__proto__', 'constructor', 'answers.__proto__.constructor', 'answers/../answers', '..%2fanswers', 'Answers', ''])(
    'FN10 answers 404 for the name %j',
    async (name) => {
      expectProblem(await backend.call(ann, { method: 'POST', path: `/functions/${name}`, body: { answer: 'fine' } }), {
        status: 404,
        code: 'unknown_route',
      });
    },
  );

  it.each([
    [{ numbers: ['1'] }, 'validation_failed', '/numbers/0'],
    [{}, 'validation_failed', '/numbers'],
    [{ numbers: [1], more: 1 }, 'unknown_field', '/more'],
    [JSON.parse('{"numbers":[1],"__proto__":{"x":1}}') as object, 'prohibited_key', '/__proto__'],
  ] as const)('refuses the input %j', async (input, code, pointer) => {
    expectProblem(await backend.run(undefined, 'sum', input), { status: 400, code, pointers: [pointer] });
  });

  it('refuses a body of another type, and one that is no JSON', async () => {
    const post = { method: 'POST', path: '/functions/sum' };
    const headers = { 'content-type': 'text/plain' };
    expectProblem(await callApi(backend.local.apiUrl, { ...post, body: '{}', headers }), { status: 415, code: 'unsupported_media_type' });
    expectProblem(await backend.call(undefined, { ...post, body: '{"numbers":' }), { status: 400, code: 'invalid_json' });
  });

  it('hands over the path, the query and the headers, and keeps the token to itself', async () => {
    const { json } = await backend.call(ann, { path: '/quotes/a%20b?q=1&q=2' });
    expect(json).toMatchObject({ id: 'a b', query: ['1', '2'], user: ann.id });
    expect(json.headers).not.toContain('authorization');
  });

  it('hands over a raw body as it came', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const body = 'a=1&b=%C3%A9\r\n{not json';
    const answered = await callApi(backend.local.apiUrl, { method: 'PUT', path: '/quotes/raw', body, headers });
    expect(answered).toMatchObject({ status: 200, text: body });
    expect(answered.headers).toMatchObject({ 'content-type': 'text/csv', 'x-type': headers['content-type'], 'cache-control': 'no-store' });
  });

  it('fills in defaults', async () => {
    const body = { count: 3, currency: 'USD' };
    expect((await backend.call(editor, { method: 'POST', path: '/quotes', body })).json).toEqual({ price: 6, currency: 'USD' });
  });
});

describe('What a function answers', () => {
  it.each(['circular', 'bigint', 'undefined', 'symbol', 'response', 'large', 'toJSON', 'wrongType', 'unknownField', 'reply'])(
    'FN09 is refused with 502 for %s, and the log tells why',
    async (name) => {
      const log = await logOf(async () => expectProblem(await answer(name), bad));
      expect(log).toMatch(/the answer|a call is answered/);
      expect((await answer('fine')).json).toEqual({ text: 'fine' });
    },
  );

  it.each([
    { status: 99 },
    { status: 600 },
    { status: 200.5 },
    { headers: { 'x-split': 'a\r\nset-cookie: b' } },
    { headers: { 'bad name': 'a' } },
    { headers: { 'Content-Length': '1' } },
    { headers: { 'x-number': 1 } },
  ])('FN09 is refused with 502 for reply(%j)', async (parts) => {
    const answered = await reply(parts);
    expectProblem(answered, bad);
    expect(answered.headers['set-cookie']).toBeUndefined();
  });

  it('may have a status and headers of its own', async () => {
    const answered = await reply({ status: 303, headers: { Location: 'https://example.com/' } });
    expect(answered).toMatchObject({ status: 303, text: '' });
    expect(answered.headers['location']).toBe('https://example.com/');
    expect(await reply({ status: 201, body: { a: [1] } })).toMatchObject({ status: 201, json: { a: [1] } });
    expect((await reply({ body: 'a text' })).headers['content-type']).toBe('text/plain; charset=utf-8');
    expect((await reply({})).status).toBe(204);
  });

  it('may be bytes', async () => {
    const bytes = [137, 80, 78, 71, 0, 255, 254];
    const answered = await fetch(`${backend.local.apiUrl}/quotes/7/reply`, {
      method: 'POST',
      body: JSON.stringify({ bytes, headers: { 'content-type': 'image/png' } }),
    });
    expect(answered.headers.get('content-type')).toBe('image/png');
    expect([...new Uint8Array(await answered.arrayBuffer())]).toEqual(bytes);
    expect((await reply({ bytes, status: 201 })).headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-length': '7',
    });
  });
});

describe('A function that fails', () => {
  it('FN03 tells nothing of it to the caller, and no secret to the log', async () => {
    const log = await logOf(async () => {
      const answered = await answer('error');
      expectProblem(answered, failed);
      expect(answered.text).not.toContain('battery');
    });
    expect(log).toContain('[redacted]');
    expect(log).toContain('answers.ts');
    expect(log).not.toContain('correct-horse-battery');
  });

  it.each(['string', 'null', 'circularCause'])('FI26 answers 500 when it throws %s, and goes on', async (name) => {
    expectProblem(await answer(name), failed);
    expect((await answer('fine')).json).toEqual({ text: 'fine' });
  });

  it('is in the log with its own lines of source, its causes and its parts, and without those of whoever called it', async () => {
    const log = await logOf(async () => expectProblem(await answer('causes'), failed));
    const [told = '', request = ''] = log.split('\n{');
    expect(told).toMatch(/^the function failed\nAggregateError: both failed\n {4}at .*answers\.ts:\d+:\d+/);
    expect(told).toMatch(/\ncaused by Error: at the root\n {4}at .*answers\.ts/);
    expect(told).toMatch(/\nwith Error: first part\n {4}at .*answers\.ts/);
    expect(told).toContain("\nwith string: 'second part'");
    expect(told).not.toMatch(/run-function|define-handler|middy/);
    expect(request).toContain('"status":500');
    expect(request).not.toContain('stack');
  });

  it('FI26 answers the next call when a promise is rejected that nobody waits for', async () => {
    expect((await answer('rejectsLate')).json).toEqual({ text: 'early' });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect((await answer('fine')).json).toEqual({ text: 'fine' });
  });

  it('refuses with a word, a status and a text of its own', async () => {
    const problem = expectProblem(await answer('refuse'), { status: 409, code: 'function_refused' } as never);
    expect(problem).toMatchObject({ reason: 'out_of_stock', detail: 'Choose another product.' });
  });

  it('is told to stop before its time is over, and answered for when it does not', async () => {
    expect((await answer('signal')).json).toMatchObject({ reason: 'stopped', status: 408 });
    expectProblem(await answer('hangs'), { status: 503, code: 'timeout' });
    expectProblem(await answer('waitsForSignal'), { status: 503, code: 'timeout' });
    expect((await answer('fine')).json).toEqual({ text: 'fine' });
  });
});

describe('The log of a function', () => {
  it('FN16 cuts endless lines, drops terminal codes, and blacks out secrets and tokens', async () => {
    const log = await logOf(async () => expect((await answer('prints')).json).toEqual({ text: 'printed' }));
    expect(log).toContain('red [redacted] yyyy');
    expect(log.length).toBeLessThan(64_000);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it must not be there
    expect(log).not.toMatch(/\u001b|\\u001b|correct-horse-battery|eyJ/);
    expect(log).toContain('token [redacted]');
    expect(log).toMatch(/AWS_SECRET_ACCESS_KEY: '\[redacted\]'/);
    expect(backend.lines.some(({ source, text }) => /answers/i.test(source) && text.startsWith('red '))).toBe(true);
  });
});

describe('What a function prints', () => {
  it('FN03 holds no secret either where it goes past the log', async () => {
    const log = await logOf(async () => expect((await answer('printsPast')).json).toEqual({ text: 'printed' }));
    expect(log).toContain('past [redacted]');
    expect(log).toContain('bytes [redacted]');
    expect(log).toContain("{ text: '[redacted]' }");
    expect(log).not.toContain('correct-horse-battery');
  });

  it('shows errors among the fields of a line', async () => {
    const log = await logOf(async () => expect((await answer('logsError')).json).toEqual({ text: 'logged' }));
    expect(log).toMatch(/could not tell \{"id":7\}\nError: of no use\n {4}at .*answers\.ts/);
    expect(log).toContain('"message":"inside"');
  });
});

describe('The secrets of a function', () => {
  it('are read by the name that the function has for them', async () => {
    expect((await answer('secret')).json).toEqual({ text: '40' });
  });
});

describe('The line of a request in the log', () => {
  it('names a route as it was written, and a call by its name', async () => {
    const log = await logOf(async () => {
      await reply({ status: 201 });
      await answer('fine');
      await backend.until(() => backend.lines.some(({ text }) => text.includes('"route":"callAnswers"')) || undefined);
    });
    expect(log).toMatch(/"message":"request","route":"POST \/quotes\/\{id\}\/reply","status":201/);
    expect(log).toContain('"route":"callAnswers"');
  });
});

describe('client.functions', () => {
  const client = () => createClient<typeof definition>({ url: backend.local.apiUrl, accessToken: () => ann.token });

  it('calls functions with typed input and output', async () => {
    const { sum } = await client().functions.sum({ numbers: [1, 2.5] });
    expect(sum).toBe(3.5);
  });

  it('throws what the function refuses', async () => {
    const refused = await client()
      .functions.answers({ answer: 'refuse' })
      .catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(PlinthError);
    expect(refused).toMatchObject({ code: 'function_refused', reason: 'out_of_stock', status: 409 });
  });

  it('is no function itself, and no promise', async () => {
    expect(await client().functions).toBeDefined();
  });
});

describe('The OpenAPI document', () => {
  it('describes the routes of functions with their schemas', async () => {
    const { json } = await backend.call(undefined, { path: '/openapi.json' });
    expect(json.paths['/functions/sum'].post).toMatchObject({ operationId: 'callSum', tags: ['functions'] });
    expect(json.components.schemas.CallSumReply).toMatchObject({ properties: { sum: { type: 'number' } } });
    expect(Object.keys(json.paths)).toContain('/quotes/{id}');
  });
});

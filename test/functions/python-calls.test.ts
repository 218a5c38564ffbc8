import { readFileSync } from 'node:fs';
import { createClient, PlinthError } from '../../client/client.ts';
import type { Person } from '../data/relations-backend.ts';
import { callApi } from '../support/call-api.ts';
import { expectProblem } from '../support/expect-problem.ts';
import { FunctionsBackend } from './functions-backend.ts';
import type { definition } from './python-calls-app.ts';

let backend: FunctionsBackend;
let ann: Person;
let editor: Person;

beforeAll(async () => {
  backend = await FunctionsBackend.start('python-calls-app');
  [ann, editor] = await Promise.all([backend.person(), backend.person('editors')]);
});
afterAll(() => backend.stop());

const answer = (name: string) => backend.run(ann, 'pythonAnswer', { answer: name });
const echo = async (who: Person | undefined, body: unknown) => {
  const answered = await backend.run(who, 'pythonEcho', body);
  return { ...answered, event: JSON.parse(answered.json.text) };
};
const reply = (parts: object) => backend.call(undefined, { method: 'POST', path: '/python/reply', body: { parts } });
const program = (text: string) => backend.call(undefined, { method: 'POST', path: '/program', body: { answer: text } });
const logOf = (work: () => Promise<unknown>): Promise<string> => backend.logOf(work);

describe('Who may call a function in Python', () => {
  it('FN11 refuses guests and users whom no rule lets in, and does not run it', async () => {
    const log = await logOf(async () => {
      expectProblem(await backend.run(undefined, 'pythonAnswer', { answer: 'sleep' }), { status: 401, code: 'unauthenticated' });
      expectProblem(await backend.run(undefined, 'pythonClosed', { answer: 'sleep' }), { status: 401, code: 'unauthenticated' });
      expectProblem(await backend.run(editor, 'pythonClosed', { answer: 'sleep' }), { status: 403, code: 'forbidden' });
      const remove = { method: 'DELETE', path: '/python/7' };
      expectProblem(await backend.call(undefined, remove), { status: 401, code: 'unauthenticated' });
      expectProblem(await backend.call(ann, remove), { status: 403, code: 'forbidden' });
    });
    expect(log).not.toContain('asleep');
  });

  it('refuses a token that is not valid, even where guests may call', async () => {
    const forged = { ...ann, token: `${ann.token.slice(0, -6)}AAAAAA` };
    expectProblem(await backend.run(forged, 'pythonEcho', { count: 1 }), { status: 401, code: 'unauthenticated' });
  });

  it.each([
    [{ count: 0 }, 'validation_failed', '/count'],
    [{ count: '1' }, 'validation_failed', '/count'],
    [{ count: 1, more: 1 }, 'unknown_field', '/more'],
    [JSON.parse('{"count":1,"__proto__":{"x":1}}') as object, 'prohibited_key', '/__proto__'],
  ] as const)('refuses the input %j', async (input, code, pointer) => {
    expectProblem(await backend.run(undefined, 'pythonEcho', input), { status: 400, code, pointers: [pointer] });
  });

  it('tells the function who has called, fills in defaults, and keeps the token to itself', async () => {
    const { event } = await echo(ann, { count: 2 });
    expect(event).toEqual({
      kind: 'call',
      name: 'pythonEcho',
      input: { count: 2, currency: 'EUR' },
      user: { id: ann.id, username: expect.any(String), groups: [] },
      requestId: expect.any(String),
    });
    const guest = await echo(undefined, { count: 2 });
    expect(guest.event.user).toBeNull();
    expect(guest.headers['x-request-id']).toBe(guest.event.requestId);
  });
});

describe('What a function in Python answers', () => {
  it.each(['circular', 'deep', 'set', 'nan', 'none', 'large', 'wrongType', 'unknownField', 'reply'])(
    'FN09 is refused with 502 for %s, and the log tells why',
    async (name) => {
      const log = await logOf(async () => expectProblem(await answer(name), { status: 502, code: 'function_bad_response' }));
      expect(log).toMatch(/the answer|a call is answered/);
    },
  );

  it.each([
    { status: 99 },
    { status: '200' },
    { headers: { 'x-split': 'a\r\nset-cookie: b' } },
    { headers: { 'x-number': 1 } },
    { headers: ['x'] },
  ])('FN09 is refused with 502 for reply(%j)', async (parts) => {
    const answered = await reply(parts);
    expectProblem(answered, { status: 502, code: 'function_bad_response' });
    expect(answered.headers['set-cookie']).toBeUndefined();
  });

  it('FN03 is 500 when it raises or ends, tells nothing to the caller, and the log has the lines of the source', async () => {
    const log = await logOf(async () => {
      for (const name of ['fail', 'leave']) {
        const answered = await answer(name);
        expectProblem(answered, { status: 500, code: 'internal_error' });
        expect(answered.text).not.toMatch(/battery|ValueError|answers\.py/);
      }
    });
    expect(log).toMatch(/answers\.py", line \d+, in fail/);
    expect(log).toContain('the function ended with ValueError: its own log tells more');
    expect(log).toContain('ValueError: [redacted]');
    expect(log).not.toContain('correct-horse-battery');
    expect((await answer('decimal')).status).toBe(200);
  });

  it('FN16 FN03 is logged with endless lines cut, terminal codes dropped, and secrets and tokens blacked out', async () => {
    const log = await logOf(async () => expect((await answer('prints')).json).toEqual({ text: 'printed' }));
    expect(log).toMatch(/red \[redacted\] token \[redacted\] x{10000}/);
    expect(log).toMatch(/logged \[redacted\]/);
    expect(log).toMatch(/'AWS_SECRET_ACCESS_KEY': '\[redacted\]'/);
    expect(log).toMatch(/caught\nTraceback[\s\S]*ValueError: \[redacted\]/);
    expect(log.length).toBeLessThan(64_000);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it must not be there
    expect(log).not.toMatch(/\u001b|\\u001b|correct-horse-battery|eyJ/);
  });

  it('is 503 when it takes longer than it may, and the next call is answered', async () => {
    const answered = await answer('sleep');
    expectProblem(answered, { status: 503, code: 'timeout' });
    expect(answered.headers['retry-after']).toBe('5');
    expect((await answer('decimal')).status).toBe(200);
  });

  it('is 503 with Retry-After where there is no room for it', async () => {
    const busy = () => backend.run(undefined, 'pythonBusy', { answer: 'sleep' });
    const answers = await Promise.all([busy(), busy(), busy()]);
    const [refused, other, ...slow] = answers.filter(({ json }) => json.code === 'unavailable');
    expectProblem(refused ?? answers[0], { status: 503, code: 'unavailable' });
    expect(refused?.headers['retry-after']).toBe('2');
    expect([other?.status, slow.length]).toEqual([503, 0]);
  });

  it('is a refusal with a word, a status and a text of its own', async () => {
    const problem = expectProblem(await answer('refuse'), { status: 409, code: 'function_refused' });
    expect(problem).toMatchObject({ reason: 'out_of_stock', detail: 'Choose another product.' });
    expectProblem(await answer('refuseBadly'), { status: 502, code: 'function_bad_response' });
  });

  it('may hold numbers as DynamoDB has them', async () => {
    expect((await answer('decimal')).json).toEqual({ text: 'd', number: 2.5, whole: 3 });
  });

  it('is typed for the client by the definition', async () => {
    const client = createClient<typeof definition>({ url: backend.local.apiUrl, accessToken: () => ann.token });
    const { number } = await client.functions.pythonAnswer({ answer: 'decimal' });
    expect(number?.toFixed(2)).toBe('2.50');
    const refused = await client.functions.pythonAnswer({ answer: 'refuse' }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(PlinthError);
    // @ts-expect-error the input is typed
    await expect(client.functions.pythonAnswer({ question: 'decimal' })).rejects.toMatchObject({ status: 400 });
  });
});

describe('A route of a function in Python', () => {
  it('hands over the path, the query and the headers', async () => {
    const { json } = await backend.call(ann, { path: '/python/a%20b?q=1&q=2&r=' });
    expect(json).toMatchObject({
      kind: 'http',
      route: 'GET /python/{id}',
      path: { id: 'a b' },
      query: { q: ['1', '2'], r: [''] },
      body: null,
    });
    expect(json.user.id).toBe(ann.id);
    expect(Object.keys(json.headers)).not.toContain('authorization');
  });

  it('hands over a raw body as it came, and a JSON body as what it says', async () => {
    const body = 'a=1&b=%C3%A9\r\n{not json';
    const headers = { 'content-type': 'text/csv' };
    const raw = await callApi(backend.local.apiUrl, { method: 'PUT', path: '/python/7', body, headers });
    expect(raw.json).toMatchObject({ body: null, rawBody: body });
    const { json } = await backend.call(undefined, { method: 'POST', path: '/python', body: { count: 2 } });
    expect(json).toMatchObject({ body: { count: 2 }, rawBody: null });
  });

  it('answers 413 where the body does not fit into what Lambda hands over', async () => {
    const headers = { 'content-type': 'application/octet-stream' };
    const body = '"'.repeat(3_500_000);
    const answered = await callApi(backend.local.apiUrl, { method: 'PUT', path: '/python/7', body, headers });
    expect(answered).toMatchObject({ status: 413, json: { code: 'body_too_large' } });
  });

  it('may answer with a status, headers and a body of its own, or with nothing', async () => {
    const answered = await reply({ status: 303, headers: { Location: 'https://example.com/' } });
    expect(answered).toMatchObject({ status: 303, text: '' });
    expect(answered.headers['location']).toBe('https://example.com/');
    expect(await reply({ status: 201, body: { a: [1] } })).toMatchObject({ status: 201, json: { a: [1] } });
    expect((await reply({ body: 'a text' })).headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(await backend.call(editor, { method: 'DELETE', path: '/python/7' })).toMatchObject({ status: 204, text: '' });
  });

  it('stands in the document of the API', async () => {
    const { json } = await backend.call(undefined, { path: '/openapi.json' });
    expect(Object.keys(json.paths)).toEqual(expect.arrayContaining(['/functions/pythonEcho', '/python/{id}']));
    expect(Object.keys(json.components.schemas.CallPythonEchoRequest.properties)).toEqual(['count', 'currency']);
  });
});

describe('A program with a runtime of its own', () => {
  it.each([
    ['no JSON', 'hello'],
    ['a value by itself', '7'],
    ['two answers', '{"output":1,"refuse":{"detail":"No."}}'],
    ['another word', '{"result":1}'],
    ['a refusal without a text', '{"refuse":{"code":"no"}}'],
    ['a refusal that is a success', '{"refuse":{"detail":"No.","status":200}}'],
    ['a reply that is a text', '{"reply":"hello"}'],
  ])('FN09 is refused with 502 for %s', async (_, text) => {
    expectProblem(await program(text), { status: 502, code: 'function_bad_response' });
  });

  it('answers by output, reply, refuse or nothing', async () => {
    expect(await program('{"output":{"a":1}}')).toMatchObject({ status: 200, json: { a: 1 } });
    expect(await program('{"reply":{"status":202,"body":[1]}}')).toMatchObject({ status: 202, json: [1] });
    expect(await program('{"refuse":{"detail":"No."}}')).toMatchObject({ status: 422, json: { detail: 'No.', reason: 'refused' } });
    for (const nothing of ['', 'null', '{"output":null}']) expect((await program(nothing)).status).toBe(204);
  });
});

describe('A hook in Python', () => {
  const create = (text: string) => backend.call(ann, { method: 'POST', path: '/data/Note', body: { text } });
  const notes = async () => (await backend.call(ann, { path: '/data/Note' })).json.items;

  it.each([
    ['raises', 'fails', 502, 'hook_failed'],
    ['does not answer in time', 'sleeps', 502, 'hook_failed'],
    ['answers something else', 'nonsense', 502, 'hook_failed'],
    ['refuses', 'refused', 409, 'hook_refused'],
    ['refuses with a status that hooks do not have', 'refused otherwise', 422, 'hook_refused'],
  ] as const)('FN15 refuses the write when it %s', async (_, text, status, code) => {
    const before = await notes();
    const answered = await create(text);
    expectProblem(answered, { status, code });
    expect(answered.text).not.toContain('a text of the log alone');
    expect(await notes()).toEqual(before);
  });

  it('says in its log that it has refused with another status than it wanted', async () => {
    expectProblem(await create('refused otherwise'), { status: 422, code: 'hook_refused' });
    await backend.until(() => /a hook refuses with 400, 403, 409, 422 only: .* with 422, not \d{3}/.test(backend.logged()) || undefined);
  });

  it('amends what is written, and lets go on by nothing', async () => {
    const { json } = await create('loud');
    expect(json).toMatchObject({ text: 'LOUD', owner: ann.id });
    const removed = await backend.call(ann, { method: 'DELETE', path: `/data/Note/${json.id}` });
    expect(removed.status).toBe(204);
    expect(backend.logged()).toMatch(/asked \{"kind": "hook", "model": "Note", .*"point": "delete"/);
  });

  it('refuses registrations', async () => {
    const register = (email: string) =>
      backend.call(undefined, { method: 'POST', path: '/auth/register', body: { email, password: 'Correct-horse-battery-9' } });
    expectProblem(await register('eve@blocked.example'), { status: 422, code: 'registration_refused' });
    expect((await register('eve@example.com')).status).toBeLessThan(300);
  });
});

describe('What else a function in Python has', () => {
  it('runs by the clock beside its calls', async () => {
    const next = new Date(backend.local.clock.now());
    next.setUTCDate(next.getUTCDate() + 1);
    next.setUTCHours(3, 0, 1, 0);
    backend.local.clock.set(next);
    await backend.until(() => /effect \{"kind": "schedule", "dueAt": ".*T03:00:00/.test(backend.logged()) || undefined, 30_000);
  });

  it('puts messages into the queues that it may fill, gets those that are as the schema says, and reads its secrets', async () => {
    expectProblem(await backend.run(undefined, 'pythonSend', { queue: 'other' }), { status: 500, code: 'internal_error' });
    expect(await backend.run(undefined, 'pythonSend', { queue: 'sender' })).toMatchObject({ status: 200, json: { length: 40 } });
    backend.local.clock.advance(2_000);
    await backend.until(() => backend.logged().includes('effect 7 1 done') || undefined, 30_000);
    await backend.run(undefined, 'pythonSend', { queue: 'sender', count: 'wrong' });
    backend.local.clock.advance(2_000);
    await backend.until(() => backend.logged().includes('the message is not as the queue') || undefined, 30_000);
    expect(backend.logged()).not.toContain('effect wrong');
  });
});

describe('docs/functions.md', () => {
  it('shows the function in Python of examples/shop', () => {
    const code = readFileSync('examples/shop/report/daily_report.py', 'utf8');
    expect(readFileSync('docs/functions.md', 'utf8')).toContain(`\`\`\`python\n${code}\`\`\``);
  });
});

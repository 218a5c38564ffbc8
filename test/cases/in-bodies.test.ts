import { gzipSync } from 'node:zlib';
import { callApi } from '../support/call-api.ts';
import { expectNoInternals, expectProblem } from '../support/expect-problem.ts';
import { fastestRequestMs } from '../support/fastest-run.ts';
import { type CasesBackend, startCases } from './cases-backend.ts';

// The form of request bodies, by the ids of the table of adversarial cases.

let backend: CasesBackend;
beforeAll(async () => {
  backend = await startCases();
});
afterAll(() => backend?.stop());

/** A body as it is, for a route that takes one. */
const send = (body: unknown, { path = '/data/Note', headers = {} as Readonly<Record<string, string | readonly string[]>> } = {}) =>
  backend.as('a', { method: 'POST', path, body, headers });
const paths = ['/data/Note', '/data/transaction', '/data/batch/write', '/auth/login', '/auth/register'];
const text = (body: unknown): string => JSON.stringify(body);
const good = { title: 'x' };

describe('IN01 bodies that are no JSON object', () => {
  it.each([
    ...['{"zebra', '{"zebra":1', '{zebra:1}', "{'zebra':1}", '{"zebra":1,}', '{"zebra":01}', '{"zebra":1}}', '{"a":1}{"zebra":2}', 'zebra'],
    ...['', ' ', '\u0000', '// zebra', '{"zebra":"\u0001"}'],
  ])('IN01: %j is not valid JSON', async (body) => {
    await backend.changesNothing(async () => {
      for (const path of paths) {
        const answer = await send(body, { path });
        expectProblem(answer, { status: 400, code: 'invalid_json' });
        expect(answer.text).not.toContain('zebra');
      }
    });
  });

  it.each(['null', '[]', '[{"title":"zebra"}]', '"zebra"', '1', 'true', '-0'])('IN01: %s is no object', async (body) => {
    await backend.changesNothing(async () => {
      for (const path of paths) {
        const answer = await send(body, { path });
        expectProblem(answer, { status: 400, code: 'validation_failed', pointers: [''] });
        expect(answer.text).not.toContain('zebra');
      }
    });
  });
});

describe('IN02 media types', () => {
  it.each<[string, string | readonly string[]]>([
    ['none', []],
    ['text', 'text/plain'],
    ['a form', 'application/x-www-form-urlencoded'],
    ['parts', 'multipart/form-data; boundary=x'],
    ['UTF-16', 'application/json; charset=utf-16'],
    ['Latin-1', 'application/json;charset="iso-8859-1"'],
    ['a longer name', 'application/jsonp'],
    ['a list', 'application/json, text/plain'],
    ['a patch', 'application/json-patch+json'],
    ['nothing', ''],
  ])('IN02: %s is refused', async (_, type) => {
    await backend.changesNothing(async () => {
      for (const path of paths) {
        const answer = await send(text({ title: 'x', slug: 'in02' }), { path, headers: { 'content-type': type } });
        expectProblem(answer, { status: 415, code: 'unsupported_media_type' });
      }
    });
  });

  it.each(['application/json', 'Application/JSON', 'application/json; charset=utf-8', 'application/json;charset="UTF-8"'])(
    'IN02: %s is taken',
    async (type) => {
      const answer = await send(text(good), { path: '/data/Sample', headers: { 'content-type': type } });
      expect(answer.status).toBe(201);
    },
  );
});

describe('IN03 bytes that are not UTF-8', () => {
  const around = (...bytes: number[]) => Buffer.concat([Buffer.from('{"title":"'), Buffer.from(bytes), Buffer.from('"}')]);

  it.each<[string, Buffer]>([
    ['a byte that begins nothing', around(0xff)],
    ['a tail without a head', around(0x80)],
    ['an overlong slash', around(0xc0, 0xaf)],
    ['an overlong NUL', around(0xc0, 0x80)],
    ['a surrogate', around(0xed, 0xa0, 0x80)],
    ['a character that is cut off', around(0xe2, 0x82)],
    ['beyond the last character', around(0xf5, 0x80, 0x80, 0x80)],
    ['UTF-16', Buffer.from('{"title":"x"}', 'utf16le')],
    ['a byte order mark', Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from('{"title":"x"}')])],
  ])('IN03: %s is refused, not repaired', async (_, body) => {
    await backend.changesNothing(async () => {
      for (const path of ['/data/Sample', '/auth/register']) {
        expectProblem(await send(body, { path }), { status: 400, code: 'invalid_json' });
      }
    });
    expect(await backend.state()).not.toContain('\ufffd');
  });

  it('IN03: the replacement character itself is taken escaped', async () => {
    const created = await send('{"title":"\\ufffd"}', { path: '/data/Sample' });
    expect(created).toMatchObject({ status: 201, json: { title: '\ufffd' } });
  });
});

describe('IN05 keys that come twice', () => {
  it('IN05: the last one counts, in the check and in the store', async () => {
    const refused = await send('{"title":"good","title":1}', { path: '/data/Sample' });
    expectProblem(refused, { status: 400, code: 'validation_failed', pointers: ['/title'] });
    const stored = await send('{"title":1,"hits":"x","title":"last","hits":3}', { path: '/data/Sample' });
    expect(stored).toMatchObject({ status: 201, json: { title: 'last', hits: 3 } });
    const { id } = stored.json as { id: string };
    expect((await backend.as('a', { path: `/data/Sample/${id}` })).json).toMatchObject({ title: 'last', hits: 3 });
  });

  it('IN05: no second key slips past the check of the first', async () => {
    await backend.changesNothing(async () => {
      for (const body of ['{"title":"x","owner":"A","owner":"B"}', '{"owner":"A","title":"x"}']) {
        expectProblem(await send(body, { path: '/data/Sample' }), { status: 400, code: 'read_only_field', pointers: ['/owner'] });
      }
      const twice = '{"operations":[{"op":"delete","op":"create","model":"Note","model":"Doc","body":{"title":"x"}}]}';
      expectProblem(await send(twice, { path: '/data/transaction' }), { status: 403, code: 'forbidden' });
    });
  });
});

describe('IN06 keys of prototypes', () => {
  const deep = (key: string, levels: number): string => `${'{"a":'.repeat(levels)}{"${key}":{"isAdmin":true}}${'}'.repeat(levels)}`;

  it.each([
    ...['__proto__', 'constructor', 'prototype', '\\u005f_proto__'].flatMap((key) => [
      `{"title":"x","${key}":{"isAdmin":true}}`,
      `{"title":"x","meta":${deep(key, 0)}}`,
      `{"title":"x","meta":${deep(key, 5)}}`,
      `{"title":"x","meta":{"first":[1,{"b":2}],"${key}":{"isAdmin":true}}}`,
      `{"title":"x","list":[{"a":1},[],{"${key}":null}]}`,
    ]),
    '{"title":"x","constructor":{"prototype":{"isAdmin":true}}}',
  ])('IN06: %s is refused, and pollutes nothing', async (body) => {
    await backend.changesNothing(async () => {
      expectProblem(await send(body, { path: '/data/Sample' }), { status: 400, code: 'prohibited_key' });
      const inside = `{"operations":[{"op":"create","model":"Sample","body":${body}}]}`;
      expectProblem(await send(inside, { path: '/data/transaction' }), { status: 400, code: 'prohibited_key' });
      expectProblem(await send(body, { path: '/auth/register' }), { status: 400, code: 'prohibited_key' });
    });
    const next = await send(good, { path: '/data/Sample' });
    expect(next.status).toBe(201);
    expect(next.text).not.toContain('isAdmin');
  });

  it('IN06: keys that only resemble them are plain keys', async () => {
    const meta = { proto: 1, __proto: 2, toString: 3, hasOwnProperty: 4, valueOf: 5 };
    const created = await send(text({ ...good, meta }), { path: '/data/Sample' });
    expect(created).toMatchObject({ status: 201 });
    const { id } = created.json as { id: string };
    const { json } = await backend.as('a', { path: `/data/Sample/${id}` });
    expect(JSON.parse(text((json as { meta: unknown }).meta))).toEqual(meta);
  });
});

describe('IN07 models that are properties of every object', () => {
  it.each(['constructor', 'toString', 'hasOwnProperty', '__proto__', 'valueOf', 'isPrototypeOf', '__defineGetter__', 'prototype'])(
    'IN07: %s is no model',
    async (name) => {
      for (const call of [
        { path: `/data/${name}` },
        { path: `/data/${name}/count` },
        { path: `/data/${name}/x` },
        { path: `/data/${name}/by/slug/x` },
        { method: 'POST', path: `/data/${name}`, body: good },
        { method: 'DELETE', path: `/data/${name}/x` },
      ]) {
        expectProblem(await backend.as('a', call), { status: 404, code: 'unknown_model' });
      }
      const batch = await send(text({ items: [{ model: name, id: 'x' }] }), { path: '/data/batch/read' });
      expect(batch).toMatchObject({ status: 200, json: { results: [{ status: 404, problem: { code: 'unknown_model' } }] } });
      expect((await backend.as('a', { path: '/data/Note' })).status).toBe(200);
    },
  );
});

describe('IN08, IN09 depth', () => {
  it.each<[string, string, string]>([
    ['arrays', '[', ']'],
    ['objects', '{"a":', '}'],
    ['arrays that never end', '[', ''],
    ['both', '[{"a":', '}]'],
  ])('IN08: 10,000 nested %s are refused at once', async (_, opening, closing) => {
    const nested = `${opening.repeat(10_000)}${closing === '' ? '' : 'null'}${closing.repeat(10_000)}`;
    await backend.changesNothing(async () => {
      for (const path of ['/data/Sample', '/auth/login']) {
        const refused = async () =>
          expectProblem(await send(`{"title":"x","meta":${nested}}`, { path }), { status: 400, code: 'too_deep' });
        expect(await fastestRequestMs(refused, 100)).toBeLessThan(100);
      }
    });
    expect((await send(good, { path: '/data/Sample' })).status).toBe(201);
  });

  it('IN08: brackets inside a text are no depth', async () => {
    const title = `${'[{'.repeat(50)}\\"${'['.repeat(50)}`;
    expect((await send({ title }, { path: '/data/Sample' })).status).toBe(201);
  });

  const levels = (count: number): unknown => (count === 1 ? 'x' : { a: levels(count - 1) });

  it('IN09: 33 levels are refused before the database is asked, 32 read back', async () => {
    const before = backend.traffic()['dynamodb:PutItem']?.requests;
    for (const meta of [levels(33), [levels(32)], levels(34)]) {
      expectProblem(await send(text({ title: 'x', meta }), { path: '/data/Sample' }), { status: 400, code: 'too_deep' });
    }
    expect(backend.traffic()['dynamodb:PutItem']?.requests).toBe(before);
    for (const meta of [levels(32), [levels(31)]]) {
      const created = await send(text({ title: 'x', meta }), { path: '/data/Sample' });
      expect(created.status).toBe(201);
      const { id } = created.json as { id: string };
      expect((await backend.as('a', { path: `/data/Sample/${id}` })).json).toMatchObject({ meta });
    }
  });

  it('IN09: a patch does not build what a creation may not', async () => {
    const { id } = await backend.create('a', 'Sample', { title: 'x', meta: levels(32) });
    const patch = await backend.as('a', { method: 'PATCH', path: `/data/Sample/${String(id)}`, body: { meta: levels(33) } });
    expectProblem(patch, { status: 400, code: 'too_deep' });
  });
});

describe('IN24 fields that no model has', () => {
  it.each<[string, unknown, readonly string[]]>([
    ['one', { title: 'x', titel: 'y' }, ['/titel']],
    ['several', { a: 1, b: { c: 2 }, title: 'x' }, ['/a', '/b']],
    ['one with a slash and a tilde', { 'a/b~c': 1, title: 'x' }, ['/a~1b~0c']],
    ['one without a name', { '': 1, title: 'x' }, ['/']],
  ])('IN24: %s in create, update and replace', async (_, body, pointers) => {
    const record = await backend.create('a', 'Sample', good);
    const path = `/data/Sample/${String(record['id'])}`;
    await backend.changesNothing(async () => {
      const expected = { status: 400, code: 'unknown_field', pointers } as const;
      expectProblem(await send(text(body), { path: '/data/Sample' }), expected);
      for (const method of ['PATCH', 'PUT']) expectProblem(await backend.as('a', { method, path, body }), expected);
      const inside = await send(text({ operations: [{ op: 'create', model: 'Sample', body }] }), { path: '/data/transaction' });
      expectProblem(inside, { ...expected, pointers: pointers.map((pointer) => `/operations/0/body${pointer}`) });
    });
  });
});

describe('IN25 very many items', () => {
  it.each<[string, () => unknown]>([
    ['100,000 tags', () => ({ title: 'x', tags: Array.from({ length: 100_000 }, (_, index) => `t${index}`) })],
    ['50,000 keys', () => ({ title: 'x', meta: Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`k${index}`, 1])) })],
    ['50,000 keys at the top', () => Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`k${index}`, 1]))],
  ])('IN25: %s are refused at once', async (_, make) => {
    const body = text(make());
    await backend.changesNothing(async () => {
      const refused = async () => expectProblem(await send(body, { path: '/data/Sample' }), { status: 400, code: 'too_many_items' });
      expect(await fastestRequestMs(refused, 200)).toBeLessThan(200);
    });
  });

  it('IN25: the bound of a field counts before that of all', async () => {
    const answer = await send(text({ title: 'x', tags: Array.from({ length: 21 }, String) }), { path: '/data/Sample' });
    expectProblem(answer, { status: 400, code: 'too_many_items', pointers: ['/tags'] });
  });
});

describe('IN26 compressed bodies', () => {
  it.each(['gzip', 'GZIP', 'br', 'deflate', 'gzip, identity', 'x-gzip'])('IN26: %s is not unpacked', async (encoding) => {
    const bomb = gzipSync(Buffer.from(`{"title":"${'x'.repeat(5_000_000)}"}`));
    await backend.changesNothing(async () => {
      for (const path of ['/data/Note', '/auth/login']) {
        const answer = await send(bomb, { path, headers: { 'content-encoding': encoding } });
        expectProblem(answer, { status: 415, code: 'unsupported_media_type' });
      }
    });
  });

  it('IN26: no compression is taken', async () => {
    expect((await send(text(good), { path: '/data/Sample', headers: { 'content-encoding': 'identity' } })).status).toBe(201);
  });
});

describe('IN29 what answers tell', () => {
  it('IN29: no refusal of any kind shows what is inside', async () => {
    const { id } = await backend.create('a', 'Sample', { title: 'x', slug: 'in29' });
    const calls = [
      { path: '/data/Sample?filter=%7B%22title%22%3A1%7D' },
      { path: '/data/Sample?sort=title' },
      { path: '/data/Sample?cursor=AAAA' },
      { path: '/data/Sample?filter=%7B' },
      { path: '/data/Sample/%00' },
      { path: '/data/Sample/%E0%A4%A' },
      { path: `/data/Sample/${'x'.repeat(2_000)}` },
      { path: `/data/Sample/${String(id)}?fields=#x` },
      { method: 'PATCH', path: `/data/Sample/${String(id)}`, body: { title: null } },
      { method: 'PATCH', path: `/data/Sample/${String(id)}`, body: { at: 'x', amount: '1', tags: [1] } },
      { method: 'PUT', path: `/data/Sample/${String(id)}`, body: { hits: 1.5 } },
      { method: 'POST', path: '/data/Sample', body: { title: 'x', slug: 'in29' } },
      { method: 'POST', path: '/data/Sample', body: { title: 'x', id } },
      { method: 'POST', path: '/data/Sample', body: { amount: 1e300 } },
      { method: 'DELETE', path: `/data/Sample/${String(id)}`, headers: { 'if-match': 'x' } },
      { method: 'POST', path: '/data/transaction', body: { operations: [{ op: 'delete', model: 'Sample', id: 'none' }] } },
      { method: 'POST', path: '/data/batch/write', body: { operations: [{ op: 'x' }] } },
      { method: 'POST', path: '/auth/login', body: { email: 1, password: {} } },
      { method: 'POST', path: '/auth/confirm', body: { email: 'nobody@example.com', code: '000000' } },
      { method: 'POST', path: '/auth/refresh', body: { refreshToken: 'x' } },
      { path: '/admin/users?limit=x' },
      { path: '/nowhere' },
    ];
    for (const actor of ['a', 'admin'] as const) {
      for (const call of calls) {
        const answer = await backend.as(actor, call);
        if (answer.status < 400) continue;
        expect(answer.status).toBeLessThan(500);
        expectNoInternals(answer);
        expect(answer.text).not.toMatch(/Sample[A-Z0-9]{6}|AWS_|\/work|us-east-1/);
      }
    }
    for (const call of calls) expectNoInternals(await callApi(backend.apiUrl, call));
  });
});

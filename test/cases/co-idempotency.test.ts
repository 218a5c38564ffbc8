import { expectProblem } from '../support/expect-problem.ts';
import { type CasesBackend, startCases } from './cases-backend.ts';

// Requests that come again, by the ids of the table of adversarial cases.

type Rec = Readonly<Record<string, unknown>>;

let backend: CasesBackend;
beforeAll(async () => {
  backend = await startCases();
});
afterAll(() => backend?.stop());
afterEach(() => backend.clock.set(Date.now()));

const send = (method: string, path: string, key: string | readonly string[], body?: unknown, actor: 'a' | 'b' = 'a') =>
  backend.as(actor, { method, path, body, headers: { 'idempotency-key': key } });
const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => make(index));
const titled = async (title: string, actor: 'a' | 'b' = 'a'): Promise<number> => {
  const list = await backend.as(actor, { path: `/data/Sample/count?${new URLSearchParams({ filter: JSON.stringify({ title }) })}` });
  return (list.json as { count: number }).count;
};
/** Requests of each kind that writes, on a record that is there. */
const writesOf = ({ id }: Rec): readonly (readonly [method: string, path: string, body: unknown])[] => [
  ['POST', '/data/Sample', { title: 'made', slug: `made-${String(id)}` }],
  ['PATCH', `/data/Sample/${String(id)}`, { hits: { increment: 1 } }],
  ['PUT', `/data/Sample/${String(id)}`, { title: 'replaced' }],
  ['POST', '/data/transaction', { operations: [{ op: 'create', model: 'Sample', body: { title: 'in a transaction' } }] }],
  ['POST', '/data/batch/write', { operations: [{ op: 'create', model: 'Sample', body: { title: 'in a batch' } }] }],
  ['DELETE', `/data/Sample/${String(id)}`, undefined],
];

describe('CO08, CO09 a key that comes again', () => {
  it('CO08: five times the same request has one effect and one answer', async () => {
    const record = await backend.create('a', 'Sample', { title: 'x' });
    for (const [index, [method, path, body]] of writesOf(record).entries()) {
      const key = `co08-${index}`;
      const first = await send(method, path, key, body);
      expect(first.status).toBeLessThan(300);
      expect(first.headers['idempotency-replayed']).toBeUndefined();
      await backend.changesNothing(async () => {
        for (let again = 0; again < 4; again += 1) {
          const answer = await send(method, path, key, body);
          expect({ status: answer.status, text: answer.text }).toEqual({ status: first.status, text: first.text });
          expect(answer.headers['idempotency-replayed']).toBe('true');
          expect([answer.headers.etag, answer.headers['location']]).toEqual([first.headers.etag, first.headers['location']]);
        }
      });
    }
  });

  it('CO09: another body, path, method or If-Match is refused, and the first result stays', async () => {
    const record = await backend.create('a', 'Sample', { title: 'x' });
    const path = `/data/Sample/${String(record['id'])}`;
    const first = await send('POST', '/data/Sample', 'co09', { title: 'first' });
    expect(first.status).toBe(201);
    await backend.changesNothing(async () => {
      for (const [method, where, body] of [
        ['POST', '/data/Sample', { title: 'second' }],
        ['POST', '/data/Sample', { title: 'first', hits: 0 }],
        ['POST', '/data/Note', { title: 'first', slug: 'co09' }],
        ['PATCH', path, { title: 'first' }],
        ['PUT', path, { title: 'first' }],
        ['DELETE', path, undefined],
        ['POST', '/data/transaction', { operations: [{ op: 'create', model: 'Sample', body: { title: 'first' } }] }],
        ['POST', '/data/batch/write', { operations: [{ op: 'create', model: 'Sample', body: { title: 'first' } }] }],
      ] as const) {
        expectProblem(await send(method, where, 'co09', body), { status: 422, code: 'idempotency_mismatch' });
      }
    });
    expect((await send('POST', '/data/Sample', 'co09', { title: 'first' })).json).toEqual(first.json);
  });

  it('CO09: a key of a batch or a transaction is bound to all of it', async () => {
    const operations = (title: string) => ({ operations: [{ op: 'create', model: 'Sample', body: { title } }] });
    for (const path of ['/data/transaction', '/data/batch/write']) {
      const key = `co09-${path}`;
      expect((await send('POST', path, key, operations('one'))).status).toBe(200);
      await backend.changesNothing(async () => {
        expectProblem(await send('POST', path, key, operations('two')), { status: 422, code: 'idempotency_mismatch' });
      });
    }
  });

  it('CO08: keys of different callers are apart', async () => {
    const body = { title: 'co08 callers' };
    const [ofA, ofB] = [
      await send('POST', '/data/Sample', 'co08-same', body, 'a'),
      await send('POST', '/data/Sample', 'co08-same', body, 'b'),
    ];
    expect([ofA.status, ofB.status]).toEqual([201, 201]);
    expect((ofA.json as Rec)['id']).not.toBe((ofB.json as Rec)['id']);
    expect(ofB.headers['idempotency-replayed']).toBeUndefined();
  });

  it('CO08: a key that B used tells A nothing of B’s request', async () => {
    const body = { title: 'co08 guess' };
    await send('POST', '/data/Sample', 'co08-guess', body, 'b');
    const answer = await send('POST', '/data/Sample', 'co08-guess', { title: 'other' }, 'a');
    expect(answer.status).toBe(201);
  });
});

describe('CO10 a key that comes 20 times at once', () => {
  it('CO10: makes one record; the others get its answer, or are told to wait', async () => {
    for (let round = 0; round < 3; round += 1) {
      const title = `co10-${round}`;
      const answers = await Promise.all(times(20, () => send('POST', '/data/Sample', title, { title })));
      const made = answers.filter(({ status }) => status === 201);
      expect(made.length).toBeGreaterThan(0);
      expect(new Set(made.map(({ text }) => text)).size).toBe(1);
      expect(made.filter(({ headers }) => headers['idempotency-replayed'] === undefined)).toHaveLength(1);
      for (const answer of answers.filter(({ status }) => status !== 201)) expectProblem(answer, { status: 409, code: 'in_progress' });
      expect(await titled(title)).toBe(1);
    }
  });

  it('CO10: increments once', async () => {
    const record = await backend.create('a', 'Sample', { title: 'x' });
    const path = `/data/Sample/${String(record['id'])}`;
    await Promise.all(times(20, () => send('PATCH', path, 'co10-increment', { hits: { increment: 1 } })));
    expect((await backend.as('a', { path: `${path}?consistent=true` })).json).toMatchObject({ hits: 1, version: 2 });
  });
});

describe('CO12 keys that are none', () => {
  it.each<[string, string]>([
    ['of 256 characters', 'x'.repeat(256)],
    ['empty', ''],
    ['with a blank', 'a b'],
    ['with a tab', 'a\tb'],
    ['with a character beyond ASCII', 'caf\u00e9'],
  ])('CO12: %s are refused', async (_, key) => {
    const record = await backend.create('a', 'Sample', { title: 'x' });
    await backend.changesNothing(async () => {
      for (const [method, path, body] of writesOf(record)) {
        const answer = await send(method, path, key, body);
        expectProblem(answer, { status: 400, code: 'invalid_idempotency_key' });
      }
    });
  });

  it.each(['\u0001', '\u007f', '\r\nx: y', '\n'])('CO12: a control character never leaves the client, or is refused', async (key) => {
    const status = await Promise.resolve()
      .then(() => send('POST', '/data/Sample', `a${key}`, { title: 'x' }))
      .then(
        (answer) => answer.status,
        (failure: NodeJS.ErrnoException) => failure.code,
      );
    expect([400, 'ERR_INVALID_CHAR']).toContain(status);
  });

  it('CO12: two keys are neither of them', async () => {
    const first = await send('POST', '/data/Sample', 'co12-a', { title: 'x' });
    const both = await send('POST', '/data/Sample', ['co12-a', 'co12-b'], { title: 'x' });
    expect(both.headers['idempotency-replayed']).toBeUndefined();
    expect(both.text).not.toBe(first.text);
  });

  it('CO12: 255 characters of any visible kind are taken', async () => {
    const key = Array.from({ length: 255 }, (_, index) => String.fromCharCode(0x21 + (index % 94))).join('');
    expect((await send('POST', '/data/Sample', key.replaceAll(',', ';'), { title: 'x' })).status).toBe(201);
  });
});

describe('CO14 a key that was first used for what was refused', () => {
  it.each<[string, unknown, number]>([
    ['an invalid body', { title: 1 }, 400],
    ['no JSON', '{', 400],
    ['a taken unique value', { title: 'x', slug: 'co14-taken' }, 409],
    ['too large a record', { title: 'x', text: 'x'.repeat(410_000) }, 413],
  ])('CO14: %s does not pin the refusal', async (name, body, status) => {
    const key = `co14-${name.replaceAll(' ', '-')}`;
    await send('POST', '/data/Sample', 'co14-holder', { title: 'x', slug: 'co14-taken' });
    expect((await send('POST', '/data/Sample', key, body)).status).toBe(status);
    const corrected = await send('POST', '/data/Sample', key, { title: 'corrected' });
    expect(corrected.status).toBe(201);
    expect(corrected.headers['idempotency-replayed']).toBeUndefined();
  });

  it('CO14: neither does a version that did not match, nor a transaction that was refused', async () => {
    const record = await backend.create('a', 'Sample', { title: 'x' });
    const path = `/data/Sample/${String(record['id'])}`;
    const stale = await backend.as('a', {
      method: 'PATCH',
      path,
      body: { title: 'y' },
      headers: { 'idempotency-key': 'co14-version', 'if-match': '"7"' },
    });
    expectProblem(stale, { status: 412, code: 'version_mismatch' });
    expect((await send('PATCH', path, 'co14-version', { title: 'y' })).status).toBe(200);
    const operations = (id: unknown) => ({ operations: [{ op: 'update', model: 'Sample', id, body: { title: 'z' } }] });
    expectProblem(await send('POST', '/data/transaction', 'co14-transaction', operations('none')), { status: 404, code: 'not_found' });
    expect((await send('POST', '/data/transaction', 'co14-transaction', operations(record['id']))).status).toBe(200);
  });
});

describe('CO15 how long a key is remembered', () => {
  const minute = 60 * 1_000;
  /** Access tokens last five minutes here. */
  const sendLater = async (minutes: number, key: string, body: unknown, path = '/data/Sample') => {
    backend.clock.advance(minutes * minute);
    const { accessToken: token } = await backend.logIn(backend.users.a);
    return backend.asGuest({ method: 'POST', path, token, body, headers: { 'idempotency-key': key } });
  };

  it.each<[string, unknown]>([
    ['/data/Sample', { title: 'co15' }],
    ['/data/Sample', { title: 'co15', slug: 'co15' }],
    ['/data/transaction', { operations: [{ op: 'create', model: 'Sample', body: { title: 'co15' } }] }],
    ['/data/batch/write', { operations: [{ op: 'create', model: 'Sample', body: { title: 'co15' } }] }],
  ])('CO15: %s %j is replayed after 11 minutes and after 23 hours', async (path, body) => {
    const key = `co15-${path}-${JSON.stringify(body).length}`;
    const first = await send('POST', path, key, body);
    expect(first.status).toBeLessThan(300);
    const before = await titled('co15');
    for (const minutes of [11, 23 * 60 - 11]) {
      const again = await sendLater(minutes, key, body, path);
      expect([again.status, again.text]).toEqual([first.status, first.text]);
      expect(again.headers['idempotency-replayed']).toBe('true');
    }
    backend.clock.set(Date.now());
    expect(await titled('co15')).toBe(before);
  });

  it('CO15: after 24 hours it is a new key', async () => {
    const first = await send('POST', '/data/Sample', 'co15-day', { title: 'co15 day' });
    const again = await sendLater(24 * 60 + 1, 'co15-day', { title: 'co15 another' });
    expect(again.status).toBe(201);
    expect((again.json as Rec)['id']).not.toBe((first.json as Rec)['id']);
  });
});

import { connect } from 'node:net';
import { expectNoInternals, expectProblem } from '../support/expect-problem.ts';
import { type CasesBackend, startCases } from './cases-backend.ts';

// Authorization on routes and groups (OWASP API5), by the ids of the table of adversarial cases. The routes come from /openapi.json.

interface Operation {
  readonly operationId: string;
  readonly 'x-plinth-access': string;
}
interface SpecRoute {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

const methods = ['get', 'post', 'put', 'patch', 'delete'];

let backend: CasesBackend;
let routes: readonly SpecRoute[];

beforeAll(async () => {
  backend = await startCases();
  const { paths } = (await backend.asGuest({ path: '/openapi.json' })).json as { paths: Record<string, Record<string, Operation>> };
  routes = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, operation]) =>
      methods.includes(method) ? [{ method: method.toUpperCase(), path, operation }] : [],
    ),
  );
});
afterAll(() => backend?.stop());

/** The path with a value for each parameter. */
const filled = (path: string): string => path.replace(/\{id\}/g, backend.users.b.id).replace(/\{\w+\}/g, 'x');

describe('AZ25 routes of admins', () => {
  it('are refused to users and guests, and nothing is done', async () => {
    const adminRoutes = routes.filter(({ operation }) => operation['x-plinth-access'] === 'admins');
    expect(adminRoutes.length).toBeGreaterThanOrEqual(8);
    await backend.changesNothing(async () => {
      for (const { method, path } of adminRoutes) {
        const body = method === 'GET' || method === 'DELETE' ? undefined : { groups: ['admins'], email: 'mallory@example.com' };
        const call = { method, path: filled(path), body };
        expectProblem(await backend.as('a', call), { status: 403, code: 'forbidden' });
        expectProblem(await backend.as('editor', call), { status: 403, code: 'forbidden' });
        expectProblem(await backend.asGuest(call), { status: 401, code: 'unauthenticated' });
      }
    });
  });

  it('are each marked in the document with who may call them', () => {
    expect(routes.filter(({ operation }) => operation['x-plinth-access'] === undefined)).toEqual([]);
    expect(routes.filter(({ path, operation }) => path.startsWith('/admin') && operation['x-plinth-access'] !== 'admins')).toEqual([]);
  });
});

describe('AZ26 other spellings of an admin route', () => {
  it.each([
    '//admin/users',
    '/admin//users',
    '/admin/users/',
    '/admin/users//',
    '/ADMIN/users',
    '/Admin/Users',
    '/admin%2Fusers',
    '/admin%2fusers',
    '/%61dmin/users',
    '/admin/%75sers',
    '/v1/../admin/users',
    '/data/../admin/users',
    '/data/%2e%2e/admin/users',
    '/./admin/users',
    '/admin/users;x',
    '/admin/users;x=1',
    '/admin/users%00',
    '/admin/users%20',
    '/admin/users.json',
    '/admin/users%3Fx',
    '/admin\\users',
  ])('%s reaches no handler without its check', async (path) => {
    for (const [call, refusal] of [
      [backend.as('a', { path }), 403],
      [backend.asGuest({ path }), 401],
    ] as const) {
      const answer = await call;
      expect([400, 404, refusal]).toContain(answer.status);
      expect(answer.text).not.toContain('"items"');
      if (answer.status === 404) expectProblem(answer, { status: 404, code: 'unknown_route' });
    }
  });
});

describe('AZ27 tables behind the models', () => {
  it.each([
    '_Idempotency',
    'User',
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'Session',
    'constraints',
    'Constraints',
    'note',
    'NOTE',
    'Note%00',
    'Note%20',
    'Note.x',
    '%4Eotes',
    '*',
  ])('/data/%s is no model', async (model) => {
    await backend.changesNothing(async () => {
      for (const call of [
        { path: `/data/${model}` },
        { path: `/data/${model}/count` },
        { path: `/data/${model}/x` },
        { path: `/data/${model}/by/slug/x` },
        { method: 'POST', path: `/data/${model}`, body: { title: 'x' } },
        { method: 'PATCH', path: `/data/${model}/x`, body: { title: 'x' } },
        { method: 'PUT', path: `/data/${model}/x`, body: { title: 'x' } },
        { method: 'DELETE', path: `/data/${model}/x` },
      ]) {
        expectProblem(await backend.as('a', call), { status: 404, code: 'unknown_model' });
      }
    });
  });

  it.each(['__proto__', 'constructor', 'title', 'id', 'owner', 'secret'])('no look-up goes by %s, which is not unique', async (field) => {
    const answer = await backend.as('a', { path: `/data/Note/by/${field}/x` });
    expect([400, 403, 404]).toContain(answer.status);
    expectNoInternals(answer);
  });
});

describe('AZ28 overriding the method', () => {
  const overrides = { 'x-http-method-override': 'DELETE', 'x-http-method': 'DELETE', 'x-method-override': 'DELETE' };

  it('by headers or the query is not done: a POST creates', async () => {
    const note = { title: 'x', slug: 'az28' };
    const answer = await backend.as('a', { method: 'POST', path: '/data/Note?_method=DELETE', body: note, headers: overrides });
    expect(answer.status).toBe(201);
    const { id } = answer.json as { id: string };
    await backend.changesNothing(async () => {
      const posted = await backend.as('a', { method: 'POST', path: `/data/Note/${id}?_method=DELETE`, body: {}, headers: overrides });
      expectProblem(posted, { status: 405, code: 'method_not_allowed' });
      const read = await backend.as('a', { path: `/data/Note/${id}?_method=DELETE`, headers: overrides });
      expectProblem(read, { status: 400, code: 'unknown_field', pointers: ['/query/_method'] });
      expect((await backend.as('a', { path: `/data/Note/${id}`, headers: overrides })).status).toBe(200);
    });
  });

  it('by the body is an unknown field', async () => {
    await backend.changesNothing(async () => {
      const answer = await backend.as('a', { method: 'POST', path: '/data/Note', body: { title: 'x', slug: 'az28-b', _method: 'DELETE' } });
      expectProblem(answer, { status: 400, code: 'unknown_field', pointers: ['/_method'] });
    });
  });
});

/** All methods that some route takes at this path: `/data/x/count` is a record's path, too. */
const methodsOf = (path: string): readonly string[] => {
  const fitting = routes.filter((route) => new RegExp(`^${route.path.replace(/\{\w+\}/g, '[^/]+')}$`).test(path));
  return [...new Set(fitting.map(({ method }) => method))].sort();
};

/** `node:http` treats CONNECT as a proxy's business, so it is written by hand. */
const statusOfConnect = (apiUrl: string, path: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(apiUrl);
    const socket = connect(Number(port), hostname, () => socket.write(`CONNECT ${path} HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`));
    socket.setTimeout(5_000, () => reject(new Error('CONNECT was not answered')));
    let text = '';
    socket.on('data', (chunk) => {
      text += String(chunk);
      const status = /^HTTP\/1\.1 (\d{3})/.exec(text)?.[1];
      if (status !== undefined) {
        socket.destroy();
        resolve(Number(status));
      }
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(0));
  });

/** Paths that for other methods than POST are those of a model or a record. */
const severalPaths = ['/data/transaction', '/data/batch/read', '/data/batch/write'];

describe('AZ29 methods that a route does not have', () => {
  it('are answered with 405 and the ones that it has', async () => {
    await backend.changesNothing(async () => {
      for (const path of new Set(routes.map((route) => filled(route.path)).filter((each) => !severalPaths.includes(each)))) {
        const has = methodsOf(path);
        for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND'].filter((each) => !has.includes(each))) {
          const answer = await backend.as('admin', { method, path });
          expectProblem(answer, { status: 405, code: 'method_not_allowed' });
          expect(answer.headers['allow']?.split(', ').filter((each) => each !== 'HEAD')).toEqual(has);
        }
      }
    });
  });

  it.each(severalPaths)('of %s are those of a model that there is not', async (path) => {
    await backend.changesNothing(async () => {
      for (const method of ['GET', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND']) {
        const answer = await backend.as('admin', { method, path, body: method === 'GET' ? undefined : {} });
        const { code } = answer.json as { code: string };
        expect([404, 405]).toContain(answer.status);
        expect(['unknown_model', 'method_not_allowed']).toContain(code);
      }
    });
  });

  it('HEAD is authorised like GET and has no body', async () => {
    for (const { path } of routes.filter(({ method }) => method === 'GET')) {
      for (const call of [backend.as.bind(backend, 'a'), backend.asGuest.bind(backend)]) {
        const head = await call({ method: 'HEAD', path: filled(path) });
        const get = await call({ method: 'GET', path: filled(path) });
        expect([path, head.status, head.text]).toEqual([path, get.status, '']);
      }
    }
  });

  it('CONNECT opens nothing', async () => {
    const status = await statusOfConnect(backend.apiUrl, '/admin/users');
    expect(status === 0 || status >= 400).toBe(true);
  });
});

describe('AZ31–AZ33 groups', () => {
  it('AZ31: a lost group counts from the next tokens on, and old tokens last 5 minutes at most', async () => {
    expect((await backend.as('editor', { method: 'POST', path: '/data/Doc', body: { title: 'x' } })).status).toBe(201);
    const { id, accessToken: before, refreshToken } = backend.users.editor;
    const cut = await backend.as('admin', { method: 'PUT', path: `/admin/users/${id}/groups`, body: { groups: [] } });
    expect(cut.status).toBe(200);
    const refreshed = await backend.asGuest({ method: 'POST', path: '/auth/refresh', body: { refreshToken } });
    const { accessToken, expiresInSeconds } = refreshed.json as { accessToken: string; expiresInSeconds: number };
    expect(expiresInSeconds).toBe(300);
    await backend.changesNothing(async () => {
      const answer = await backend.asGuest({ method: 'POST', path: '/data/Doc', body: { title: 'y' }, token: accessToken });
      expectProblem(answer, { status: 403, code: 'forbidden' });
      backend.clock.advance(301_000);
      const old = await backend.asGuest({ method: 'POST', path: '/data/Doc', body: { title: 'y' }, token: before });
      backend.clock.set(Date.now());
      expectProblem(old, { status: 401, code: 'unauthenticated' });
    });
  });

  it.each([
    { 'custom:groups': 'admins' },
    { 'custom:role': 'admin' },
    { 'cognito:groups': ['admins'] },
    { groups: ['admins'] },
    { sub: 'x' },
    { emailVerified: true },
    { email_verified: true },
    { id: 'x' },
  ])('AZ32: no user gives himself %j', async (attribute) => {
    await backend.changesNothing(async () => {
      const account = { email: 'mallory@example.com', password: 'correct-horse-1' };
      const registered = await backend.asGuest({ method: 'POST', path: '/auth/register', body: { ...account, ...attribute } });
      const pointers = [`/${Object.keys(attribute)[0]}`];
      expectProblem(registered, { status: 400, code: 'read_only_field', pointers });
      const changed = await backend.as('a', { method: 'PATCH', path: '/auth/me', body: attribute });
      expectProblem(changed, { status: 400, code: 'read_only_field', pointers });
    });
  });

  it('AZ32: no user writes attributes past the API either', async () => {
    await backend.changesNothing(async () => {
      for (const name of ['custom:groups', 'custom:role', 'cognito:groups', 'email_verified', 'sub']) {
        const failure = await backend.updateOwnAttribute('a', name, 'true').then(
          () => 'written',
          (error: Error) => error.name,
        );
        expect([name, failure]).toEqual([name, expect.stringMatching(/^(NotAuthorized|InvalidParameter)Exception$/)]);
      }
    });
  });

  it.each(['admins,editors', 'Admins', 'ADMINS', 'admins\u200b', 'аdmins', 'administrators', 'admin'])(
    'AZ33: the group %j is not the group admins',
    async (group) => {
      const { accessToken } = await backend.memberOf(group);
      expectProblem(await backend.asGuest({ path: '/admin/users', token: accessToken }), { status: 403, code: 'forbidden' });
      expectProblem(await backend.asGuest({ path: '/data/Doc', token: accessToken }), { status: 403, code: 'forbidden' });
    },
  );
});

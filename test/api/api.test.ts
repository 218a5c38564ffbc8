import { authRoutes } from '../../contracts/auth.ts';
import { AuthBackend } from '../auth/auth-backend.ts';
import { callApi } from '../support/call-api.ts';
import { expectProblem } from '../support/expect-problem.ts';

let backend: AuthBackend;
beforeAll(async () => {
  backend = await AuthBackend.start();
});
afterAll(() => backend?.stop());

const send = (method: string, path: string) => callApi(backend.apiUrl, { method, path });

describe('unknown routes', () => {
  it.each([
    '/',
    '/nothing',
    '/auth',
    '/auth/login/',
    '//auth/login',
    '/AUTH/login',
    '/admin/users/a/b',
    '/openapi.json/x',
    '/auth/login;x',
  ])('answers 404 for %s', async (path) => {
    for (const method of ['GET', 'POST', 'DELETE', 'OPTIONS']) {
      expectProblem(await send(method, path), { status: 404, code: 'unknown_route' });
    }
  });

  it.each([
    ['GET', '/auth/login', 'POST'],
    ['HEAD', '/auth/login', 'POST'],
    ['POST', '/auth/me', 'DELETE, GET, HEAD, PATCH'],
    ['PUT', '/admin/users/x', 'DELETE, GET, HEAD'],
    ['POST', '/openapi.json', 'GET, HEAD'],
    ['OPTIONS', '/auth/login', 'POST'],
  ])('answers 405 for %s %s', async (method, path, allow) => {
    const answer = await send(method, path);
    expect({ status: answer.status, allow: answer.headers['allow'] }).toEqual({ status: 405, allow });
    if (method === 'HEAD') expect(answer.text).toBe('');
    else expectProblem(answer, { status: 405, code: 'method_not_allowed' });
  });
});

describe('readOpenapi', () => {
  it('describes every route of accounts', async () => {
    const { status, headers, json } = await send('GET', '/openapi.json');
    expect({ status, type: headers['content-type'] }).toEqual({ status: 200, type: 'application/json' });
    const { openapi, paths } = json as { openapi: string; paths: Record<string, Record<string, unknown>> };
    expect(openapi).toMatch(/^3\.1/);
    for (const { method, path } of Object.values(authRoutes)) expect(paths[path]).toHaveProperty(method.toLowerCase());
  });

  it('has the same headers for HEAD, and no body', async () => {
    const answer = await send('HEAD', '/openapi.json');
    expect({ status: answer.status, type: answer.headers['content-type'], text: answer.text }).toEqual({
      status: 200,
      type: 'application/json',
      text: '',
    });
  });
});

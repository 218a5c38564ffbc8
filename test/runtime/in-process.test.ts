import { ApiError } from '../../contracts/errors.ts';
import { defineRoutes } from '../../contracts/route.ts';
import { inProcess } from '../../lambdas/runtime/in-process.ts';
import { inProcessFetch, inProcessUrl } from '../../lambdas/runtime/in-process-fetch.ts';
import type { ApiRequest, Caller } from '../../lambdas/runtime/request.ts';

const routes = defineRoutes({
  readThing: { method: 'GET', path: '/things/{id}', access: 'rules', summary: '-', status: 200, errors: [] },
  countThings: { method: 'GET', path: '/things/count', access: 'rules', summary: '-', status: 200, errors: [] },
  createThing: { method: 'POST', path: '/things', access: 'rules', summary: '-', status: 201, body: 'required', errors: [] },
  readOwn: { method: 'GET', path: '/things/own', access: 'signedIn', summary: '-', status: 200, errors: [] },
  sendThing: { method: 'POST', path: '/things/send', access: 'signedIn', system: true, summary: '-', status: 202, errors: [] },
  listAll: { method: 'GET', path: '/things/all', access: 'admins', summary: '-', status: 200, errors: [] },
  readOpen: { method: 'GET', path: '/things/open', access: 'anyone', summary: '-', status: 204, errors: [] },
});

let seen: Omit<ApiRequest, 'remainingMs'> | undefined;
const tell = async ({ remainingMs: _, ...request }: ApiRequest) => {
  seen = request;
  return { body: { id: request.path['id'] ?? request.routeKey } };
};
const denied = Object.assign(new Error('User is not authorized'), { name: 'AccessDeniedException' });
const things = inProcess(routes, {
  readThing: tell,
  countThings: tell,
  createThing: tell,
  readOwn: tell,
  sendThing: async () => {
    throw denied;
  },
  listAll: async () => {
    throw new Error('a secret');
  },
  readOpen: tell,
});

const guest: Caller = { kind: 'guest' };
const system: Caller = { kind: 'system', cause: { id: 'e1', depth: 2 } };
const user = (...groups: readonly string[]): Caller => ({ kind: 'user', id: 'u', username: 'u', groups, scopes: [], accessToken: '' });
const run = { requestId: 'r1', remainingMs: () => 1_000 };
const json = { 'content-type': 'application/json' };

beforeEach(() => {
  seen = undefined;
  jest.spyOn(process.stdout, 'write').mockReturnValue(true);
});
afterEach(() => jest.restoreAllMocks());

describe('inProcess', () => {
  it.each([
    ['an unknown path', { method: 'GET', path: '/other' }, system, 404, 'unknown_route'],
    ['a method that the path has not', { method: 'PUT', path: '/things' }, system, 404, 'unknown_route'],
    ['an empty segment', { method: 'GET', path: '/things/' }, system, 404, 'unknown_route'],
    ['a segment that is no UTF-8', { method: 'GET', path: '/things/%ff' }, system, 404, 'unknown_route'],
    ['a guest where a user is needed', { method: 'GET', path: '/things/own' }, guest, 401, 'unauthenticated'],
    ['the system where a user is needed', { method: 'GET', path: '/things/own' }, system, 403, 'forbidden'],
    ['a user where an admin is needed', { method: 'GET', path: '/things/all' }, user(), 403, 'forbidden'],
    ['a body of another type', { method: 'POST', path: '/things', body: '{}' }, system, 415, 'unsupported_media_type'],
    ['a body that is no JSON', { method: 'POST', path: '/things', headers: json, body: '{' }, system, 400, 'invalid_json'],
    ['a prohibited key', { method: 'POST', path: '/things', headers: json, body: '{"__proto__":{}}' }, system, 400, 'prohibited_key'],
    ['what the role of the function does not allow', { method: 'POST', path: '/things/send' }, system, 403, 'forbidden'],
    ['what fails', { method: 'GET', path: '/things/all' }, user('admins'), 500, 'internal_error'],
  ])('answers %s as the API would', async (_name, request, caller, status, code) => {
    const answer = await things(request, caller, run);
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(JSON.parse(answer.body ?? '')).toMatchObject({ status, code, requestId: 'r1', instance: request.path });
    expect(answer.body).not.toContain('secret');
    expect(seen).toBeUndefined();
  });

  it('chooses literal segments before variables, and decodes variables once', async () => {
    expect(JSON.parse((await things({ method: 'GET', path: '/things/count' }, system, run)).body ?? '')).toEqual({ id: 'countThings' });
    expect(JSON.parse((await things({ method: 'GET', path: '/things/a%2520b%2Fc' }, system, run)).body ?? '')).toEqual({ id: 'a%20b/c' });
  });

  it('hands the request over as the API would, with the caller who is given', async () => {
    const request = { method: 'POST', path: '/things', query: 'a=1&a=2', headers: json, body: '{"x":[1]}' };
    expect(await things(request, system, run)).toMatchObject({ status: 201, headers: { 'x-request-id': 'r1' } });
    expect(seen).toMatchObject({ routeKey: 'createThing', body: { x: [1] }, rawBody: '{"x":[1]}', caller: system, requestId: 'r1' });
    expect(seen?.query.getAll('a')).toEqual(['1', '2']);
  });

  it('takes everybody for a guest where no token is looked at', async () => {
    await things({ method: 'GET', path: '/things/open' }, user(), run);
    expect(seen?.caller).toEqual(guest);
  });

  it('logs failures, and nothing else', async () => {
    const write = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
    await things({ method: 'GET', path: '/things/own' }, user(), run);
    await things({ method: 'GET', path: '/nothing' }, user(), run);
    expect(write).not.toHaveBeenCalled();
    await things({ method: 'GET', path: '/things/all' }, system, run);
    expect(write).toHaveBeenCalledTimes(1);
    expect(String(write.mock.calls[0]?.[0])).toContain('a secret');
  });
});

describe('inProcessFetch', () => {
  const fetchInside = inProcessFetch({ features: { things }, caller: user(), run });

  it('answers a fetch', async () => {
    const response = await fetchInside(`${inProcessUrl}/things?x=1`, { method: 'POST', headers: json, body: '{"y":2}' });
    expect(response.status).toBe(201);
    expect(await response.json()).toEqual({ id: 'createThing' });
    expect(seen?.query.get('x')).toBe('1');
  });

  it.each(['/data/Note', '/toString', '/__proto__', '/'])('refuses %s, which is not there', async (path) => {
    const response = await fetchInside(`${inProcessUrl}${path}`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 'unknown_route', detail: expect.stringContaining('access') });
  });

  it('does not begin what was aborted', async () => {
    await expect(fetchInside(`${inProcessUrl}/things/a`, { signal: AbortSignal.abort(new ApiError('timeout', 'late')) })).rejects.toThrow(
      'late',
    );
    expect(seen).toBeUndefined();
  });

  it('answers without a body', async () => {
    const empty = inProcess(routes, {
      readThing: tell,
      countThings: tell,
      createThing: tell,
      readOwn: tell,
      sendThing: tell,
      listAll: tell,
      readOpen: async () => ({}),
    });
    const response = await inProcessFetch({ features: { things: empty }, caller: guest, run })(`${inProcessUrl}/things/open`);
    expect({ status: response.status, text: await response.text() }).toEqual({ status: 204, text: '' });
  });
});

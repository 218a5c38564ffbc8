import { type ProxyEvent, type RunningApi, runApi } from './run-api.ts';

const NOT_FOUND = '{"message":"Not Found"}';
const refuseAll = {
  authorizers: {
    None: {
      AuthorizerType: 'REQUEST',
      AuthorizerUri: 'arn:aws:lambda:eu-central-1:1:function:auth',
      IdentitySource: ['$request.header.Authorization'],
    },
  },
};

describe('routing', () => {
  let api: RunningApi;
  beforeAll(async () => {
    api = await runApi({
      routes: {
        'GET /': {},
        'GET /pets': {},
        'GET /pets/{id}': {},
        'GET /pets/dog': {},
        'ANY /pets/cat': {},
        'POST /pets/{id}': {},
        'GET /pets/{id}/vets/{vet}': {},
        'GET /pets/dog/vets/{vet}': {},
        'ANY /files/{proxy+}': {},
        'GET /files/images/{name+}': {},
      },
    });
  });
  afterAll(() => api.dispose());

  const routeOf = async (method: string, path: string): Promise<string> => {
    const answer = await api.raw(`${method} ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    return head.startsWith('HTTP/1.1 200') ? (JSON.parse(body) as ProxyEvent).routeKey : `${head.slice(9, 12)} ${body}`;
  };

  it.each([
    ['GET', '/', 'GET /'],
    ['GET', '/?a=/pets', 'GET /'],
    ['GET', '/pets', 'GET /pets'],
    ['GET', '/pets/dog', 'GET /pets/dog'],
    ['GET', '/pets/cat', 'ANY /pets/cat'],
    ['POST', '/pets/dog', 'POST /pets/{id}'],
    ['GET', '/pets/1', 'GET /pets/{id}'],
    ['GET', '/pets/%64og', 'GET /pets/dog'],
    ['GET', '/pets/a%3Fb', 'GET /pets/{id}'],
    ['GET', '/pets/1/vets/2', 'GET /pets/{id}/vets/{vet}'],
    ['GET', '/pets/dog/vets/2', 'GET /pets/dog/vets/{vet}'],
    ['GET', '/pets%2F1', 'GET /pets/{id}'],
    ['GET', '/files/a/b', 'ANY /files/{proxy+}'],
    ['DELETE', '/files/images/a', 'ANY /files/{proxy+}'],
    ['GET', '/files/images/a/b', 'GET /files/images/{name+}'],
  ])('takes %s %s to %s', async (method, path, key) => {
    expect(await routeOf(method, path)).toBe(key);
  });

  it.each([
    ['GET', '//pets', `404 ${NOT_FOUND}`],
    ['GET', '/pets/', `404 ${NOT_FOUND}`],
    ['GET', '/PETS', `404 ${NOT_FOUND}`],
    ['GET', '/v1/../pets', `404 ${NOT_FOUND}`],
    ['GET', '/./pets', `404 ${NOT_FOUND}`],
    ['GET', '/pets;x', `404 ${NOT_FOUND}`],
    ['GET', '/pets%00', `404 ${NOT_FOUND}`],
    ['GET', '/pets/a%2Fb', `404 ${NOT_FOUND}`],
    ['GET', '/files', `404 ${NOT_FOUND}`],
    ['GET', '/files/', `404 ${NOT_FOUND}`],
    ['GET', '/__proto__', `404 ${NOT_FOUND}`],
    ['PUT', '/pets', `404 ${NOT_FOUND}`],
    ['HEAD', '/pets', '404 '],
    ['TRACE', '/pets', `404 ${NOT_FOUND}`],
    ['GET', '/pets/%c0%ae', '400 {"message":"Bad Request"}'],
    ['GET', '/pets/%zz', '400 {"message":"Bad Request"}'],
    ['GET', 'http://a/pets', '400 {"message":"Bad Request"}'],
    ['OPTIONS', '*', '400 {"message":"Bad Request"}'],
    ['CONNECT', 'a:443', '400 {"message":"Bad Request"}'],
  ])('refuses %s %s', async (method, path, answer) => {
    const before = api.events.length;
    expect(await routeOf(method, path)).toBe(answer);
    expect(api.events).toHaveLength(before);
  });
});

describe('an odd spelling of a protected path', () => {
  it.each([
    '/admin/users',
    '/admin%2Fusers',
    '/%61dmin/users',
    '/admin/users%3Fa',
    '//admin/users',
    '/admin/users/',
    '/ADMIN/users',
    '/x/../admin/users',
    '/admin/users%00',
    '/admin/users;x',
  ])('never reaches the handler of the route past its authorizer: %s', async (path) => {
    const api = await runApi({ ...refuseAll, routes: { 'GET /admin/users': { authorizer: 'None' }, $default: {} } });
    const answer = await api.raw(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    if (!answer.startsWith('HTTP/1.1 401')) expect(api.events.map(({ routeKey }) => routeKey)).toEqual(['$default']);
    else expect(api.events).toEqual([]);
    await api.dispose();
  });
});

describe('the $default route', () => {
  it('takes what no other route does, whatever the method', async () => {
    const api = await runApi({ routes: { 'GET /pets': {}, $default: {} } });
    for (const [method, path] of [
      ['PUT', '/pets'],
      ['TRACE', '/pets'],
      ['OPTIONS', '/x'],
      ['HEAD', '/pets'],
    ]) {
      await api.raw(`${method} ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    }
    expect(api.events.map(({ routeKey, requestContext }) => [routeKey, requestContext.http['method']])).toEqual([
      ['$default', 'PUT'],
      ['$default', 'TRACE'],
      ['$default', 'OPTIONS'],
      ['$default', 'HEAD'],
    ]);
    await api.dispose();
  });
});

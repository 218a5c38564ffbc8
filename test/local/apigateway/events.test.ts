import { type ProxyEvent, type RunningApi, runApi } from './run-api.ts';

describe('an event of payload format 2.0', () => {
  let api: RunningApi;
  beforeAll(async () => {
    api = await runApi({ routes: { 'GET /notes/{id}': {}, 'ANY /files/{proxy+}': {}, $default: {} } });
  });
  afterAll(() => api.dispose());

  const eventOf = async (path: string, init?: RequestInit): Promise<ProxyEvent> =>
    (await api.fetch(path, init)).json() as Promise<ProxyEvent>;

  it('tells the request', async () => {
    const event = await eventOf('/notes/a%20b?x=1&x=2&y=a%2Bb', {
      headers: { 'X-Mixed': 'Case', cookie: 'a=1; b=2', 'user-agent': 'test', 'x-forwarded-for': '9.9.9.9', 'x-forwarded-host': 'evil' },
    });
    expect(event).toMatchObject({
      version: '2.0',
      routeKey: 'GET /notes/{id}',
      rawPath: '/notes/a b',
      rawQueryString: 'x=1&x=2&y=a%2Bb',
      queryStringParameters: { x: '1,2', y: 'a+b' },
      pathParameters: { id: 'a b' },
      cookies: ['a=1', 'b=2'],
      headers: { 'x-mixed': 'Case', 'x-forwarded-for': '9.9.9.9, 127.0.0.1', 'content-length': '0' },
      requestContext: {
        accountId: '123456789012',
        stage: '$default',
        routeKey: 'GET /notes/{id}',
        http: { method: 'GET', path: '/notes/a b', protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'test' },
        time: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
      },
      isBase64Encoded: false,
    });
    expect(event.headers['cookie']).toBeUndefined();
    expect(event).not.toHaveProperty('body');
    expect(event.requestContext.authorizer).toBeUndefined();
    expect(`http://${event.requestContext['domainName']}`).toBe(api.url);
  });

  it.each([
    ['application/json', '{"ü":1}', false],
    ['application/json; charset=utf-8', '{}', false],
    ['text/csv', 'a,b', false],
    ['application/xml', '<a/>', false],
    ['application/x-www-form-urlencoded', 'a=1', true],
    ['application/merge-patch+json', '{}', true],
    ['multipart/form-data; boundary=x', '--x--', true],
    ['image/png', 'png', true],
  ])('carries a body of type %s as AWS does', async (type, body, isBase64Encoded) => {
    const event = await eventOf('/x', { method: 'POST', headers: { 'content-type': type }, body });
    expect(event.isBase64Encoded).toBe(isBase64Encoded);
    expect(isBase64Encoded ? Buffer.from(event.body ?? '', 'base64').toString() : event.body).toBe(body);
  });

  it('joins repeated headers with commas', async () => {
    const answer = await api.raw('GET /x HTTP/1.1\r\nHost: a\r\nX-A: 1\r\nx-a: 2\r\nConnection: close\r\n\r\n');
    expect(answer).toContain('"x-a":"1,2"');
  });

  it('holds the greedy part of a path', async () => {
    expect(await eventOf('/files/a/b%2Fc.png')).toMatchObject({ pathParameters: { proxy: 'a/b/c.png' }, routeKey: 'ANY /files/{proxy+}' });
  });

  it('has no path parameters on the $default route', async () => {
    expect((await eventOf('/other')).pathParameters).toBeUndefined();
  });
});

describe('a named stage', () => {
  it('stands in the path, and in rawPath, but not in the route', async () => {
    const api = await runApi({ routes: { 'GET /notes': {} }, stage: { StageName: 'v1', StageVariables: { color: 'blue' } } });
    expect((await api.fetch('/notes')).status).toBe(404);
    expect(await (await api.fetch('/v1/notes')).json()).toMatchObject({
      rawPath: '/v1/notes',
      routeKey: 'GET /notes',
      requestContext: { stage: 'v1' },
      stageVariables: { color: 'blue' },
    });
    await api.dispose();
  });
});

describe('an event of payload format 1.0', () => {
  it('tells the request', async () => {
    const events: unknown[] = [];
    const invoke = async (_: string, event: unknown) => {
      events.push(event);
      return { payload: { statusCode: 200 } };
    };
    const api = await runApi({ routes: { 'POST /notes/{id}': {} }, integration: { PayloadFormatVersion: '1.0' }, invoke });
    await api.fetch('/notes/1?a=1&a=2', {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/json', cookie: 'a=1; b=2' },
    });
    expect(events[0]).toMatchObject({
      version: '1.0',
      resource: '/notes/{id}',
      path: '/notes/1',
      httpMethod: 'POST',
      headers: { cookie: 'a=1; b=2' },
      multiValueHeaders: { 'content-type': ['application/json'] },
      queryStringParameters: { a: '2' },
      multiValueQueryStringParameters: { a: ['1', '2'] },
      pathParameters: { id: '1' },
      stageVariables: null,
      body: '{}',
      isBase64Encoded: false,
      requestContext: { httpMethod: 'POST', stage: '$default', authorizer: { claims: null, scopes: null } },
    });
    await api.dispose();
  });
});

import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type RunningApi, runApi } from './run-api.ts';

const issuer = 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_abc';
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const seconds = (): number => Math.floor(Date.now() / 1_000);

interface TokenOptions {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly key?: KeyObject;
}

function token({ claims = {}, header = {}, key = privateKey }: TokenOptions = {}): string {
  const body = {
    iss: issuer,
    client_id: 'client',
    exp: seconds() + 600,
    iat: seconds() - 1,
    sub: 'user-1',
    scope: 'notes.read other',
    ...claims,
  };
  const content = `${encode({ alg: 'RS256', kid: 'one', ...header })}.${encode(body)}`;
  return `${content}.${sign('RSA-SHA256', Buffer.from(content), key).toString('base64url')}`;
}

describe('a JWT authorizer', () => {
  let keys: Server;
  let api: RunningApi;
  let requests = 0;
  let isUp = true;

  const start = (): Promise<RunningApi> =>
    runApi({
      routes: {
        'GET /any': { authorizer: 'Users' },
        'GET /scoped': { authorizer: 'Users', AuthorizationScopes: ['notes.read', 'notes.write'] },
        'GET /open': {},
      },
      authorizers: {
        Users: {
          AuthorizerType: 'JWT',
          IdentitySource: ['$request.header.Authorization'],
          JwtConfiguration: { Issuer: issuer, Audience: ['client', 'second'] },
        },
      },
      context: { endpointUrl: `http://127.0.0.1:${(keys.address() as AddressInfo).port}` },
    });

  beforeAll(async () => {
    keys = createServer((request, response) => {
      requests += 1;
      response.statusCode = isUp && request.url === '/eu-central-1_abc/.well-known/jwks.json' ? 200 : 503;
      response.end(JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'RS256', use: 'sig' }] }));
    });
    await new Promise<void>((listening) => keys.listen(0, '127.0.0.1', listening));
    api = await start();
  });
  afterAll(async () => {
    await api.dispose();
    keys.close();
  });

  const ask = (authorization: string | undefined, path = '/any'): Promise<Response> =>
    api.fetch(path, { headers: authorization === undefined ? {} : { authorization } });

  const [head = '', body = '', signature = ''] = token().split('.');
  it.each<[string, string | undefined, string | RegExp]>([
    ['no token', undefined, /^Bearer$/],
    ['an empty one', 'Bearer ', 'malformed'],
    ['noise', 'Bearer a.b.c', 'malformed'],
    ['no signature', `Bearer ${head}.${body}.`, 'malformed'],
    ['another body', `Bearer ${head}.${encode({ iss: issuer, client_id: 'client', exp: seconds() + 9 })}.${signature}`, 'signature'],
    ['another key', `Bearer ${token({ key: stranger })}`, 'signature'],
    ['alg none', `Bearer ${token({ header: { alg: 'none' } })}`, 'signing method'],
    ['alg HS256', `Bearer ${token({ header: { alg: 'HS256' } })}`, 'signing method'],
    ['alg of a prototype', `Bearer ${token({ header: { alg: 'toString' } })}`, 'signing method'],
    ['no key id', `Bearer ${token({ header: { kid: undefined } })}`, 'malformed'],
    ['an unknown key', `Bearer ${token({ header: { kid: 'two' } })}`, 'signature'],
    ['an expired one', `Bearer ${token({ claims: { exp: seconds() - 1 } })}`, 'expired'],
    ['one without an end', `Bearer ${token({ claims: { exp: undefined } })}`, 'expired'],
    ['one of the future', `Bearer ${token({ claims: { nbf: seconds() + 99 } })}`, 'not valid yet'],
    ['one of another issuer', `Bearer ${token({ claims: { iss: `${issuer}x` } })}`, 'issuer'],
    ['one of another client', `Bearer ${token({ claims: { client_id: 'x' } })}`, 'audience'],
    ['one whose aud is another, though its client is right', `Bearer ${token({ claims: { aud: 'x' } })}`, 'audience'],
    ['another scheme', `Basic ${token()}`, 'malformed'],
  ])('refuses %s', async (_, authorization, why) => {
    const answer = await ask(authorization);
    expect([answer.status, await answer.json()]).toEqual([401, { message: 'Unauthorized' }]);
    expect(answer.headers.get('www-authenticate')).toMatch(why);
    expect(api.events).toEqual([]);
  });

  it('refuses a token with none of the scopes', async () => {
    const answer = await ask(`Bearer ${token({ claims: { scope: 'notes' } })}`, '/scoped');
    expect([answer.status, await answer.json()]).toEqual([403, { message: 'Forbidden' }]);
    expect(answer.headers.get('www-authenticate')).toContain('error="insufficient_scope"');
  });

  it('hands the claims on as texts', async () => {
    const authorization = `Bearer ${token({ claims: { 'cognito:groups': ['a', 'b'], ok: true, exp: 4_000_000_000 } })}`;
    const { requestContext } = (await (await ask(authorization, '/scoped')).json()) as { requestContext: { authorizer: unknown } };
    expect(requestContext.authorizer).toEqual({
      jwt: {
        claims: expect.objectContaining({ sub: 'user-1', 'cognito:groups': '[a b]', ok: 'true', exp: '4000000000' }),
        scopes: ['notes.read'],
      },
    });
  });

  it.each([token(), `bearer ${token()}`, `Bearer ${token({ claims: { aud: ['x', 'second'], client_id: undefined } })}`])(
    'lets a valid token through',
    async (authorization) => {
      expect((await ask(authorization)).status).toBe(200);
    },
  );

  it('goes by the clock of the run', async () => {
    const authorization = `Bearer ${token()}`;
    api.context.clock.advance(601_000);
    expect((await ask(authorization)).status).toBe(401);
    api.context.clock.advance(-601_000);
    expect((await ask(authorization)).status).toBe(200);
  });

  it('fetches the keys once, and goes on without their server', async () => {
    const before = requests;
    isUp = false;
    expect((await ask(`Bearer ${token()}`)).status).toBe(200);
    expect(requests).toBe(before);
    const cold = await start();
    const answer = await cold.fetch('/any', { headers: { authorization: `Bearer ${token()}` } });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toContain('OIDC discovery endpoint communication error');
    isUp = true;
    expect((await cold.fetch('/any', { headers: { authorization: `Bearer ${token()}` } })).status).toBe(200);
    await cold.dispose();
  });

  it('is not asked on other routes', async () => {
    expect((await ask('Bearer x', '/open')).status).toBe(200);
  });
});

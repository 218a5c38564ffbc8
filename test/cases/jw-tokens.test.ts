import { expectProblem } from '../support/expect-problem.ts';
import { fastestRequestMs } from '../support/fastest-run.ts';
import { type CasesBackend, startCases } from './cases-backend.ts';
import { assembleToken, attackerKey, decodeToken, poolKey, publicPem, signToken, signWithSecret } from './forge-token.ts';

// Access tokens (OWASP API2), by the ids of the table of adversarial cases.

let backend: CasesBackend;
let other: CasesBackend;
let header: Readonly<Record<string, unknown>>;
let claims: Readonly<Record<string, unknown>>;
let pool: ReturnType<typeof poolKey>;

beforeAll(async () => {
  [backend, other] = await Promise.all([startCases(), startCases()]);
  ({ header, claims } = decodeToken(backend.users.a.accessToken));
  pool = poolKey(backend.stateFolder, backend.userPoolId);
});
afterAll(() => Promise.all([backend?.stop(), other?.stop()]));

/** Each kind of route that looks at tokens: of a user, of admins, of the rules of a model. */
const paths = ['/auth/me', '/admin/users', '/data/Note', '/data/Post'];

/** A refusal on every such route; nothing changes. */
const expectRefused = async (headers: Readonly<Record<string, string | readonly string[]>>): Promise<void> => {
  await backend.changesNothing(async () => {
    for (const path of paths) expectProblem(await backend.asGuest({ path, headers }), { status: 401, code: 'unauthenticated' });
    const write = await backend.asGuest({ method: 'POST', path: '/data/Note', body: { title: 'x', slug: 'jw' }, headers });
    expectProblem(write, { status: 401, code: 'unauthenticated' });
  });
};
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
/** A token of the pool's own key, wrong in its claims alone. */
const ofPool = (changes: Readonly<Record<string, unknown>>): string => signToken(header, { ...claims, ...changes }, pool.privateKey);
const now = (): number => Math.floor(Date.now() / 1_000);

describe('A token that is forged here', () => {
  it('is good as long as nothing is changed, so that the refusals below have one cause each', async () => {
    expect((await backend.asGuest({ path: '/data/Note', headers: bearer(ofPool({})) })).status).toBe(200);
  });
});

describe('JW01 the header', () => {
  it('is needed where no guest may enter', async () => {
    for (const path of ['/auth/me', '/admin/users', '/data/Note']) {
      expectProblem(await backend.asGuest({ path }), { status: 401, code: 'unauthenticated' });
    }
  });

  it.each<[string, (token: string) => string]>([
    ['is empty', () => ''],
    ['is blank', () => '  '],
    ['is the word alone', () => 'Bearer'],
    ['is the word and a space', () => 'Bearer '],
    ['has the scheme Basic', () => 'Basic YTpi'],
    ['has another scheme with the token', (token) => `Token ${token}`],
    ['has no scheme', (token) => token],
    ['has no space', (token) => `Bearer${token}`],
    ['has a tab', (token) => `Bearer\t${token}`],
    ['has more behind it', (token) => `Bearer ${token} x`],
    ['quotes it', (token) => `Bearer "${token}"`],
  ])('is refused when it %s', (_, make) => expectRefused({ authorization: make(backend.users.a.accessToken) }));

  it.each(['bearer', 'BEARER', 'bEaReR'])('takes the scheme as %s', async (scheme) => {
    const answer = await backend.asGuest({ path: '/auth/me', headers: { authorization: `${scheme} ${backend.users.a.accessToken}` } });
    expect(answer.status).toBe(200);
  });
});

describe('JW02–JW04, JW06 the signature', () => {
  it.each(['none', 'None', 'nOnE', 'NONE', '', 'RS384', 'ES256', null, 1])('JW02: alg %j without a signature', (alg) =>
    expectRefused(bearer(assembleToken({ ...header, alg }, claims))),
  );

  it('JW02: the signature is empty, cut or of another token', async () => {
    const [head = '', body = '', signature = ''] = backend.users.a.accessToken.split('.');
    const ofB = backend.users.b.accessToken.split('.');
    for (const token of [
      `${head}.${body}.`,
      `${head}.${body}`,
      `${head}.${body}.${signature.slice(4)}`,
      `${head}.${body}.${ofB[2]}`,
      `${head}.${ofB[1]}.${signature}`,
    ]) {
      await expectRefused(bearer(token));
    }
  });

  it('JW02: alg none with the signature of an RS256 token', async () => {
    const signature = backend.users.a.accessToken.split('.')[2];
    await expectRefused(bearer(assembleToken({ ...header, alg: 'none' }, claims, signature)));
  });

  it('JW03: HS256 with the public key as the secret', async () => {
    const pem = publicPem(pool.privateKey);
    for (const secret of [pem, pem.trim(), pem.replace(/-----[A-Z ]+-----|\n/g, '')]) {
      await expectRefused(bearer(signWithSecret({ ...header, alg: 'HS256' }, claims, secret)));
    }
  });

  it('JW04: an unknown kid, and a known one with a key of the attacker’s', async () => {
    const key = attackerKey();
    for (const kid of ['unknown', header['kid'], undefined, null, 1, '', { a: 1 }])
      await expectRefused(bearer(signToken({ ...header, kid }, claims, key)));
  });

  it('JW06: a kid that is a path, and keys that the token brings itself', async () => {
    const key = attackerKey();
    const jwk = { ...key.export({ format: 'jwk' }), kid: 'mine' };
    for (const extra of [
      { kid: '../../dev/null' },
      { kid: "x' OR '1'='1" },
      { jku: `${other.apiUrl}/keys.json` },
      { x5u: `${other.apiUrl}/cert.pem` },
      { jwk, kid: 'mine' },
      { x5c: ['AAAA'] },
      { crit: ['exp'] },
    ]) {
      await expectRefused(bearer(signToken({ ...header, ...extra }, claims, key)));
    }
  });
});

describe('JW05 2,000 random kids', () => {
  it('are refused, cost one look at the key set a cool-down, and keep nobody else out', async () => {
    // One request at a time is served by one instance of the function, which has one key set.
    const key = attackerKey();
    const good = { path: '/data/Note', token: other.users.a.accessToken };
    const token = decodeToken(good.token);
    expect((await other.asGuest(good)).status).toBe(200);
    const before = other.keySetFetches();
    const startedAt = Date.now();
    for (let index = 0; index < 2_000; index += 1) {
      const forged = signToken({ ...token.header, kid: `random-${index}` }, token.claims, key);
      const answer = await other.asGuest({ path: '/data/Note', token: forged });
      if (answer.status !== 401 || index === 0) expectProblem(answer, { status: 401, code: 'unauthenticated' });
      if (index % 100 === 0) expect((await other.asGuest(good)).status).toBe(200);
    }
    const coolDowns = Math.ceil((Date.now() - startedAt) / 10_000);
    expect(other.keySetFetches() - before).toBeLessThanOrEqual(coolDowns);
  });
});

describe('JW07, JW08 tokens for somebody else', () => {
  it('JW07: of another user pool', async () => {
    expect((await other.as('a', { path: '/data/Note' })).status).toBe(200);
    await expectRefused(bearer(other.users.a.accessToken));
  });

  it.each<[string, Readonly<Record<string, unknown>>]>([
    ['of another issuer', { iss: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_abcdefghi' }],
    ['of an issuer that begins alike', { iss: 'ISS.evil.example' }],
    ['without an issuer', { iss: undefined }],
    ['of a list of issuers', { iss: ['ISS'] }],
    ['of another app client', { client_id: '1h57kf5cpq17m0eml12EXAMPLE' }],
    ['without an app client', { client_id: undefined }],
    ['of a list of app clients', { client_id: ['CLIENT'] }],
    ['with the right client as audience only', { client_id: 'other', aud: 'CLIENT' }],
  ])('JW08: %s', (_, changes) => {
    const real = JSON.parse(
      JSON.stringify(changes).replaceAll('ISS', String(claims['iss'])).replaceAll('CLIENT', String(claims['client_id'])),
    );
    return expectRefused(bearer(ofPool({ ...changes, ...real })));
  });
});

describe('JW09 the use of a token', () => {
  it('an ID token is no access token', () => expectRefused(bearer(backend.users.a.idToken)));

  it.each(['id', 'refresh', '', undefined, null, ['access']])('a token_use of %j is none', (use) =>
    expectRefused(bearer(ofPool({ token_use: use }))),
  );

  it('an access token or an ID token is no refresh token', async () => {
    for (const refreshToken of [backend.users.a.accessToken, backend.users.a.idToken]) {
      const answer = await backend.asGuest({ method: 'POST', path: '/auth/refresh', body: { refreshToken } });
      expectProblem(answer, { status: 401, code: 'invalid_session' });
    }
  });
});

describe('JW10 the scope', () => {
  it.each(['openid', 'aws.cognito.signin.user.adminx', 'AWS.COGNITO.SIGNIN.USER.ADMIN', ''])(
    '%j does not let a token change the account',
    async (scope) => {
      const token = ofPool({ scope });
      await backend.changesNothing(async () => {
        for (const call of [
          { path: '/auth/me' },
          { method: 'PATCH', path: '/auth/me', body: { name: 'Mallory' } },
          { method: 'DELETE', path: '/auth/me', body: { password: backend.users.a.password } },
          { method: 'POST', path: '/auth/mfa', body: { password: backend.users.a.password } },
          { method: 'POST', path: '/auth/change-password', body: { password: backend.users.a.password, newPassword: 'correct-horse-2' } },
        ]) {
          expectProblem(await backend.asGuest({ ...call, token }), { status: 403, code: 'insufficient_scope' });
        }
      });
    },
  );
});

describe('JW11 the times', () => {
  it.each<[string, () => Readonly<Record<string, unknown>>]>([
    ['expired a second ago', () => ({ exp: now() - 1 })],
    ['expired an hour ago', () => ({ exp: now() - 3_600 })],
    ['no expiry', () => ({ exp: undefined })],
    ['the expiry null', () => ({ exp: null })],
    ['the expiry as a text', () => ({ exp: String(now() + 300) })],
    ['a list as the expiry', () => ({ exp: [now() + 300] })],
    ['the expiry true', () => ({ exp: true })],
    ['the expiry -1', () => ({ exp: -1 })],
    ['not before an hour from now', () => ({ nbf: now() + 3_600 })],
    ['issued an hour from now', () => ({ iat: now() + 3_600 })],
    ['no time of issue', () => ({ iat: undefined })],
    ['the time of issue as a text', () => ({ iat: 'today' })],
  ])('%s', (_, changes) => expectRefused(bearer(ofPool(changes()))));

  it.each(['1e999', '-1e300', 'NaN', '0x7fffffff'])('the expiry %s, as it is written', (exp) => {
    const text = JSON.stringify({ ...claims, exp: 'EXP' }).replace('"EXP"', exp);
    return expectRefused(bearer(signToken(header, text, pool.privateKey)));
  });

  // The runtime asks for a finite expiry only. Cognito's access tokens last a day at most, so a longer one is none of its.
  it('refuses the expiry 1e300', async () => {
    const answer = await backend.asGuest({ path: '/data/Note', token: ofPool({ exp: 1e300 }) });
    expectProblem(answer, { status: 401, code: 'unauthenticated' });
  });
});

describe('JW15, JW16 tokens in other places', () => {
  it('JW15: neither the query nor a cookie carries a token, and no log keeps it', async () => {
    const { accessToken } = backend.users.a;
    for (const path of [`/data/Note?access_token=${accessToken}`, `/auth/me?access_token=${accessToken}&token=${accessToken}`]) {
      expectProblem(await backend.asGuest({ path, headers: { cookie: `access_token=${accessToken}; token=${accessToken}` } }), {
        status: 401,
        code: 'unauthenticated',
      });
    }
    await backend.as('a', { path: '/auth/me' });
    expect(backend.logText()).not.toContain(accessToken.split('.')[2]);
    expect(backend.logText()).not.toContain(accessToken.split('.')[1]);
  });

  it('JW16: two headers, or two tokens in one, are refused in any order', async () => {
    const good = `Bearer ${backend.users.a.accessToken}`;
    const admin = `Bearer ${backend.users.admin.accessToken}`;
    const bad = 'Bearer x.y.z';
    for (const [first, second] of [
      [good, bad],
      [bad, good],
      [good, admin],
      [admin, good],
      [good, good],
    ] as const) {
      for (const authorization of [[first, second], `${first}, ${second}`, `${first},${second}`]) {
        const answer = await backend.asGuest({ path: '/admin/users', headers: { authorization } });
        expect([400, 401]).toContain(answer.status);
        if (answer.status === 401) expectProblem(answer, { status: 401, code: 'unauthenticated' });
      }
    }
  });
});

describe('JW17 tokens that are no tokens', () => {
  const deep = (levels: number): string => `{"sub":${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}}`;

  it.each<[string, () => string]>([
    ['of 16 KB', () => signToken(header, { ...claims, pad: 'x'.repeat(12_000) }, pool.privateKey)],
    ['of 7 KB with the attacker’s key', () => signToken(header, { ...claims, pad: 'x'.repeat(4_000) }, attackerKey())],
    ['of dots', () => '..'],
    ['of many dots', () => '.'.repeat(5_000)],
    ['of two parts', () => backend.users.a.accessToken.split('.').slice(0, 2).join('.')],
    ['of four parts', () => `${backend.users.a.accessToken}.x`],
    ['in base64 with padding', () => `${backend.users.a.accessToken}==`],
    ['with a character outside of base64url', () => backend.users.a.accessToken.replace('.', '!.')],
    ['with a NUL', () => backend.users.a.accessToken.replace('.', '%00.')],
    ['whose header is no JSON', () => assembleToken('{', claims, 'AAAA')],
    ['whose header is a list', () => signToken('[]', claims, pool.privateKey)],
    ['whose header is null', () => signToken('null', claims, pool.privateKey)],
    ['whose claims are no JSON', () => signToken(header, '{"sub":', pool.privateKey)],
    ['whose claims are null', () => signToken(header, 'null', pool.privateKey)],
    ['whose claims are a list', () => signToken(header, '[1]', pool.privateKey)],
    ['whose claims are a text', () => signToken(header, '"x"', pool.privateKey)],
    ['whose claims are 1,000 levels deep', () => signToken(header, deep(1_000), pool.privateKey)],
    ['whose claims have a prototype key', () => signToken(header, '{"__proto__":{"sub":"x"}}', pool.privateKey)],
    [
      'that says everything twice',
      () =>
        signToken(
          header,
          JSON.stringify(claims)
            .replace('{', '{"exp":1,')
            .replace(/"exp":\d{5,}/, '"exp":1'),
          pool.privateKey,
        ),
    ],
  ])('%s is refused', async (_, make) => {
    const token = make();
    await backend.changesNothing(async () => {
      for (const path of paths) {
        const answer = await backend.asGuest({ path, token });
        // The gateway itself may find the headers too large.
        if (answer.status !== 431) expectProblem(answer, { status: 401, code: 'unauthenticated' });
      }
    });
    expect((await backend.as('a', { path: '/data/Note' })).status).toBe(200);
  });

  it('claims that are 10^5 levels deep are refused at once', async () => {
    const token = signToken(header, deep(100_000), pool.privateKey);
    const refused = async () => expect([400, 401, 431]).toContain((await backend.asGuest({ path: '/data/Note', token })).status);
    expect(await fastestRequestMs(refused, 500)).toBeLessThan(500);
    expect((await backend.as('a', { path: '/data/Note' })).status).toBe(200);
  });
});

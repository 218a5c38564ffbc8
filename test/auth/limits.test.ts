import { authLimits } from '../../contracts/auth.ts';
import { canonicalEmail } from '../../lambdas/auth/canonical-email.ts';
import { sourceOf } from '../../lambdas/auth/limits.ts';
import { openSession, sealSession } from '../../lambdas/auth/login-session.ts';
import { hashRecoveryCode, makeRecoveryCodes } from '../../lambdas/auth/recovery-codes.ts';
import { openCursor, sealCursor } from '../../lambdas/auth/users-cursor.ts';

describe('sourceOf', () => {
  it.each([
    ['203.0.113.9', '203.0.113.9'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8:1:2::9', '2001:db8:1:2'],
    ['2001:0DB8:0001:0002::', '2001:db8:1:2'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
  ])('counts %s as %s', (sourceIp, source) => {
    expect(sourceOf({ sourceIp })).toBe(source);
  });
});

describe('canonicalEmail', () => {
  it.each([
    ['Ann@Example.com', 'ann@example.com'],
    ['  ann@example.com\t', 'ann@example.com'],
    ['ann@example.com.', 'ann@example.com'],
    ['\uff21nn@example.com', 'ann@example.com'],
    ['ann+notes@mail.example.com', 'ann+notes@mail.example.com'],
  ])('writes %j as %s', (text, email) => {
    expect(canonicalEmail(text)).toBe(email);
  });

  it.each([
    'ann',
    'ann@',
    '@example.com',
    'a b@example.com',
    'a@b@c.de',
    'ann@example',
    'ann@-example.com',
    'ann@exa_mple.com',
    'ann@example.com..',
    '"a"@example.com',
    `${'x'.repeat(65)}@example.com`,
    'ann@ex\u00e4mple.com',
    `ann@${'x.'.repeat(150)}com`,
  ])('refuses %j', (text) => {
    expect(() => canonicalEmail(text)).toThrow(expect.objectContaining({ code: 'validation_failed' }));
  });
});

describe('login sessions', () => {
  it('give back what they were made of', () => {
    const session = { username: 'f81d4fae-7dec-41d0-a765-00a0c91e6bf6', cognitoSession: 'AYABe.Fo_x-'.repeat(9) };
    expect(openSession(sealSession(session))).toEqual(session);
  });

  it.each(['', 'x'.repeat(40), `.${'x'.repeat(40)}`, `eA.${'x'.repeat(5)}`, `${'eHh4'.repeat(80)}.${'x'.repeat(40)}`])(
    'refuse %j',
    (text) => {
      expect(() => openSession(text)).toThrow(expect.objectContaining({ code: 'invalid_session' }));
    },
  );
});

describe('cursors of users', () => {
  it('are good for their own search only', () => {
    const cursor = sealCursor('ann', 'token');
    expect(openCursor('ann', cursor)).toBe('token');
    expect(() => openCursor('bea', cursor)).toThrow(expect.objectContaining({ code: 'invalid_cursor' }));
    expect(() => openCursor('ann', 'bm90IGpzb24')).toThrow(expect.objectContaining({ code: 'invalid_cursor' }));
  });
});

describe('recovery codes', () => {
  it('are all different, and the same however they are typed', () => {
    const codes = makeRecoveryCodes();
    expect(new Set(codes).size).toBe(codes.length);
    for (const code of codes) {
      expect(code).toMatch(/^([0-9a-hjkmnp-tv-z]{4}-){3}[0-9a-hjkmnp-tv-z]{4}$/);
      const typed = code.toUpperCase().replaceAll('-', ' ').replaceAll('0', 'O').replaceAll('1', 'l');
      expect(hashRecoveryCode(typed)).toBe(hashRecoveryCode(code));
    }
  });
});

describe('authLimits', () => {
  it('has a counter of its own for each limit', () => {
    const names = Object.values(authLimits).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});

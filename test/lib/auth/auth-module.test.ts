import { accountRoutes, userRoutes } from '../../../contracts/auth.ts';
import type { Validator } from '../../../contracts/compiled.ts';
import { authModule } from '../../../lib/auth/auth-module.ts';
import { completeAuthOptions } from '../../../lib/auth/complete-auth-options.ts';
import { fastestRunMs } from '../../support/fastest-run.ts';
import { loadModule } from '../../support/load-module.ts';

const options = completeAuthOptions({ groups: ['editors'] });
const exported = loadModule(authModule(options, Object.keys({ ...accountRoutes, ...userRoutes })));
const validators = exported['validators'] as Readonly<Record<string, Validator>>;

describe('authModule', () => {
  it('exports the options', () => {
    expect(exported['auth']).toEqual(options);
  });

  it('has a validator for each route with a body', () => {
    const withBody = Object.entries({ ...accountRoutes, ...userRoutes }).filter(([, route]) => 'body' in route);
    expect(Object.keys(validators).sort()).toEqual(withBody.map(([key]) => key).sort());
  });

  it.each([
    ['an operator in place of a text', 'login', { email: { $ne: null }, password: { $ne: null } }],
    ['a field that only the server sets', 'register', { email: 'a@example.com', password: 'secret123', email_verified: true }],
    ['a missing password', 'register', { email: 'a@example.com' }],
    ['a code that is no number', 'confirm', { email: 'a@example.com', code: 'abcdef' }],
    [
      'both answers to a challenge',
      'answerChallenge',
      { email: 'a@example.com', session: 's'.repeat(20), code: '123456', newPassword: 'x' },
    ],
  ])('refuses %s', (_name, route, body) => {
    expect(validators[route]?.(body)).toBe(false);
  });

  it.each(Object.keys(validators))('takes linear time for %s', (route) => {
    const long = [' ', 'a', '1', '@', 'a@', 'a.', '\u00a0'].map((part) => `${part.repeat(50_000)}!`);
    for (const text of [...long, `a@${'a'.repeat(50_000)}`, `a@${'a.'.repeat(25_000)} ${' '.repeat(50_000)}!`]) {
      const body = { email: text, code: text, name: text, session: text, refreshToken: text, password: text };
      expect(fastestRunMs(() => validators[route]?.(body))).toBeLessThan(50);
    }
  });
});

describe('completeAuthOptions', () => {
  it('has the documented defaults', () => {
    expect(completeAuthOptions({})).toEqual({
      groups: [],
      adminGroup: 'admins',
      accessTokenMinutes: 15,
      refreshTokenDays: 30,
      selfRegistration: true,
      password: { minLength: 8, requireDigits: true, requireLowercase: true, requireUppercase: false, requireSymbols: false },
    });
  });

  it.each([
    [{ groups: ['a b'] }, /auth\.groups has "a b"/],
    [{ groups: ['admins'] }, /"admins", which is the admin group/],
    [{ groups: ['a', 'a'] }, /names a group twice/],
    [{ adminGroup: '' }, /auth\.groups has ""/],
    [{ password: { minLength: 5 } }, /auth\.password\.minLength is 5: use a whole number of characters from 6 to 99/],
    [{ accessTokenMinutes: 4 }, /auth\.accessTokenMinutes is 4.*from 5 to 1440/],
    [{ refreshTokenDays: 0.5 }, /auth\.refreshTokenDays is 0\.5/],
  ])('refuses %j', (given, message) => {
    expect(() => completeAuthOptions(given)).toThrow(message);
  });
});

import type { Body } from '../data/relations-backend.ts';
import { type ApiAnswer, callApi } from '../support/call-api.ts';
import { expectProblem } from '../support/expect-problem.ts';
import { HooksBackend } from './hooks-backend.ts';

let backend: HooksBackend;
beforeAll(async () => {
  backend = await HooksBackend.start();
});
afterAll(() => backend.stop());

const password = 'correct-horse-1';
const register = (email: string, more: object = {}): Promise<ApiAnswer> =>
  callApi(backend.local.apiUrl, { method: 'POST', path: '/auth/register', body: { email, password, ...more } });
const accounts = async (): Promise<string> => JSON.stringify(((await backend.local.dump()) as Body)['cognito-idp']);

describe('FN15 the hook before a registration', () => {
  it('refuses with its own words, and no account is made', async () => {
    const answer = await register('refused@example.com');
    const problem = expectProblem(answer, { status: 403, code: 'registration_refused' });
    expect(problem.detail).toBe('Register with the address of your company.');
    expect(problem.reason).toBe('private_address');
    expect(await accounts()).not.toContain('refused@example.com');
    expect(backend.local.inbox.list('refused@example.com')).toEqual([]);
  });

  it.each(['thrown@example.com', 'odd@example.com', 'admin@example.com', 'taken@example.com', 'long@example.com'])(
    'refuses %s, about whom it fails or asks for what it may not',
    async (email) => {
      const answer = await register(email);
      expectProblem(answer, { status: 502, code: 'hook_failed' });
      expect(answer.text).not.toContain('sk_live');
      expect(await accounts()).not.toContain(email);
      expect(await accounts()).not.toContain('other@example.com');
    },
  );

  it.each([
    ['a password against the policy', { password: 'short' }, 'invalid_password'],
    ['a field that is not there', { groups: ['admins'] }, 'read_only_field'],
  ] as const)('is not asked about %s', async (_name, more, code) => {
    await backend.asked();
    expectProblem(await register('early@example.com', more), { status: 400, code });
    expect(await backend.asked()).toEqual([]);
  });

  it('is told the address and the name, and never the password', async () => {
    await backend.asked();
    expect((await register('New.Person@Example.com', { name: 'Ann' })).status).toBe(202);
    const asked = await backend.asked();
    expect(asked).toEqual([
      {
        kind: 'hook',
        point: 'signUp',
        email: expect.stringMatching(/new\.person@example\.com/i),
        name: 'Ann',
        requestId: expect.any(String),
      },
    ]);
    expect(JSON.stringify(asked)).not.toContain(password);
  });

  it('changes the name', async () => {
    expect((await register('named@example.com', { name: 'Ann' })).status).toBe(202);
    expect(await accounts()).toContain('Ann of Example');
  });

  it('is asked about addresses that have an account, too, so that its answer does not tell them apart', async () => {
    await register('twice@example.com');
    await backend.asked();
    const [again, fresh] = [await register('twice@example.com'), await register('fresh@example.com')];
    expect([again.status, again.text]).toEqual([fresh.status, fresh.text]);
    expect((await backend.asked()).map((event) => (event as Body).email)).toEqual(['twice@example.com', 'fresh@example.com']);
  });
});

import { expectProblem } from '../support/expect-problem.ts';
import { AuthBackend, goodPassword } from './auth-backend.ts';

describe('register without self-registration', () => {
  let backend: AuthBackend;
  beforeAll(async () => {
    backend = await AuthBackend.start({ selfRegistration: false });
  });
  afterAll(() => backend?.stop());

  it('refuses everybody in the same way', async () => {
    const { email } = await backend.newAccount();
    const users = await backend.users();
    for (const address of [email, backend.newEmail()]) {
      const answer = await backend.call('register', { body: { email: address, password: goodPassword } });
      expectProblem(answer, { status: 403, code: 'registration_refused' });
    }
    expect(await backend.users()).toBe(users);
  });
});

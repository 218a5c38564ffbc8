import type { LocalBackend } from '../../local/local-backend.ts';
import { signUpUser, startTestBackend } from '../support/start-local.ts';

let backend: LocalBackend;

beforeAll(async () => {
  backend = await startTestBackend();
});

afterAll(() => backend?.dispose());

describe('the example in local mode', () => {
  it('takes a person from registration to a record, within the rights of its roles', async () => {
    const user = await signUpUser(backend);
    const send = (method: string, path: string, body?: object) =>
      fetch(`${backend.apiUrl}${path}`, {
        method,
        headers: { authorization: `Bearer ${user.accessToken}`, 'content-type': 'application/json' },
        ...(body && { body: JSON.stringify(body) }),
      });
    const created = await send('POST', '/data/Note', { title: 'First', slug: 'first' });
    expect([created.status, await created.clone().json()]).toMatchObject([201, { title: 'First' }]);
    const { id } = (await created.json()) as { id: string };
    expect((await send('GET', `/data/Note/${id}`)).status).toBe(200);
    expect((await fetch(`${backend.apiUrl}/data/Note/${id}`)).status).toBe(404);
    expect(backend.accessReport().denied).toEqual([]);
  });
});

import { setTimeout } from 'node:timers/promises';
import { type ClientOptions, createClient, memoryStorage, type TokenStorage, webStorage } from '../../client/client.ts';
import type { backend as definition } from './notes-backend.ts';
import { RotatingBackend } from './rotating-backend.ts';
import { problem, type ScriptedServer, startScriptedServer } from './scripted-server.ts';

const refresh = 'POST /auth/refresh';
const read = 'GET /data/Note/1';

let backend: RotatingBackend;
let server: ScriptedServer;
beforeEach(async () => {
  backend = new RotatingBackend();
  server = await startScriptedServer(backend.script);
});
afterEach(() => server.close());

const newClient = (options: Partial<ClientOptions> = {}) => {
  const client = createClient<typeof definition>({ url: server.url, retries: 0, ...options });
  const changes: boolean[] = [];
  client.auth.onChange((signedIn) => changes.push(signedIn));
  return { auth: client.auth, notes: client.data.Note, changes };
};
const signedIn = async (options: Partial<ClientOptions> = {}) => {
  const client = newClient(options);
  await client.auth.login({ email: 'a@example.com', password: 'p' });
  client.changes.length = 0;
  return client;
};
const at20 = (run: () => Promise<unknown>) => Promise.allSettled(Array.from({ length: 20 }, run));

describe('Session', () => {
  it('sends a guest’s requests without a token and renews nothing', async () => {
    const { notes, changes } = newClient();
    await expect(notes.read('1')).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(server.seen.map(({ headers }) => headers.authorization)).toEqual([undefined]);
    expect(changes).toEqual([]);
  });

  it('sends no token to the routes of guests', async () => {
    const { auth } = await signedIn();
    await auth.forgotPassword({ email: 'a@example.com' }).catch(() => undefined);
    expect(server.seen.at(-1)).toMatchObject({ url: '/auth/forgot-password' });
    expect(server.seen.at(-1)?.headers.authorization).toBeUndefined();
  });

  it('takes no other 401 for a refused token', async () => {
    const { auth, changes } = await signedIn();
    await expect(auth.changePassword({ password: 'x', newPassword: 'y' })).rejects.toMatchObject({ code: 'invalid_credentials' });
    expect(backend.count(refresh)).toBe(0);
    expect(changes).toEqual([]);
  });

  it('tells of sign-in and sign-out', async () => {
    const { auth, changes } = newClient();
    const stop = auth.onChange(() => {
      throw new Error('told after it was stopped');
    });
    stop();
    await auth.login({ email: 'a@example.com', password: 'p' });
    expect(await auth.isSignedIn()).toBe(true);
    await auth.logout();
    await auth.logout();
    expect(await auth.isSignedIn()).toBe(false);
    expect(changes).toEqual([true, false]);
    expect(server.seen.filter(({ url }) => url === '/auth/logout').map(({ body }) => body)).toEqual(['{"refreshToken":"refresh-1"}']);
  });

  it('signs out here even if the backend cannot be reached', async () => {
    const { auth, changes } = await signedIn();
    await server.close();
    await expect(auth.logout()).rejects.toMatchObject({ name: 'NetworkError' });
    expect(await auth.isSignedIn()).toBe(false);
    expect(changes).toEqual([false]);
  });

  it('goes on with the tokens of a changed password', async () => {
    const { auth, notes, changes } = await signedIn();
    backend.passwordIsRight = true;
    await auth.changePassword({ password: 'x', newPassword: 'y' });
    expect(await auth.accessToken()).toBe('access-2');
    expect(await notes.read('1')).toEqual({ id: '1' });
    expect(changes).not.toContain(false);
  });

  it('signs out when a changed password leads to a challenge', async () => {
    const { auth, changes } = await signedIn();
    backend.passwordIsRight = true;
    backend.challenges = true;
    expect(await auth.changePassword({ password: 'x', newPassword: 'y' })).toMatchObject({ challenge: 'authenticator_code' });
    expect(await auth.isSignedIn()).toBe(false);
    expect(changes).toEqual([false]);
    backend.challenges = false;
    await auth.answerChallenge({ email: 'a@example.com', session: 's', code: '123456' });
    expect(await auth.isSignedIn()).toBe(true);
  });

  it('signs out when the account is deleted', async () => {
    const { auth, changes } = await signedIn();
    await auth.deleteMe();
    expect(await auth.isSignedIn()).toBe(false);
    expect(changes).toEqual([false]);
  });
});

describe('Renewal (UI13)', () => {
  it('renews once for 20 refused requests and sends each of them once more', async () => {
    const { notes, changes } = await signedIn();
    backend.refuseAccess();
    const results = await at20(() => notes.read('1'));
    expect(results.map(({ status }) => status)).toEqual(Array(20).fill('fulfilled'));
    expect(backend.count(refresh)).toBe(1);
    expect(backend.count(read)).toBe(40);
    expect(changes).toEqual([]);
  });

  it('tells of one sign-out and does not loop when 20 refused requests cannot be renewed', async () => {
    const { auth, notes, changes } = await signedIn();
    backend.refuseAccess();
    backend.refreshFails = problem(401, 'invalid_session');
    const results = await at20(() => notes.read('1'));
    expect(results.map(({ status }) => status)).toEqual(Array(20).fill('rejected'));
    expect(backend.count(refresh)).toBe(1);
    expect(backend.count(read)).toBe(20);
    expect(changes).toEqual([false]);
    expect(await auth.isSignedIn()).toBe(false);
  });

  it('stays signed in when the renewed token is refused too, and does not loop', async () => {
    const { auth, notes, changes } = await signedIn();
    backend.refusesAll = true;
    await expect(notes.read('1')).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(backend.calls).toEqual(['POST /auth/login', read, refresh, read]);
    expect(await auth.isSignedIn()).toBe(true);
    expect(changes).toEqual([]);
  });

  it.each([['drop' as const], [problem(503, 'unavailable')], [problem(429, 'rate_limited')]])(
    'stays signed in when the renewal meets a passing failure: %j',
    async (failure) => {
      const { auth, notes, changes } = await signedIn();
      backend.refuseAccess();
      backend.refreshFails = failure;
      await at20(() => notes.read('1'));
      expect(backend.count(refresh)).toBe(1);
      backend.refreshFails = undefined;
      await setTimeout(150);
      expect(await notes.read('1')).toEqual({ id: '1' });
      expect(await auth.isSignedIn()).toBe(true);
      expect(changes).toEqual([]);
    },
  );

  it('renews a token before it expires, once for all requests', async () => {
    backend.lifetimeSeconds = 20;
    const { notes } = await signedIn();
    backend.lifetimeSeconds = 900;
    await at20(() => notes.read('1'));
    expect(backend.count(refresh)).toBe(1);
    expect(backend.count(read)).toBe(20);
  });

  it('renews on request', async () => {
    const { auth } = await signedIn();
    expect(await auth.accessToken()).toBe('access-1');
    await auth.refresh();
    expect(await auth.accessToken()).toBe('access-2');
  });

  it('stops waiting for a renewal when the request is aborted', async () => {
    const { notes } = await signedIn();
    backend.refuseAccess();
    backend.refreshFails = 'hang';
    const before = Date.now();
    await expect(notes.read('1', {}, { signal: AbortSignal.timeout(100) })).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(Date.now() - before).toBeLessThan(2_000);
  });

  it('is not signed in again by a renewal that a logout overtakes', async () => {
    const { auth, notes } = await signedIn();
    backend.refuseAccess();
    const reading = notes.read('1').catch(() => undefined);
    await Promise.all([reading, auth.logout()]);
    expect(await auth.isSignedIn()).toBe(false);
    expect(backend.count('POST /auth/logout')).toBe(1);
  });
});

/** One browser profile: a storage that two clients share, with its events. */
const sharedStorage = (): (() => TokenStorage) => {
  let kept: string | null = null;
  let turn: Promise<unknown> = Promise.resolve();
  const watchers: (() => void)[] = [];
  return () => {
    let watcher: (() => void) | undefined;
    const changed = (text: string | null) => {
      kept = text;
      for (const other of watchers) if (other !== watcher) other();
    };
    return {
      get: async () => kept,
      set: async (text) => changed(text),
      remove: async () => changed(null),
      watch: (listener) => {
        watcher = listener;
        watchers.push(listener);
      },
      alone: (run) => {
        const result = turn.then(run);
        turn = result.catch(() => undefined);
        return result;
      },
    };
  };
};

describe('Two tabs', () => {
  it('use a refresh token once', async () => {
    const storage = sharedStorage();
    const first = await signedIn({ storage: storage() });
    const second = newClient({ storage: storage() });
    await second.notes.read('1');
    backend.refuseAccess();
    await Promise.all([at20(() => first.notes.read('1')), at20(() => second.notes.read('1'))]);
    expect(backend.count(refresh)).toBe(1);
    expect(await second.notes.read('1')).toEqual({ id: '1' });
    expect([first.changes, second.changes]).toEqual([[], []]);
  });

  it('sign in and out together', async () => {
    const storage = sharedStorage();
    const first = newClient({ storage: storage() });
    const second = newClient({ storage: storage() });
    expect(await second.auth.isSignedIn()).toBe(false);
    await first.auth.login({ email: 'a@example.com', password: 'p' });
    await setTimeout(10);
    expect(await second.auth.isSignedIn()).toBe(true);
    await first.auth.logout();
    await setTimeout(10);
    expect(await second.auth.isSignedIn()).toBe(false);
    expect(second.changes).toEqual([true, false]);
  });
});

describe('Storage', () => {
  it('keeps the session across visits, without the ID token', async () => {
    const storage = memoryStorage();
    await signedIn({ storage });
    expect(await newClient({ storage }).notes.read('1')).toEqual({ id: '1' });
    expect(Object.keys(JSON.parse((await storage.get()) ?? ''))).toEqual(['accessToken', 'refreshToken', 'expiresAt']);
  });

  it.each(['', '{', 'null', '[]', '{"accessToken":1}', '{"accessToken":"a","refreshToken":"b","expiresAt":"c"}'])(
    'takes %j for no session',
    async (text) => {
      const storage = memoryStorage();
      await storage.set(text);
      expect(await newClient({ storage }).auth.isSignedIn()).toBe(false);
    },
  );

  it('uses the localStorage of a page, and in Node memory', async () => {
    const entries = new Map<string, string>();
    const localStorage = {
      getItem: (key: string) => entries.get(key) ?? null,
      setItem: (key: string, value: string) => void entries.set(key, value),
      removeItem: (key: string) => void entries.delete(key),
    };
    await signedIn();
    expect(await newClient().auth.isSignedIn()).toBe(false);
    Object.assign(globalThis, { document: {} });
    Object.defineProperty(globalThis, 'localStorage', { value: localStorage, configurable: true });
    try {
      await signedIn();
      expect([...entries.keys()]).toEqual([`plinth ${server.url}`]);
      expect(await newClient().auth.isSignedIn()).toBe(true);
    } finally {
      Reflect.deleteProperty(globalThis, 'document');
      Reflect.deleteProperty(globalThis, 'localStorage');
    }
  });

  it('notices the changes of other tabs to its own entry only', () => {
    const listeners: ((event: { key: string | null }) => void)[] = [];
    Object.assign(globalThis, {
      addEventListener: (_: string, listener: (event: { key: string | null }) => void) => listeners.push(listener),
    });
    try {
      const noticed = jest.fn();
      webStorage({ getItem: () => null, setItem: () => undefined, removeItem: () => undefined }, 'mine').watch?.(noticed);
      for (const key of ['other', 'mine', null]) listeners[0]?.({ key });
      expect(noticed).toHaveBeenCalledTimes(2);
    } finally {
      Reflect.deleteProperty(globalThis, 'addEventListener');
    }
  });
});

describe('A client for a server', () => {
  it('asks for the token of each request and keeps none', async () => {
    const given = ['access-7', undefined];
    const { notes, changes } = newClient({ accessToken: async () => given.shift() });
    await expect(notes.read('1')).rejects.toMatchObject({ code: 'unauthenticated' });
    await expect(notes.read('1')).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(server.seen.map(({ headers }) => headers.authorization)).toEqual(['Bearer access-7', undefined]);
    expect(backend.count(refresh)).toBe(0);
    expect(changes).toEqual([]);
  });
});

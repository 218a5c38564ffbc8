import { createClient, memoryStorage, PushUnavailableError, type TokenStorage } from '../../client/client.ts';
import type { ServiceWorkerLike, SubscriptionLike } from '../../client/push-types.ts';
import type { backend } from './notes-backend.ts';
import { problem, type ScriptedServer, type SeenRequest, type Step, startScriptedServer } from './scripted-server.ts';

const publicKey = Buffer.alloc(65, 4).toString('base64url');
const keys = { p256dh: 'p', auth: 'a' };

let server: ScriptedServer | undefined;
const start = async (
  script: (request: SeenRequest) => Step | undefined = () => undefined,
  deviceStorage: TokenStorage = memoryStorage(),
) => {
  server = await startScriptedServer((request) => {
    const own = script(request);
    if (own !== undefined) return own;
    if (request.url === '/push/web-key') return { json: { publicKey } };
    const device = request.body === '' ? undefined : JSON.parse(request.body);
    return { json: { id: `id of ${device?.token ?? device?.subscription.endpoint}`, platform: 'fcm', enabled: true } };
  });
  const { push } = createClient<typeof backend>({ url: server.url, accessToken: () => 'token', deviceStorage });
  const sent = server.seen;
  return { push, sent, bodies: () => sent.filter(({ body }) => body !== '').map(({ body }) => JSON.parse(body)), deviceStorage };
};

const scope = globalThis as { Notification?: { requestPermission(): Promise<string> } };
afterEach(async () => {
  delete scope.Notification;
  await server?.close();
  server = undefined;
});

/** A browser whose push service gives one subscription after the other. */
const startBrowser = (key?: Uint8Array) => {
  let current: SubscriptionLike | null = null;
  let count = 0;
  const subscribe = async (applicationServerKey: string | Uint8Array): Promise<SubscriptionLike> => {
    count += 1;
    const endpoint = `https://push.example/${count}`;
    const bytes = new Uint8Array(
      typeof applicationServerKey === 'string' ? Buffer.from(applicationServerKey, 'base64url') : applicationServerKey,
    );
    current = {
      options: { applicationServerKey: bytes.buffer },
      unsubscribe: async () => {
        current = null;
        return true;
      },
      toJSON: () => ({ endpoint, keys }),
    };
    return current;
  };
  const serviceWorker: ServiceWorkerLike = {
    pushManager: { getSubscription: async () => current, subscribe: ({ applicationServerKey }) => subscribe(applicationServerKey) },
  };
  return { serviceWorker, ready: key === undefined ? undefined : subscribe(key), current: () => current };
};
const answers = (permission: string): void => {
  scope.Notification = { requestPermission: async () => permission };
};
const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'succeeded',
    (failure: unknown) => failure,
  );

describe('PushClient.registerDevice', () => {
  it('names the device that it was before its token has changed, across restarts', async () => {
    const deviceStorage = memoryStorage();
    const first = await start(undefined, deviceStorage);
    await first.push.registerDevice({ platform: 'fcm', token: 'one' });
    expect(first.bodies()).toEqual([{ platform: 'fcm', token: 'one' }]);
    await server?.close();
    const later = await start(undefined, deviceStorage);
    await later.push.registerDevice({ platform: 'fcm', token: 'two', locale: 'de' });
    expect(later.bodies()).toEqual([{ platform: 'fcm', token: 'two', locale: 'de', replaces: 'id of one' }]);
  });

  it('keeps what the device was when the backend refuses', async () => {
    let isFull = false;
    const { push, bodies } = await start(() => (isFull ? problem(429, 'too_many_devices', { 'retry-after': '3600' }) : undefined));
    await push.registerDevice({ platform: 'apns', token: 'one' });
    isFull = true;
    expect(await failureOf(push.registerDevice({ platform: 'apns', token: 'two' }))).toMatchObject({ code: 'too_many_devices' });
    isFull = false;
    await push.registerDevice({ platform: 'apns', token: 'two' });
    expect(bodies().at(-1)).toMatchObject({ replaces: 'id of one' });
  });
});

describe('PushClient.registerBrowser', () => {
  it('says why there is none, and subscribes nothing', async () => {
    const { push, sent } = await start();
    const { serviceWorker, current } = startBrowser();
    expect(await failureOf(push.registerBrowser({ serviceWorker }))).toMatchObject({ reason: 'unsupported' });
    answers('granted');
    expect(await failureOf(push.registerBrowser({ serviceWorker: {} as never }))).toMatchObject({ reason: 'unsupported' });
    answers('denied');
    const denied = await failureOf(push.registerBrowser({ serviceWorker }));
    expect(denied).toBeInstanceOf(PushUnavailableError);
    expect(denied).toMatchObject({ reason: 'denied', message: expect.stringContaining('settings of the browser') });
    answers('default');
    expect(await failureOf(push.registerBrowser({ serviceWorker }))).toMatchObject({ reason: 'dismissed' });
    expect(current()).toBeNull();
    expect(sent).toEqual([]);
  });

  it('tells that the push service gives no subscription', async () => {
    const { push } = await start();
    answers('granted');
    const { pushManager } = startBrowser().serviceWorker;
    const cause = new Error('no push service');
    const serviceWorker = { pushManager: { ...pushManager, subscribe: () => Promise.reject(cause) } };
    expect(await failureOf(push.registerBrowser({ serviceWorker }))).toMatchObject({ reason: 'push_service', cause });
  });

  it('asks the user before it waits for anything: browsers allow it during a click only', async () => {
    const { push } = await start();
    let isAsked = false;
    scope.Notification = {
      requestPermission: async () => {
        isAsked = true;
        return 'granted';
      },
    };
    const registering = push.registerBrowser({ serviceWorker: startBrowser().serviceWorker });
    expect(isAsked).toBe(true);
    await registering;
  });

  it('subscribes with the backend’s key once, and registers at each visit', async () => {
    const { push, bodies } = await start();
    answers('granted');
    const { serviceWorker } = startBrowser();
    await push.registerBrowser({ serviceWorker, locale: 'de' });
    await push.registerBrowser({ serviceWorker, locale: 'de' });
    const device = { platform: 'web', subscription: { endpoint: 'https://push.example/1', keys }, locale: 'de' };
    expect(bodies()).toEqual([device, { ...device, replaces: 'id of https://push.example/1' }]);
  });

  it('gives a subscription under another key up', async () => {
    const { push, bodies } = await start();
    answers('granted');
    const { serviceWorker, ready } = startBrowser(Buffer.alloc(65, 9));
    await ready;
    await push.registerBrowser({ serviceWorker });
    expect(bodies()).toMatchObject([{ subscription: { endpoint: 'https://push.example/2' } }]);
  });
});

describe('PushClient.unregister', () => {
  it('has the backend forget the device and the browser its subscription', async () => {
    const { push, sent, deviceStorage } = await start();
    answers('granted');
    const { serviceWorker, current } = startBrowser();
    await push.registerBrowser({ serviceWorker });
    await push.unregister({ serviceWorker });
    expect(sent.at(-1)).toMatchObject({ method: 'DELETE', url: '/push/devices/id%20of%20https%3A%2F%2Fpush.example%2F1' });
    expect(current()).toBeNull();
    expect(await deviceStorage.get()).toBe('{}');
  });

  it('does nothing for a device that never registered, and goes on when it is forgotten already', async () => {
    const { push, sent } = await start(({ method }) => (method === 'DELETE' ? problem(404, 'not_found') : undefined));
    await push.unregister();
    expect(sent).toEqual([]);
    await push.registerDevice({ platform: 'fcm', token: 'one' });
    await push.unregister();
    await push.registerDevice({ platform: 'fcm', token: 'two' });
    expect(JSON.parse(sent.at(-1)?.body ?? '')).not.toHaveProperty('replaces');
  });
});

import { showPushMessages } from '../../client/service-worker.ts';

/** A service worker's scope that notes what is done in it. The real one: test/browser. */
const startWorker = (pages: readonly string[] = [], options: Parameters<typeof showPushMessages>[0] = {}) => {
  const listeners = new Map<string, (event: object) => void>();
  const done: unknown[] = [];
  const note =
    (what: string) =>
    async (...values: unknown[]) =>
      void done.push([what, ...values]);
  const windows = pages.map((url) => ({
    url,
    focus: () => note('focus')(url),
    postMessage: (message: unknown) => done.push(['told', url, message]),
  }));
  const scope = {
    location: { href: 'https://app.example/service-worker.js' },
    registration: { scope: 'https://app.example/', showNotification: note('shown') },
    clients: { matchAll: async () => windows, openWindow: note('opened') },
    navigator: { setAppBadge: note('badge'), clearAppBadge: note('no badge') },
    addEventListener: (type: string, listener: (event: object) => void) => listeners.set(type, listener),
  };
  const before = Object.keys(scope).map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)] as const);
  for (const [name, value] of Object.entries(scope)) Object.defineProperty(globalThis, name, { value, configurable: true });
  const stop = () => {
    for (const [name, descriptor] of before) {
      if (descriptor === undefined) Reflect.deleteProperty(globalThis, name);
      else Object.defineProperty(globalThis, name, descriptor);
    }
  };
  showPushMessages(options);
  const fire = async (type: string, event: object): Promise<readonly unknown[]> => {
    let work: Promise<unknown> = Promise.resolve();
    listeners.get(type)?.({ ...event, waitUntil: (promise: Promise<unknown>) => (work = promise) });
    await work;
    return done;
  };
  return {
    stop,
    push: (text: string | undefined) => fire('push', { data: text === undefined ? null : { text: () => text } }),
    click: (url: unknown) => fire('notificationclick', { notification: { data: { url }, close: () => done.push(['closed']) } }),
  };
};

let stop: () => void = () => undefined;
const start = (...args: Parameters<typeof startWorker>) => {
  const worker = startWorker(...args);
  stop = worker.stop;
  return worker;
};
afterEach(() => stop());

describe('showPushMessages', () => {
  it('shows a message with all that it holds, and keeps its url for the click', async () => {
    const push = {
      title: 'New photo',
      body: 'Look',
      image: 'https://a.example/i.png',
      url: '/photos/1',
      tag: 't',
      data: { id: '1' },
      category: 'c',
      badge: 3,
    };
    const shown = { icon: '/icon.png', image: push.image, tag: 't', body: 'Look', data: { id: '1', url: '/photos/1' } };
    expect(await start([], { icon: '/icon.png' }).push(JSON.stringify(push))).toEqual([
      ['badge', 3],
      ['shown', 'New photo', shown],
    ]);
  });

  it('has `overrides.web` of a message decide about its notification', async () => {
    const [[, title, options] = []] = (await start([], { icon: '/a.png' }).push(
      '{"title":"t","icon":"/b.png","silent":true}',
    )) as unknown[][];
    expect([title, options]).toEqual(['t', { icon: '/b.png', silent: true, body: undefined, data: { url: undefined } }]);
  });

  it('shows what no backend of Plinth has sent as it is', async () => {
    expect(await start().push('just text')).toMatchObject([['shown', 'app.example', { body: 'just text' }]]);
    stop();
    expect(await start().push('[1]')).toMatchObject([['shown', 'app.example', { body: '[1]' }]]);
  });

  it('tells the pages of a message that has nothing to show, or the app', async () => {
    const told = await start(['https://app.example/a']).push('{"data":{"refresh":"photos"},"badge":0}');
    const push = { data: { refresh: 'photos' }, badge: 0 };
    expect(told).toEqual([['no badge'], ['told', 'https://app.example/a', { type: 'plinth-push', push }]]);
    stop();
    const got: unknown[] = [];
    expect(await start([], { onData: (received) => got.push(received) }).push('{"data":{"a":"b"}}')).toEqual([]);
    expect(got).toEqual([{ data: { a: 'b' } }]);
    stop();
    expect(await start().push(undefined)).toEqual([]);
  });

  it.each([
    ['/photos/1', 'https://app.example/photos/1'],
    ['https://other.example/x', 'https://other.example/x'],
    [undefined, 'https://app.example/'],
    ['javascript:alert(1)', 'https://app.example/'],
    ['https://', 'https://app.example/'],
  ])('opens %s when it is clicked as %s', async (url, target) => {
    expect(await start(['https://app.example/elsewhere']).click(url)).toEqual([['closed'], ['opened', target]]);
  });

  it('goes to the page that is open already', async () => {
    const page = 'https://app.example/photos/1';
    expect(await start([page]).click('/photos/1')).toEqual([['closed'], ['focus', page]]);
  });
});

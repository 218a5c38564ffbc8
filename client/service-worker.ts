/** What a push of a Plinth backend holds: `title` and `body` from the message or its template, the rest as it was sent. */
export interface ReceivedPush {
  readonly title?: string;
  readonly body?: string;
  /** https URL. */
  readonly image?: string;
  /** What opens when the notification is clicked. */
  readonly url?: string;
  readonly badge?: number;
  readonly category?: string;
  /** A newer notification with the same tag takes the place of an older one. */
  readonly tag?: string;
  readonly data?: Readonly<Record<string, string>>;
  /** Whatever else `overrides.web` of the message added, for example `icon` or `requireInteraction`. */
  readonly [more: string]: unknown;
}

/** Options of {@link showPushMessages}. */
export interface ShowOptions {
  /**
   * Gets each message that has nothing to show; browsers allow only few of those in a row.
   * @default all pages of the app get it as a `message` event of `navigator.serviceWorker`: `{ type: 'plinth-push', push }`
   */
  readonly onData?: (push: ReceivedPush) => unknown;
  /** The icon of notifications, where the message brings none. @default the browser's */
  readonly icon?: string;
}

// The parts of a service worker's scope that are used here; types of the DOM and of service workers cannot be had together.
interface WindowClientLike {
  readonly url: string;
  focus(): Promise<unknown>;
  postMessage(message: unknown): void;
}
interface ExtendableEvent {
  waitUntil(promise: Promise<unknown>): void;
}
interface PushEventLike extends ExtendableEvent {
  readonly data: { text(): string } | null;
}
interface ClickEventLike extends ExtendableEvent {
  readonly notification: { readonly data: { readonly url?: unknown } | null; close(): void };
}
interface WorkerScope {
  readonly location: { readonly href: string };
  readonly registration: { readonly scope: string; showNotification(title: string, options: object): Promise<void> };
  readonly clients: {
    matchAll(options: { type: 'window'; includeUncontrolled: boolean }): Promise<readonly WindowClientLike[]>;
    openWindow(url: string): Promise<unknown>;
  };
  readonly navigator: { setAppBadge?(count: number): Promise<void>; clearAppBadge?(): Promise<void> };
  addEventListener(type: 'push', listener: (event: PushEventLike) => void): void;
  addEventListener(type: 'notificationclick', listener: (event: ClickEventLike) => void): void;
}

const parsePush = (text: string): ReceivedPush => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as ReceivedPush) : { body: text };
  } catch {
    return { body: text };
  }
};

const tellPages = async (worker: WorkerScope, push: ReceivedPush): Promise<void> => {
  const pages = await worker.clients.matchAll({ type: 'window', includeUncontrolled: true });
  for (const page of pages) page.postMessage({ type: 'plinth-push', push });
};

const setBadge = async ({ navigator }: WorkerScope, badge: number | undefined): Promise<void> => {
  if (badge === undefined) return;
  await (badge === 0 ? navigator.clearAppBadge?.() : navigator.setAppBadge?.(badge));
};

const show = async (worker: WorkerScope, push: ReceivedPush, options: ShowOptions): Promise<void> => {
  const { title, body, url, data, badge, category: _, ...more } = push;
  // An icon of the app that shows a number is no reason for a message to fail.
  await setBadge(worker, badge).catch(() => undefined);
  if (title === undefined && body === undefined) {
    await (options.onData ?? ((received) => tellPages(worker, received)))(push);
    return;
  }
  const name = title ?? new URL(worker.location.href).host;
  await worker.registration.showNotification(name, { icon: options.icon, ...more, body, data: { ...data, url } });
};

/** Only pages of the web: a `javascript:` URL in a message is not run. */
const targetOf = (worker: WorkerScope, url: unknown): string => {
  const { scope } = worker.registration;
  if (typeof url !== 'string' || !URL.canParse(url, scope)) return scope;
  const target = new URL(url, scope);
  return /^https?:$/.test(target.protocol) ? target.href : scope;
};

const open = async (worker: WorkerScope, target: string): Promise<void> => {
  const pages = await worker.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const page = pages.find(({ url }) => url === target);
  await (page === undefined ? worker.clients.openWindow(target) : page.focus());
};

/**
 * Shows the pushes of a Plinth backend, and opens their `url` when they are clicked. All that a service worker needs:
 *
 * @example
 * ```ts
 * import { showPushMessages } from 'plinth/service-worker';
 * showPushMessages({ icon: '/icon.png' });
 * ```
 */
export const showPushMessages = (options: ShowOptions = {}): void => {
  const worker = globalThis as unknown as WorkerScope;
  worker.addEventListener('push', (event) => {
    event.waitUntil(show(worker, parsePush(event.data?.text() ?? '{}'), options));
  });
  worker.addEventListener('notificationclick', (event) => {
    event.notification.close();
    event.waitUntil(open(worker, targetOf(worker, event.notification.data?.url)));
  });
};

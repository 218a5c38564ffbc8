/**
 * Keeps one text between visits. Each method may be asynchronous.
 *
 * @example React Native, in the phone's key store
 * ```ts
 * import * as SecureStore from 'expo-secure-store';
 * const storage: TokenStorage = {
 *   get: () => SecureStore.getItemAsync('session'),
 *   set: (text) => SecureStore.setItemAsync('session', text),
 *   remove: () => SecureStore.deleteItemAsync('session'),
 * };
 * ```
 */
export interface TokenStorage {
  get(): string | null | Promise<string | null>;
  set(text: string): void | Promise<void>;
  remove(): void | Promise<void>;
  /** Calls the listener when somebody else has changed the text, for example another tab. @default nobody else does */
  watch?(listener: () => void): void;
  /** Runs this while nobody else with the same storage does. A refresh token is good once, so two tabs must not use the same. @default nobody else could */
  alone?<T>(run: () => Promise<T>): Promise<T>;
}

/** The part of the browser's `localStorage` and `sessionStorage` that is used here. */
export interface WebStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** Keeps the session as long as the client lives: for servers, scripts and tests. */
export const memoryStorage = (): TokenStorage => {
  let kept: string | null = null;
  return {
    get: () => kept,
    set: (text) => {
      kept = text;
    },
    remove: () => {
      kept = null;
    },
  };
};

/**
 * Keeps the session in the browser: across visits and tabs with `localStorage`, for one tab with `sessionStorage`.
 * Scripts of the page can read it, so a page that runs foreign scripts gives them the session.
 *
 * @param key the name of the entry
 */
export const webStorage = (storage: WebStorage, key = 'plinth'): TokenStorage => ({
  get: () => storage.getItem(key),
  set: (text) => storage.setItem(key, text),
  remove: () => storage.removeItem(key),
  watch: (listener) => {
    const { addEventListener } = globalThis as {
      addEventListener?: (type: 'storage', listener: (event: { readonly key: string | null }) => void) => void;
    };
    // `key` is null when the whole storage was cleared.
    addEventListener?.('storage', (event) => {
      if (event.key === key || event.key === null) listener();
    });
  },
  alone: (run) => {
    const { navigator } = globalThis as { navigator?: { locks?: { request<T>(name: string, run: () => Promise<T>): Promise<T> } } };
    return navigator?.locks?.request(key, run) ?? run();
  },
});

const localStorageOfPage = (): WebStorage | undefined => {
  const scope = globalThis as { document?: unknown; localStorage?: WebStorage };
  // Node has a `localStorage` too, but all users of a server would share it.
  if (scope.document === undefined) return undefined;
  try {
    return scope.localStorage;
  } catch {
    // The browser forbids it, for example in a frame of another site.
    return undefined;
  }
};

/** What a client keeps its session in by default. */
export const defaultStorage = (key: string): TokenStorage => {
  const storage = localStorageOfPage();
  return storage === undefined ? memoryStorage() : webStorage(storage, key);
};

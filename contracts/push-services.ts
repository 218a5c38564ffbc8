/**
 * The hosts of the push services of browsers: Chrome and its kin, Firefox, Safari, Edge. `*.` matches any number of labels below.
 * Browsers choose the endpoint, so that a server that posts to any URL would be a means to reach into networks.
 */
export const pushServiceHosts: readonly string[] = [
  'fcm.googleapis.com',
  // Chromium without Google's brand, and the channels of Chrome before the stable one.
  'jmt17.google.com',
  '*.push.services.mozilla.com',
  '*.push.apple.com',
  '*.notify.windows.com',
];

const matches = (host: string, pattern: string): boolean => (pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) : host === pattern);

/** What stands in for a push service on the machine of a developer. */
const isLocal = (url: URL): boolean => url.protocol === 'http:' && url.hostname === '127.0.0.1' && url.port !== '';

/** Where pushes to browsers may go. */
export interface PushServiceBounds {
  /** Hosts beside {@link pushServiceHosts}: `pushServices` of the definition. */
  readonly pushServices: readonly string[];
  /** Takes `http://127.0.0.1:<port>` too. */
  readonly localMode: boolean;
}

/**
 * The endpoint of a subscription as a URL, when it leads to a push service: https on its own port, by the name of a known host, so never
 * to an address.
 */
export const pushServiceUrl = (endpoint: string, { pushServices, localMode }: PushServiceBounds): URL | undefined => {
  if (!URL.canParse(endpoint)) return undefined;
  const url = new URL(endpoint);
  if (url.username !== '' || url.password !== '') return undefined;
  if (localMode && isLocal(url)) return url;
  if (url.protocol !== 'https:' || url.port !== '') return undefined;
  return [...pushServiceHosts, ...pushServices].some((pattern) => matches(url.hostname, pattern)) ? url : undefined;
};

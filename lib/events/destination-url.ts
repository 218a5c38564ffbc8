import { isPublicName, leastOtherPort } from '../../contracts/public-host.ts';

/** InvocationEndpoint of AWS::Events::ApiDestination. */
const endpointCharacters = /^(?:%[0-9A-Fa-f]{2}|[-()_.!~*';/?:@&=+$,A-Za-z0-9])+$/;
const maxLength = 2_048;
const placeholder = /\{([^{}]*)\}/g;

/** What goes into paths and headers as it is: ids and the like, and no texts of people. */
const plainPlaces: ReadonlySet<string> = new Set([
  'id',
  'type',
  'time',
  'depth',
  'cause',
  'actor',
  'data.id',
  'data.userId',
  'data.version',
  'data.model',
]);

/** @throws Error for a place whose values may break a path or a header */
export const checkPlainPlace = (path: string, at: string): void => {
  if (!plainPlaces.has(path)) throw new Error(`${at} takes ${JSON.stringify(path)}: only ${[...plainPlaces].join(', ')} may stand there`);
};

const faultOf = (url: URL): string | undefined => {
  if (url.protocol !== 'https:') return 'is not https';
  if (url.username !== '' || url.password !== '') return 'holds a user name or a password, which belong into a secret';
  if (url.port !== '' && Number(url.port) < leastOtherPort) return `has the port ${url.port}: use 443, or one from ${leastOtherPort} on`;
  if (url.hash !== '') return 'has a fragment, which no server gets';
  return isPublicName(url.hostname) ? undefined : 'leads to no public host name';
};

/** @throws Error for a URL that is not one of a public host, by HTTPS */
export const checkUrl = (text: string, at: string): URL => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const fault = url === undefined ? 'is not well formed' : faultOf(url);
  if (url === undefined || fault !== undefined) throw new Error(`${at} is ${JSON.stringify(text)}, which ${fault}`);
  if (text.length > maxLength || !endpointCharacters.test(text))
    throw new Error(`${at} is ${JSON.stringify(text)}: use at most ${maxLength} characters of a URL, and percent-encode others`);
  return url;
};

/** A URL as EventBridge takes it. */
export interface Endpoint {
  /** Each `*` takes one of `places`, in order. */
  readonly endpoint: string;
  readonly places: readonly string[];
}

/**
 * Reads a URL whose path may have `{data.id}`.
 *
 * @throws Error that names the option, shows the URL and says what to do
 */
export const readEndpoint = (text: string, at: string): Endpoint => {
  if (text.includes('*')) throw new Error(`${at} is ${JSON.stringify(text)}: write {data.id} for a part of the path that changes`);
  const places = [...text.matchAll(placeholder)].map(([, path = '']) => path);
  for (const path of places) checkPlainPlace(path, at);
  const endpoint = text.replace(placeholder, '*');
  const url = checkUrl(endpoint.replaceAll('*', 'x'), at);
  const [, path = ''] = /^https:\/\/[^/?]*([^?]*)/.exec(endpoint) ?? [];
  if (url.pathname.length > 0 && (path.match(/\*/g) ?? []).length === places.length) return { endpoint, places };
  throw new Error(`${at} is ${JSON.stringify(text)}: only the path may take values of the event; give others in "query"`);
};

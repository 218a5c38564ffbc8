import {
  type BodyTemplate,
  type DestinationAuthorization,
  type DestinationOptions,
  destinationLimits,
  type EventPlace,
} from '../../contracts/event-destinations.ts';
import { checkPlace, type KnownEvents } from './check-place.ts';
import { checkPlainPlace, checkUrl, type Endpoint, readEndpoint } from './destination-url.ts';

/** What a definition of a destination comes to, checked. */
export interface CompiledDestination extends Omit<DestinationOptions, 'url' | 'headers' | 'query'>, Endpoint {
  readonly method: NonNullable<DestinationOptions['method']>;
  readonly ratePerSecond: number;
  readonly secretRevision: number;
  /** Whether it takes values of records, which very large ones are told without. */
  readonly takesImages: boolean;
  /** Values with `$.` are paths into the event of EventBridge. */
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
}

const quoted = (value: unknown): string => JSON.stringify(value);
/** The event of Plinth is the detail of that of EventBridge. */
export const pathOf = (path: string): string => `$.detail.${path}`;

/** Secrets Manager, CreateSecret, Name. */
const secretName = /^[A-Za-z0-9/_+=.@-]{1,512}$/;
const headerName = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,512}$/;
/** What EventBridge sets itself, or takes from nobody ("Amazon EventBridge targets for Amazon API Gateway", and "Headers included"). */
const ownHeaders =
  /^(?:x-amzn?-.*|authorization|proxy-authorization|connection|content-encoding|content-length|host|max-forwards|te|transfer-encoding|trailer|upgrade|via|www-authenticate|x-forwarded-for|user-agent|range|accept-encoding)$/i;
const methods = ['POST', 'PUT', 'PATCH', 'DELETE'];

export const isPlace = (value: unknown): value is EventPlace =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'from' && 'path' in value;

const checkWhole = (value: number, least: number, most: number, at: string): number => {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new Error(`${at} is ${value}: use a whole number from ${least} to ${most}`);
};

const checkConstant = (text: string, at: string): void => {
  if (/[<>]/.test(text)) throw new Error(`${at} is ${quoted(text)}: an input transformer of EventBridge takes no < and > in texts`);
};

/** All places of a body, and a look at its constants. */
const placesOf = (template: BodyTemplate, at: string): readonly string[] => {
  if (isPlace(template)) return [template.path];
  if (typeof template === 'string') checkConstant(template, at);
  if (typeof template === 'number' && !Number.isFinite(template)) throw new Error(`${at} is ${template}, which JSON does not have`);
  if (typeof template === 'undefined') throw new Error(`${at} is undefined: leave it out`);
  if (typeof template !== 'object' || template === null) return [];
  return Object.entries(template).flatMap(([name, value]) => {
    checkConstant(name, at);
    return placesOf(value, `${at}.${name}`);
  });
};

const checkBody = ({ body, authorization }: DestinationOptions, at: string): readonly string[] => {
  if (body === 'event') return [];
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new Error(
      `${at} is ${quoted(body) ?? 'undefined'}: name what is sent, as { id: from('data.id') }, or give 'event' for all of it`,
    );
  if (isPlace(body) && body.path !== 'data' && authorization.kind === 'body')
    throw new Error(`${at} takes ${quoted(body.path)}, and a key can be put into an object only: write { … } around it`);
  const places = placesOf(body, at);
  if (new Set(places).size > destinationLimits.places)
    throw new Error(`${at} takes ${places.length} values of the event: take at most ${destinationLimits.places}`);
  const { length } = JSON.stringify(body);
  if (length > destinationLimits.bodyTemplateLength)
    throw new Error(`${at} has ${length} characters: use at most ${destinationLimits.bodyTemplateLength}`);
  return places;
};

const checkAuthorization = (authorization: DestinationAuthorization, at: string): void => {
  if (!secretName.test(authorization.secretName ?? ''))
    throw new Error(
      `${at}.secretName is ${quoted(authorization.secretName)}: use the name of a secret of Secrets Manager, of letters, digits and /_+=.@-`,
    );
  if (authorization.kind === 'oauth') checkUrl(authorization.tokenUrl, `${at}.tokenUrl`);
  if (authorization.kind === 'header' && !headerName.test(authorization.name))
    throw new Error(`${at}.name is ${quoted(authorization.name)}: use the name of a header, as x-api-key`);
  if ((authorization.kind === 'query' || authorization.kind === 'body') && !/^[\w.[\]-]{1,512}$/.test(authorization.name))
    throw new Error(`${at}.name is ${quoted(authorization.name)}: use letters, digits and _.-`);
  if (!['bearer', 'header', 'query', 'body', 'basic', 'oauth'].includes(authorization.kind))
    throw new Error(`${at}.kind is ${quoted(authorization.kind)}: use bearer, header, query, body, basic or oauth`);
};

const textOf = (value: string | EventPlace, at: string): string => {
  if (isPlace(value)) return pathOf(value.path);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what a header must not have
  if (typeof value !== 'string' || value.startsWith('$.') || /[\x00-\x1f\x7f]/.test(value))
    throw new Error(`${at} is ${quoted(value)}: use from(…), or a text on one line that does not begin with "$."`);
  return value;
};

const readHeaders = (headers: NonNullable<DestinationOptions['headers']>, at: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => {
      if (!headerName.test(name) || ownHeaders.test(name))
        throw new Error(`${at} has ${quoted(name)}, which is no header of yours: leave it out`);
      if (isPlace(value)) checkPlainPlace(value.path, `${at}.${name}`);
      return [name, textOf(value, `${at}.${name}`)];
    }),
  );

/**
 * Checks a destination.
 *
 * @throws Error for every mistake in it; it names the option, shows the value and says what to do
 */
export const compileDestination = (options: DestinationOptions, known: KnownEvents, at: string): CompiledDestination => {
  const { url, method = 'POST', types, headers = {}, query = {}, authorization, ratePerSecond, secretRevision = 1, ...rest } = options;
  if (!methods.includes(method)) throw new Error(`${at}.method is ${quoted(method)}: use one of ${methods.join(', ')}`);
  if (types.length === 0) throw new Error(`${at}.types is empty: name an event type`);
  checkAuthorization(authorization, `${at}.authorization`);
  const endpoint = readEndpoint(url, `${at}.url`);
  const places: readonly (readonly [string, readonly string[]])[] = [
    ['url', endpoint.places],
    ['body', checkBody(options, `${at}.body`)],
    ['headers', Object.values(headers).flatMap((value) => (isPlace(value) ? [value.path] : []))],
    ['query', Object.values(query).flatMap((value) => (isPlace(value) ? [value.path] : []))],
  ];
  for (const [part, paths] of places) for (const path of paths) checkPlace(path, types, known, `${at}.${part}`);
  return {
    ...rest,
    ...endpoint,
    method,
    types,
    authorization,
    headers: readHeaders(headers, `${at}.headers`),
    query: Object.fromEntries(Object.entries(query).map(([name, value]) => [name, textOf(value, `${at}.query.${name}`)])),
    takesImages: places.some(([, paths]) => paths.some((path) => /^data\.(?:new|old)\b/.test(path))),
    ratePerSecond: checkWhole(ratePerSecond ?? destinationLimits.ratePerSecond, 1, destinationLimits.ratePerSecond, `${at}.ratePerSecond`),
    secretRevision: checkWhole(secretRevision, 1, 1_000_000, `${at}.secretRevision`),
  };
};

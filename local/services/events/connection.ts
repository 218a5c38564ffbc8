import { StartError } from '../../start-error.ts';
import type { ResolvedResource } from '../service.ts';

/** What a connection adds to each request; what it adds wins over what a target adds. */
export interface HttpParameters {
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, string>>;
}

/** How a connection says who calls. */
export type ConnectionAuthorization =
  | { readonly kind: 'API_KEY'; readonly name: string; readonly value: string }
  | { readonly kind: 'BASIC'; readonly username: string; readonly password: string }
  | {
      readonly kind: 'OAUTH_CLIENT_CREDENTIALS';
      readonly endpoint: string;
      readonly method: string;
      readonly clientId: string;
      readonly clientSecret: string;
      readonly parameters: HttpParameters;
    };

/** `AWS::Events::Connection`. Its texts may hold dynamic references. */
export interface Connection {
  readonly arn: string;
  readonly authorization: ConnectionAuthorization;
  readonly parameters: HttpParameters;
}

type Json = Readonly<Record<string, unknown>>;

/**
 * A connection as the template declares it.
 *
 * @throws StartError where AWS would not take it
 */
export function readConnection({ logicalId, attributes, properties }: ResolvedResource): Connection {
  const given = record(properties['AuthParameters']);
  try {
    return {
      arn: attributes['Arn'] ?? '',
      authorization: readAuthorization(String(properties['AuthorizationType']), given),
      parameters: readParameters(given['InvocationHttpParameters']),
    };
  } catch (cause) {
    const advice = 'Mend it where it is defined: a deployment would fail too.';
    throw new StartError(`The connection ${logicalId} is not valid: ${(cause as Error).message}.`, advice, { cause });
  }
}

function readAuthorization(kind: string, given: Json): ConnectionAuthorization {
  if (kind === 'API_KEY') {
    const key = record(given['ApiKeyAuthParameters']);
    return { kind, name: textOf(key, 'ApiKeyName'), value: textOf(key, 'ApiKeyValue') };
  }
  if (kind === 'BASIC') {
    const basic = record(given['BasicAuthParameters']);
    return { kind, username: textOf(basic, 'Username'), password: textOf(basic, 'Password') };
  }
  if (kind !== 'OAUTH_CLIENT_CREDENTIALS') throw new Error(`AuthorizationType is ${kind}`);
  const oauth = record(given['OAuthParameters']);
  const client = record(oauth['ClientParameters']);
  return {
    kind,
    endpoint: textOf(oauth, 'AuthorizationEndpoint'),
    method: textOf(oauth, 'HttpMethod'),
    clientId: textOf(client, 'ClientID'),
    clientSecret: textOf(client, 'ClientSecret'),
    parameters: readParameters(oauth['OAuthHttpParameters']),
  };
}

function readParameters(given: unknown): HttpParameters {
  const { HeaderParameters, QueryStringParameters, BodyParameters } = record(given);
  return { headers: byKey(HeaderParameters), query: byKey(QueryStringParameters), body: byKey(BodyParameters) };
}

const byKey = (parameters: unknown): Record<string, string> =>
  Object.fromEntries((Array.isArray(parameters) ? (parameters as Json[]) : []).map(({ Key, Value }) => [String(Key), String(Value)]));

function textOf(given: Json, name: string): string {
  const value = given[name];
  if (typeof value === 'string' && value !== '') return value;
  throw new Error(`it has no ${name}`);
}

const record = (value: unknown): Json => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {});

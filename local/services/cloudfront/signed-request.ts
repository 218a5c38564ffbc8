import { createVerify, type KeyObject } from 'node:crypto';
import { BlockList, isIP } from 'node:net';
import { wildcard } from './path-pattern.ts';
import { ViewerError } from './viewer-error.ts';

/** A request to a behavior that wants a signature. */
export interface SignedRequest {
  /** The names of the distribution, with its port. */
  readonly hosts: readonly string[];
  /** Percent-encoded. */
  readonly path: string;
  readonly rawQuery: string;
  readonly cookies: ReadonlyMap<string, string>;
  readonly sourceIp: string;
  /** Milliseconds since the epoch, by the run's clock. */
  readonly now: number;
}

/** The parameters of a signed URL. A signed cookie has the same names after `CloudFront-`. */
const PARAMETERS = ['Expires', 'Policy', 'Signature', 'Key-Pair-Id', 'Hash-Algorithm'] as const;
type Parameters = Partial<Record<(typeof PARAMETERS)[number], string>>;

interface Statement {
  readonly Resource?: unknown;
  readonly Condition?: {
    readonly DateLessThan?: { readonly 'AWS:EpochTime'?: unknown };
    readonly DateGreaterThan?: { readonly 'AWS:EpochTime'?: unknown };
    readonly IpAddress?: { readonly 'AWS:SourceIp'?: unknown };
  };
}

/**
 * Checks a signed URL or a signed cookie, as CloudFront does.
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-signed-urls.html
 *
 * @throws ViewerError 403 for what is missing, forged, expired, for another path, or for another network
 */
export function checkSignature(request: SignedRequest, keys: ReadonlyMap<string, KeyObject>): void {
  const given = parametersOf(request);
  const keyId = given['Key-Pair-Id'];
  if (keyId === undefined) throw refuse('MissingKey', 'Missing Key-Pair-Id query parameter or cookie value');
  const key = keys.get(keyId);
  if (key === undefined) throw refuse('InvalidKey', 'Unknown Key');
  if (given.Signature === undefined) throw refuse('MissingSignature', 'Missing Signature query parameter or cookie value');
  if (given.Policy === undefined && given.Expires === undefined)
    throw refuse('MissingPolicy', 'Missing Policy or Expires query parameter or cookie value');
  const urls = request.hosts
    .flatMap((host) => [`http://${host}`, `https://${host}`])
    .map((base) => base + request.path + ownQuery(request));
  const policies =
    given.Policy === undefined ? urls.map((url) => cannedPolicy(url, given.Expires ?? '')) : [decode(given.Policy).toString()];
  const signature = decode(given.Signature);
  const policy = policies.find((text) => isSigned(text, signature, key, given['Hash-Algorithm']));
  if (policy === undefined || !allows(policy, urls, request)) throw refuse('AccessDenied', 'Access denied');
}

/** The query string without the parameters of a signature: that is how the origin and the cache see it. */
export function withoutSignature(rawQuery: string): string {
  if (rawQuery === '') return '';
  return rawQuery
    .split('&')
    .filter((part) => !(PARAMETERS as readonly string[]).includes(part.split('=', 1)[0] ?? ''))
    .join('&');
}

/** A signed URL counts, whatever cookies come with it. */
function parametersOf({ rawQuery, cookies }: SignedRequest): Parameters {
  const query = new URLSearchParams(rawQuery);
  const inUrl = Object.fromEntries(PARAMETERS.flatMap((name) => (query.has(name) ? [[name, query.get(name)]] : []))) as Parameters;
  if (inUrl.Signature !== undefined || inUrl['Key-Pair-Id'] !== undefined) return inUrl;
  return Object.fromEntries(
    PARAMETERS.flatMap((name) => (cookies.has(`CloudFront-${name}`) ? [[name, cookies.get(`CloudFront-${name}`)]] : [])),
  );
}

function ownQuery({ rawQuery }: SignedRequest): string {
  const query = withoutSignature(rawQuery);
  return query === '' ? '' : `?${query}`;
}

const cannedPolicy = (url: string, expires: string): string =>
  `{"Statement":[{"Resource":"${url}","Condition":{"DateLessThan":{"AWS:EpochTime":${expires}}}}]}`;

/** CloudFront's base64 has `-`, `_` and `~` where URLs would not take the usual characters. */
const decode = (text: string): Buffer => Buffer.from(text.replaceAll('-', '+').replaceAll('_', '=').replaceAll('~', '/'), 'base64');

function isSigned(policy: string, signature: Buffer, key: KeyObject, hash = 'SHA1'): boolean {
  if (hash !== 'SHA1' && hash !== 'SHA256') return false;
  try {
    return createVerify(hash).update(policy).verify(key, signature);
  } catch {
    return false;
  }
}

function allows(policy: string, urls: readonly string[], { now, sourceIp }: SignedRequest): boolean {
  const statement = statementOf(policy);
  const { DateLessThan, DateGreaterThan, IpAddress } = statement.Condition ?? {};
  const seconds = Math.floor(now / 1_000);
  const end = Number(DateLessThan?.['AWS:EpochTime']);
  if (!Number.isFinite(end) || seconds >= end) return false;
  if (DateGreaterThan !== undefined && !(seconds > Number(DateGreaterThan['AWS:EpochTime']))) return false;
  if (IpAddress !== undefined && !isInNetwork(sourceIp, String(IpAddress['AWS:SourceIp']))) return false;
  return statement.Resource === undefined || urls.some((url) => wildcard(String(statement.Resource)).test(url));
}

function statementOf(policy: string): Statement {
  let parsed: { readonly Statement?: readonly Statement[] };
  try {
    parsed = JSON.parse(policy);
  } catch (cause) {
    throw refuse('MalformedPolicy', 'Malformed Policy', cause);
  }
  const [statement, ...more] = Array.isArray(parsed?.Statement) ? (parsed.Statement as readonly Statement[]) : [];
  if (statement === undefined || more.length > 0) throw refuse('MalformedPolicy', 'Malformed Policy');
  return statement;
}

function isInNetwork(address: string, network: string): boolean {
  const [base = '', bits] = network.split('/');
  if (isIP(base) !== 4 || isIP(address) !== 4) return false;
  const list = new BlockList();
  list.addSubnet(base, bits === undefined ? 32 : Number(bits), 'ipv4');
  return list.check(address, 'ipv4');
}

const refuse = (code: string, message: string, cause?: unknown): ViewerError => new ViewerError(403, code, message, { cause });

import type { KeyOwner, LocalContext, Principal } from '../../service.ts';
import { s3Error } from '../s3-error.ts';
import { type CredentialScope, readScope, readTime, type SignedRequest, sameSignature, signatureOf, stringToSign } from './signature.ts';

/** What a signature in the query of a URL proves. */
export interface PresignedSender {
  readonly principal: Principal;
  /** How long ago it was signed. */
  readonly ageMs: number;
}

const MAX_EXPIRES_SECONDS = 604_800;
/** How far the clock of the one who signed may be ahead. */
const MAX_SKEW_MS = 15 * 60_000;

const required = ['X-Amz-Algorithm', 'X-Amz-Credential', 'X-Amz-Signature', 'X-Amz-Date', 'X-Amz-SignedHeaders', 'X-Amz-Expires'] as const;
const signing: ReadonlySet<string> = new Set(
  [...required, 'X-Amz-Security-Token', 'X-Amz-Content-Sha256'].map((name) => name.toLowerCase()),
);

/** Whether the query of a request claims a signature, be it a valid one or not. */
export const isPresigned = (query: URLSearchParams): boolean => query.has('X-Amz-Algorithm') || query.has('X-Amz-Signature');

/** Parameters of a presigned URL that stand for headers: SDKs put `x-amz-…` headers there. */
export function hoistedHeaders(query: URLSearchParams): Record<string, string> {
  const pairs = [...query].map(([name, value]) => [name.toLowerCase(), value] as const);
  return Object.fromEntries(pairs.filter(([name]) => name.startsWith('x-amz-') && !signing.has(name)));
}

type Signer = Pick<LocalContext, 'account' | 'clock' | 'keyOwner'>;

/**
 * Checks a presigned URL: that it is what was signed, and its time has not passed.
 *
 * @throws AwsError as S3 does
 */
export function verifyPresigned(request: SignedRequest, context: Signer): PresignedSender {
  const { query, headers } = request;
  if (query.get('X-Amz-Algorithm') !== 'AWS4-HMAC-SHA256')
    throw malformed('X-Amz-Algorithm only supports "AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256"');
  if (required.some((name) => query.getAll(name).length !== 1))
    throw malformed(
      'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.',
    );
  const scope = checkedScope(query.get('X-Amz-Credential') ?? '', context);
  const time = query.get('X-Amz-Date') ?? '';
  const signedAt = readTime(time);
  if (signedAt === undefined || !time.startsWith(scope.date))
    throw malformed("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"");
  const expires = readExpires(query.get('X-Amz-Expires') ?? '');
  const owner = ownerOf(scope.accessKeyId, query.get('X-Amz-Security-Token') ?? headers['x-amz-security-token'], context);
  const signedHeaders = (query.get('X-Amz-SignedHeaders') ?? '').split(';');
  const payloadHash = query.get('X-Amz-Content-Sha256') ?? headers['x-amz-content-sha256'] ?? 'UNSIGNED-PAYLOAD';
  const text = stringToSign(request, { signedHeaders, time, scope, payloadHash });
  if (!sameSignature(signatureOf(text, owner.credentials.secretAccessKey, scope), query.get('X-Amz-Signature') ?? ''))
    throw s3Error('SignatureDoesNotMatch', undefined, { AWSAccessKeyId: scope.accessKeyId, StringToSign: text });
  checkTime(signedAt, expires, context.clock.now());
  checkHeaders(headers, signedHeaders);
  return { principal: owner.principal, ageMs: Math.max(context.clock.now() - signedAt, 0) };
}

/**
 * Whose key it is.
 *
 * @throws AwsError `InvalidAccessKeyId`, `InvalidToken`
 */
export function ownerOf(accessKeyId: string, sessionToken: string | undefined, { keyOwner }: Pick<LocalContext, 'keyOwner'>): KeyOwner {
  const owner = keyOwner(accessKeyId);
  if (owner === undefined) throw s3Error('InvalidAccessKeyId', undefined, { AWSAccessKeyId: accessKeyId });
  const token = 'sessionToken' in owner.credentials ? owner.credentials.sessionToken : undefined;
  if (token !== sessionToken) throw s3Error('InvalidToken');
  return owner;
}

function checkedScope(credential: string, { account }: Signer): CredentialScope {
  const scope = readScope(credential);
  const prefix = 'Error parsing the X-Amz-Credential parameter;';
  if (scope === undefined)
    throw malformed(`${prefix} the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".`);
  if (scope.service !== 's3') throw malformed(`${prefix} incorrect service "${scope.service}". This endpoint belongs to "s3".`);
  if (scope.region !== account.region)
    throw malformed(`${prefix} the region '${scope.region}' is wrong; expecting '${account.region}'`, { Region: account.region });
  return scope;
}

function readExpires(text: string): number {
  if (!/^-?\d+$/.test(text)) throw malformed('X-Amz-Expires should be a number');
  const seconds = Number(text);
  if (seconds < 0) throw malformed('X-Amz-Expires must be non-negative');
  if (seconds > MAX_EXPIRES_SECONDS)
    throw malformed(
      'X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds',
    );
  return seconds;
}

function checkTime(signedAt: number, expires: number, now: number): void {
  if (signedAt - now > MAX_SKEW_MS) throw s3Error('AccessDenied', 'Request is not yet valid');
  const expiresAt = signedAt + expires * 1_000;
  if (now <= expiresAt) return;
  throw s3Error('AccessDenied', 'Request has expired', {
    'X-Amz-Expires': expires,
    Expires: new Date(expiresAt).toISOString(),
    ServerTime: new Date(now).toISOString(),
  });
}

/** A header of S3's own that nobody signed could turn the request into another: a copy, other tags, another owner. */
function checkHeaders(headers: Readonly<Record<string, string>>, signedHeaders: readonly string[]): void {
  const unsigned = Object.keys(headers).filter((name) => name.startsWith('x-amz-') && !signedHeaders.includes(name));
  if (signedHeaders.includes('host') && unsigned.length === 0) return;
  throw s3Error('AccessDenied', 'There were headers present in the request which were not signed', {
    HeadersNotSigned: [...(signedHeaders.includes('host') ? [] : ['host']), ...unsigned].join(', '),
  });
}

const malformed = (message: string, members: Readonly<Record<string, string>> = {}): Error =>
  s3Error('AuthorizationQueryParametersError', message, members);

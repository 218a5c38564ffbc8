import type { LocalContext, Principal } from '../../service.ts';
import { invalidArgument, s3Error } from '../s3-error.ts';
import { ownerOf } from './presigned-url.ts';
import { readScope, readTime, sameSignature, signatureOf } from './signature.ts';

type Fields = ReadonlyMap<string, string>;

/** What a signed policy lets a form do. */
export interface PostLeave {
  readonly principal: Principal;
  readonly minBytes: number;
  readonly maxBytes: number | undefined;
}

interface PolicyDocument {
  readonly expiration: string;
  readonly conditions: readonly unknown[];
}

type Condition =
  | { readonly kind: 'eq' | 'starts-with'; readonly field: string; readonly value: string; readonly source: unknown }
  | { readonly kind: 'content-length-range'; readonly min: number; readonly max: number };

const signatureFields = ['x-amz-algorithm', 'x-amz-credential', 'x-amz-date', 'x-amz-signature'];
/** These need no condition: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html */
const isExempt = (field: string): boolean => ['x-amz-signature', 'file', 'policy'].includes(field) || field.startsWith('x-ignore-');

/**
 * Checks a form against the policy that it brings.
 *
 * @param values the fields with the key as it will be, and the bucket
 * @throws AwsError as S3 does
 */
export function verifyPost(fields: Fields, values: Fields, context: Pick<LocalContext, 'account' | 'clock' | 'keyOwner'>): PostLeave {
  const principal = verifySignature(fields, context);
  const policy = readPolicy(fields.get('policy') ?? '');
  const expiration = Date.parse(policy.expiration);
  if (Number.isNaN(expiration)) throw invalidPolicy(`Invalid 'expiration' value: '${policy.expiration}'`);
  if (expiration < context.clock.now()) throw refused('Policy expired.');
  const conditions = policy.conditions.flatMap(readConditions);
  for (const condition of conditions) {
    if (condition.kind !== 'content-length-range' && !holds(condition, values))
      throw refused(`Policy Condition failed: ${JSON.stringify(condition.source)}`);
  }
  const covered = new Set(conditions.map((condition) => ('field' in condition ? condition.field : '')));
  const extra = [...fields.keys()].filter((field) => !isExempt(field) && !covered.has(field));
  if (extra.length > 0) throw refused(`Extra input fields: ${extra.join(', ')}`);
  const ranges = conditions.flatMap((condition) => (condition.kind === 'content-length-range' ? [condition] : []));
  return {
    principal,
    minBytes: Math.max(0, ...ranges.map(({ min }) => min)),
    maxBytes: ranges.length === 0 ? undefined : Math.min(...ranges.map(({ max }) => max)),
  };
}

function verifySignature(fields: Fields, context: Pick<LocalContext, 'account' | 'keyOwner'>): Principal {
  const missing = signatureFields.find((name) => fields.get(name) === undefined);
  if (missing !== undefined)
    throw invalidArgument(
      `Bucket POST must contain a field named '${missing}'.  If it is specified, please check the order of the fields.`,
      missing,
      '',
    );
  if (fields.get('x-amz-algorithm') !== 'AWS4-HMAC-SHA256')
    throw invalidArgument('Only AWS4-HMAC-SHA256 is supported.', 'x-amz-algorithm', fields.get('x-amz-algorithm') ?? '');
  const credential = fields.get('x-amz-credential') ?? '';
  const scope = readScope(credential);
  const date = fields.get('x-amz-date') ?? '';
  if (scope === undefined || scope.service !== 's3' || scope.region !== context.account.region)
    throw invalidArgument('Error parsing the X-Amz-Credential parameter.', 'x-amz-credential', credential);
  if (readTime(date) === undefined || !date.startsWith(scope.date))
    throw invalidArgument('X-Amz-Date must be formatted via ISO8601 Long format', 'x-amz-date', date);
  const { principal, credentials } = ownerOf(scope.accessKeyId, fields.get('x-amz-security-token'), context);
  const expected = signatureOf(fields.get('policy') ?? '', credentials.secretAccessKey, scope);
  if (!sameSignature(expected, fields.get('x-amz-signature') ?? ''))
    throw s3Error('SignatureDoesNotMatch', undefined, { AWSAccessKeyId: scope.accessKeyId, StringToSign: fields.get('policy') ?? '' });
  return principal;
}

function readPolicy(base64: string): PolicyDocument {
  let document: Partial<PolicyDocument>;
  try {
    document = Object(JSON.parse(Buffer.from(base64, 'base64').toString()));
  } catch {
    throw invalidPolicy('Invalid JSON.');
  }
  const { expiration, conditions } = document;
  if (typeof expiration !== 'string') throw invalidPolicy('Policy missing expiration.');
  if (!Array.isArray(conditions)) throw invalidPolicy('Policy missing conditions.');
  return { expiration, conditions };
}

/** `{ "field": "value" }`, `["eq", "$field", "value"]`, `["starts-with", …]`, `["content-length-range", 1, 10]` */
function readConditions(source: unknown): Condition[] {
  if (Array.isArray(source)) return [readListed(source)];
  const entries = Object.entries(Object(source));
  if (entries.length !== 1) throw invalidPolicy(`Invalid Simple-Condition: ${JSON.stringify(source)}`);
  return entries.map(([field, value]) => {
    if (typeof value !== 'string') throw invalidPolicy(`Invalid Simple-Condition: value must be a string.`);
    return { kind: 'eq', field: field.toLowerCase(), value, source: ['eq', `$${field}`, value] };
  });
}

function readListed(source: readonly unknown[]): Condition {
  const [operator, first, second] = source;
  const kind = String(operator).toLowerCase();
  if (source.length === 3 && kind === 'content-length-range') {
    const [min, max] = [Number(first), Number(second)];
    if (Number.isInteger(min) && Number.isInteger(max) && min >= 0 && max >= min) return { kind, min, max };
  }
  if (
    source.length === 3 &&
    (kind === 'eq' || kind === 'starts-with') &&
    typeof first === 'string' &&
    typeof second === 'string' &&
    first.startsWith('$')
  )
    return { kind, field: first.slice(1).toLowerCase(), value: second, source };
  throw invalidPolicy(`Invalid Condition: ${JSON.stringify(source)}`);
}

/** A field that the form does not have fits nothing, not even what begins with nothing. */
function holds({ kind, field, value }: Exclude<Condition, { kind: 'content-length-range' }>, values: Fields): boolean {
  const actual = values.get(field);
  if (actual === undefined) return false;
  if (kind === 'eq') return actual === value;
  const parts = field === 'content-type' ? actual.split(',').map((part) => part.trim()) : [actual];
  return parts.every((part) => part.startsWith(value));
}

const invalidPolicy = (message: string): Error => s3Error('InvalidPolicyDocument', `Invalid Policy: ${message}`);
const refused = (message: string): Error => s3Error('AccessDenied', `Invalid according to Policy: ${message}`);

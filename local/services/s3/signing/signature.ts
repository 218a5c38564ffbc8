import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** `<access key id>/<date>/<region>/<service>/aws4_request` */
export interface CredentialScope {
  readonly accessKeyId: string;
  /** `20260131` */
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

/** Undefined when it is malformed. */
export function readScope(credential: string): CredentialScope | undefined {
  const parts = credential.split('/');
  const [accessKeyId = '', date = '', region = '', service = '', terminator] = parts;
  const valid = parts.length === 5 && terminator === 'aws4_request' && /^\d{8}$/.test(date) && accessKeyId !== '' && region !== '';
  return valid ? { accessKeyId, date, region, service } : undefined;
}

const hmac = (key: Buffer | string, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** The signature of a text, hexadecimal: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html */
export function signatureOf(text: string, secretKey: string, { date, region, service }: CredentialScope): string {
  const key = [date, region, service, 'aws4_request'].reduce<Buffer | string>((before, part) => hmac(before, part), `AWS4${secretKey}`);
  return hmac(key, text).toString('hex');
}

/** Compares in constant time. */
export function sameSignature(one: string, other: string): boolean {
  const [first, second] = [Buffer.from(one), Buffer.from(other)];
  return first.length === second.length && timingSafeEqual(first, second);
}

/** Milliseconds since the epoch of `20260131T120000Z`; undefined when it is malformed. */
export function readTime(text: string): number | undefined {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/.exec(text) ?? [];
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(time) ? undefined : time;
}

export interface SignedRequest {
  readonly method: string;
  /** Percent-encoded, as it was sent. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
}

/** The text that the sender of a presigned request has signed. */
export function stringToSign(
  request: SignedRequest,
  {
    signedHeaders,
    time,
    scope,
    payloadHash,
  }: { signedHeaders: readonly string[]; time: string; scope: CredentialScope; payloadHash: string },
): string {
  const parameters = [...request.query]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .sort((one, other) => compare(one[0], other[0]) || compare(one[1], other[1]));
  const canonical = [
    request.method,
    encode(decodeURIComponent(request.path)).replaceAll('%2F', '/'),
    parameters.map(([name, value]) => `${name}=${value}`).join('&'),
    ...signedHeaders.map((name) => `${name}:${(request.headers[name] ?? '').trim().replace(/ +/g, ' ')}`),
    '',
    signedHeaders.join(';'),
    payloadHash,
  ].join('\n');
  const { date, region, service } = scope;
  return ['AWS4-HMAC-SHA256', time, `${date}/${region}/${service}/aws4_request`, sha256(canonical)].join('\n');
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

/** RFC 3986: `encodeURIComponent` leaves `!'()*` as they are. */
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);

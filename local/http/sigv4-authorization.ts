/** What the `Authorization` header of a signed request says about its sender. */
export interface SigningScope {
  readonly accessKeyId: string;
  readonly region: string;
  /** The SigV4 signing name of the service. */
  readonly service: string;
}

const PREFIX = 'AWS4-HMAC-SHA256 ';
const CREDENTIAL = 'Credential=';

/**
 * Reads the credential scope of a SigV4 header; undefined when it is malformed.
 *
 * The signature itself is not checked: keys are made per run, can't be guessed and never leave the machine,
 * and the two hashes of the body would cost more than the rest of the request.
 */
export function parseAuthorization(header: string): SigningScope | undefined {
  if (!header.startsWith(PREFIX)) return undefined;
  const start = header.indexOf(CREDENTIAL);
  if (start < 0) return undefined;
  const end = header.indexOf(',', start);
  return parseCredential(header.slice(start + CREDENTIAL.length, end < 0 ? undefined : end).trim());
}

/** Reads `<access key id>/<date>/<region>/<service>/aws4_request`, which stands in headers, presigned URLs and POST policies. */
export function parseCredential(credential: string): SigningScope | undefined {
  const [accessKeyId, date, region, service, terminator] = credential.split('/');
  if (!accessKeyId || !date || !region || !service || terminator !== 'aws4_request') return undefined;
  return { accessKeyId, region, service };
}

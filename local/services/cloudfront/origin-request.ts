import { createHash } from 'node:crypto';
import { type IncomingHttpHeaders, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Readable } from 'node:stream';
import type { AwsResponse, LocalContext } from '../service.ts';
import { type CdnRequest, selectParts } from './cdn-request.ts';
import type { Behavior, Distribution, Origin } from './distribution.ts';
import { acceptedEncodings } from './edge-cache.ts';
import { ViewerError } from './viewer-error.ts';

/** What all kinds of origins answer. */
export type OriginAnswer = AwsResponse;

/** A request on its way to an origin. */
export interface OriginCall {
  readonly request: CdnRequest;
  readonly behavior: Behavior;
  readonly distribution: Distribution;
  /** Of methods that have one. */
  readonly body: Buffer | undefined;
}

/** Sent to origins always: they ask for a part or for news, or describe the body. */
const ALWAYS_FORWARDED = [
  'range',
  'if-range',
  'if-match',
  'if-none-match',
  'if-modified-since',
  'if-unmodified-since',
  'content-type',
  'x-amz-content-sha256',
];
const S3_HOST = /(?:^|\.)s3[.-]/;
const SERVICE = 'cloudfront.amazonaws.com';
/** The connection is each hop's own. */
const HOP_HEADERS = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'proxy-authenticate', 'trailer', 'te']);

/** @throws ViewerError 502 or 504 when the origin cannot be reached or is too slow */
export async function requestOrigin(origin: Origin, call: OriginCall, context: LocalContext): Promise<OriginAnswer> {
  const { request, behavior, distribution, body } = call;
  const selected = selectParts(request, behavior.forward === undefined ? [behavior.cache] : [behavior.cache, behavior.forward]);
  const headers = originHeaders(origin, call, selected);
  const as = origin.signed ? { service: SERVICE, sourceArn: distribution.arn } : undefined;
  const path = origin.path + request.path;
  const s3 = S3_HOST.test(origin.domainName) ? context.service('s3') : undefined;
  if (s3?.readObject !== undefined) {
    // CloudFront takes other methods to S3 as well; local mode serves files only.
    if (request.method !== 'GET' && request.method !== 'HEAD')
      throw new ViewerError(405, 'MethodNotAllowed', 'The specified method is not allowed against this resource.');
    return s3.readObject({
      method: request.method,
      domainName: origin.domainName,
      path,
      query: selected.query,
      headers,
      ...(as && { as }),
    });
  }
  const host = origin.port === undefined ? origin.domainName : `${origin.domainName}:${origin.port}`;
  if (as !== undefined) assertSignedBody(body, headers);
  const byFunction = context.service('lambda')?.requestUrl?.(host, {
    ...{ method: request.method, path, query: selected.query, headers, body, sourceIp: request.sourceIp },
    ...(as && { as }),
  });
  return byFunction ?? proxy(origin, { method: request.method, path, query: selected.query, headers, body });
}

/** "If you use PUT or POST methods with your Lambda function URL, your users must include the payload hash value": CloudFront signs no body. */
function assertSignedBody(body: Buffer | undefined, headers: Readonly<Record<string, string>>): void {
  if (body === undefined || body.length === 0) return;
  if (headers['x-amz-content-sha256'] === createHash('sha256').update(body).digest('hex')) return;
  const message = 'The request signature we calculated does not match: send the SHA-256 of the body, in hex, as x-amz-content-sha256.';
  throw new ViewerError(403, 'InvalidSignatureException', message);
}

function originHeaders(
  origin: Origin,
  { request, behavior, distribution }: OriginCall,
  selected: ReturnType<typeof selectParts>,
): Record<string, string> {
  const forwarded = ALWAYS_FORWARDED.flatMap((name) => (request.headers[name] === undefined ? [] : [[name, request.headers[name]]]));
  const encodings = acceptedEncodings(request, behavior.cache.encodings);
  const before = request.headers['x-forwarded-for'];
  const { host, authorization, ...chosen } = selected.headers;
  const own: Record<string, string> = {
    'user-agent': 'Amazon CloudFront',
    ...chosen,
    // A signature of CloudFront takes the place of what the viewer sent.
    ...(authorization !== undefined && !origin.signed && { authorization }),
    ...(host !== undefined && !origin.signed && { host }),
    ...Object.fromEntries(forwarded),
    ...(encodings !== '' && { 'accept-encoding': encodings }),
    ...(selected.cookies !== '' && { cookie: selected.cookies }),
    via: `1.1 ${distribution.id.toLowerCase()}.cloudfront.net (CloudFront)`,
    'x-amz-cf-id': crypto.randomUUID(),
    'x-forwarded-for': before === undefined ? request.sourceIp : `${before}, ${request.sourceIp}`,
    ...origin.headers,
  };
  for (const name of HOP_HEADERS) delete own[name];
  return own;
}

interface ProxiedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
}

function proxy(origin: Origin, { method, path, query, headers, body }: ProxiedRequest): Promise<OriginAnswer> {
  return new Promise((resolve, reject) => {
    const send = origin.protocol === 'http' ? requestHttp : requestHttps;
    const outgoing = send(
      {
        ...{ host: origin.domainName, port: origin.port, method, timeout: origin.timeoutMs },
        path: query === '' ? path : `${path}?${query}`,
        headers: { ...headers, ...(body !== undefined && { 'content-length': body.length }) },
      },
      (answer: IncomingMessage) =>
        resolve({ status: answer.statusCode ?? 502, headers: plainHeaders(answer.headers), body: answer as Readable }),
    );
    outgoing.on('timeout', () => {
      reject(new ViewerError(504, 'GatewayTimeout', `The origin ${origin.domainName} did not answer in time.`));
      outgoing.destroy();
    });
    outgoing.on('error', (cause) =>
      reject(new ViewerError(502, 'BadGateway', `The origin ${origin.domainName} cannot be reached.`, { cause })),
    );
    outgoing.end(body);
  });
}

function plainHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const kept = Object.entries(headers).filter(([name, value]) => !HOP_HEADERS.has(name) && value !== undefined);
  // Only `set-cookie` is a list; the server takes it as one.
  return Object.fromEntries(kept) as Record<string, string>;
}

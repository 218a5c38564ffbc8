import type { Readable } from 'node:stream';
import { byteRange } from '../byte-range.ts';
import type { CdnRequest } from './cdn-request.ts';
import type { Distribution } from './distribution.ts';
import { applyHeadersPolicy, type HeadersPolicy } from './headers-policy.ts';

/** What goes to the viewer. */
export interface CdnAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | Readable;
}

/** An answer with where it comes from. */
export interface EdgeAnswer extends CdnAnswer {
  readonly cached: boolean;
  readonly ageSeconds?: number;
  readonly headersPolicy?: HeadersPolicy | undefined;
}

/** Gives an answer the form that this viewer asked for: a part, or only that nothing is new; and the headers that CloudFront adds. */
export function shapeAnswer(request: CdnRequest, answer: EdgeAnswer, distribution: Distribution): CdnAnswer {
  const { status, headers, body } = Buffer.isBuffer(answer.body) && answer.status === 200 ? part(request, answer, answer.body) : answer;
  const all: Record<string, string> = { ...headers };
  if (Buffer.isBuffer(body) && status !== 304 && status !== 204 && request.method !== 'HEAD') all['content-length'] = String(body.length);
  if (answer.headersPolicy !== undefined) applyHeadersPolicy(answer.headersPolicy, request.headers['origin'], all);
  if (answer.ageSeconds !== undefined) all['age'] = String(answer.ageSeconds);
  all['x-cache'] = `${status >= 400 ? 'Error' : answer.cached ? 'Hit' : 'Miss'} from cloudfront`;
  all['via'] = `1.1 ${distribution.id.toLowerCase()}.cloudfront.net (CloudFront)`;
  all['x-amz-cf-pop'] = 'LOCAL';
  all['x-amz-cf-id'] = crypto.randomUUID();
  return { status, headers: all, body };
}

function part(request: CdnRequest, answer: EdgeAnswer, body: Buffer): CdnAnswer {
  if (request.method !== 'GET' && request.method !== 'HEAD') return answer;
  const headers: Record<string, string> = { 'accept-ranges': 'bytes', ...answer.headers };
  if (isUnchanged(request, headers)) {
    const { 'content-length': _, 'content-type': __, ...kept } = headers;
    return { status: 304, headers: kept, body: Buffer.alloc(0) };
  }
  const ifRange = request.headers['if-range'];
  const isWanted = ifRange === undefined || ifRange === headers['etag'] || ifRange === headers['last-modified'];
  // A HEAD of a part is a HEAD of the whole; an answer to a HEAD has no body that could be cut.
  const range = isWanted && request.method === 'GET' ? byteRange(request.headers['range'], body.length) : undefined;
  if (range === undefined) return { status: 200, headers, body };
  if (range === 'unsatisfiable') {
    return { status: 416, headers: { 'content-range': `bytes */${body.length}`, 'accept-ranges': 'bytes' }, body: Buffer.alloc(0) };
  }
  const { start, end } = range;
  return {
    status: 206,
    headers: { ...headers, 'content-range': `bytes ${start}-${end - 1}/${body.length}` },
    body: body.subarray(start, end),
  };
}

/** `If-None-Match` counts alone where it is given (RFC 9110, 13.2.2). */
function isUnchanged({ headers: asked }: CdnRequest, headers: Readonly<Record<string, string>>): boolean {
  const tags = asked['if-none-match'];
  const plain = (tag: string): string => tag.trim().replace(/^W\//, '');
  if (tags !== undefined) {
    const own = headers['etag'];
    return tags.trim() === '*' || (own !== undefined && tags.split(',').some((tag) => plain(tag) === plain(own)));
  }
  const since = Date.parse(asked['if-modified-since'] ?? '');
  const changed = Date.parse(headers['last-modified'] ?? '');
  return !Number.isNaN(since) && !Number.isNaN(changed) && changed <= since;
}

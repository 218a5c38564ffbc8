import { Readable } from 'node:stream';
import type { LocalContext } from '../service.ts';
import type { CdnAnswer, EdgeAnswer } from './cdn-answer.ts';
import { type CdnRequest, selectParts } from './cdn-request.ts';
import type { Behavior, CustomError, Distribution, Origin } from './distribution.ts';
import { cacheKey, type EdgeCache, MAX_OBJECT_BYTES } from './edge-cache.ts';
import { type OriginAnswer, requestOrigin } from './origin-request.ts';
import { matchesPath } from './path-pattern.ts';
import { checkSignature, withoutSignature } from './signed-request.ts';
import { timeToLive } from './time-to-live.ts';
import { ViewerError } from './viewer-error.ts';

const FAILOVER_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** The way of one request through a distribution: its behavior, its signature, the cache, the origins, the error pages. */
export class EdgePipeline {
  readonly #distribution: Distribution;
  readonly #cache: EdgeCache;
  readonly #context: LocalContext;

  constructor(distribution: Distribution, cache: EdgeCache, context: LocalContext) {
    this.#distribution = distribution;
    this.#cache = cache;
    this.#context = context;
  }

  /** @throws ViewerError for what CloudFront refuses itself */
  async run(viewed: CdnRequest, body: Buffer | undefined): Promise<EdgeAnswer> {
    const { rootObject, enabled } = this.#distribution;
    if (!enabled || !viewed.path.startsWith('/')) throw new ViewerError(403, 'AccessDenied', 'Access denied');
    const request = viewed.path === '/' && rootObject !== undefined ? { ...viewed, path: `/${rootObject}` } : viewed;
    const behavior = this.#behaviorFor(request.path);
    if (!behavior.methods.includes(request.method)) {
      throw new ViewerError(403, 'AccessDenied', 'This distribution is not configured to allow the HTTP request method that was used.');
    }
    if (behavior.keys === undefined) return this.#withErrorPage(request, behavior, await this.#answer(request, behavior, body));
    const { host } = this.#distribution;
    const hosts = [host, host.replace('127.0.0.1', 'localhost')];
    checkSignature({ ...viewed, hosts, now: this.#context.clock.now() }, behavior.keys);
    const checked = { ...request, rawQuery: withoutSignature(request.rawQuery) };
    return this.#withErrorPage(checked, behavior, await this.#answer(checked, behavior, body));
  }

  #behaviorFor(path: string): Behavior {
    const found = this.#distribution.behaviors.find(({ pattern }) => matchesPath(pattern, path));
    if (found === undefined) throw new ViewerError(403, 'AccessDenied', 'Access denied');
    return found;
  }

  async #answer(request: CdnRequest, behavior: Behavior, body: Buffer | undefined): Promise<EdgeAnswer> {
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    const key = isRead && behavior.cache.maxTtl > 0 ? cacheKey(request, behavior) : undefined;
    if (key === undefined) return this.#ask(request, behavior, body);
    const kept = this.#kept(key, behavior);
    if (kept !== undefined) return kept;
    // Who asks for the same while it is fetched waits for it ("request collapsing"): a costly answer is made once.
    await this.#cache.fetching.get(key)?.catch(() => {});
    const fetched = this.#kept(key, behavior);
    if (fetched !== undefined) return fetched;
    if (request.method === 'HEAD' || request.headers['range'] !== undefined) return this.#ask(request, behavior, body);
    const asked = this.#ask(request, behavior, body, key);
    this.#cache.fetching.set(key, asked);
    return asked.finally(() => {
      if (this.#cache.fetching.get(key) === asked) this.#cache.fetching.delete(key);
    });
  }

  #kept(key: string, { headersPolicy }: Behavior): EdgeAnswer | undefined {
    const now = this.#context.clock.now();
    const kept = this.#cache.get(key, now);
    return kept && { ...kept, cached: true, ageSeconds: Math.floor((now - kept.storedAt) / 1_000), headersPolicy };
  }

  /** @param key under which the answer is kept, if it may be and is small enough */
  async #ask(request: CdnRequest, behavior: Behavior, body: Buffer | undefined, key?: string): Promise<EdgeAnswer> {
    const now = this.#context.clock.now();
    const { status, headers: given, body: content } = await this.#fetch(request, behavior, body);
    const { connection: _, 'keep-alive': __, 'transfer-encoding': ___, ...headers } = given;
    const ready = await wholeIfSmall(content, headers);
    const seconds = key === undefined ? 0 : timeToLive({ status, headers }, behavior.cache, this.#distribution.errors, now);
    const isWhole = status !== 206 && status !== 304;
    if (key !== undefined && seconds > 0 && isWhole && Buffer.isBuffer(ready)) {
      const { query } = selectParts(request, [behavior.cache]);
      const path = query === '' ? request.path : `${request.path}?${query}`;
      this.#cache.put(key, { status, headers, body: ready, path, storedAt: now, freshUntil: now + seconds * 1_000 });
    }
    return { status, headers, body: ready, cached: false, headersPolicy: behavior.headersPolicy };
  }

  async #fetch(request: CdnRequest, behavior: Behavior, body: Buffer | undefined): Promise<OriginAnswer> {
    const { first, second, failover } = behavior.target;
    const ask = (origin: Origin): Promise<OriginAnswer> =>
      requestOrigin(origin, { request, behavior, body, distribution: this.#distribution }, this.#context);
    if (second === undefined || !FAILOVER_METHODS.has(request.method)) return ask(first);
    try {
      const answer = await ask(first);
      if (!failover.includes(answer.status)) return answer;
      if (answer.body instanceof Readable) answer.body.destroy();
    } catch (error) {
      // What cannot be reached fails over, too.
      if (!(error instanceof ViewerError)) throw error;
    }
    return ask(second);
  }

  /** The page that the distribution shows instead of an origin's error. */
  async #withErrorPage(request: CdnRequest, behavior: Behavior, answer: EdgeAnswer): Promise<EdgeAnswer> {
    const custom: CustomError | undefined = this.#distribution.errors.get(answer.status);
    if (custom?.page === undefined) return answer;
    const asked: CdnRequest = { ...request, method: 'GET', path: custom.page, rawQuery: '', headers: {} };
    const page: CdnAnswer = await this.#answer(asked, this.#behaviorFor(custom.page), undefined);
    // A page that is missing itself leaves the error as it was.
    if (page.status >= 400) {
      if (page.body instanceof Readable) page.body.destroy();
      return answer;
    }
    if (answer.body instanceof Readable) answer.body.destroy();
    return { ...page, status: custom.status ?? answer.status, cached: false, headersPolicy: behavior.headersPolicy };
  }
}

/** A body that fits into memory comes as a whole; a larger one flows through. */
async function wholeIfSmall(body: OriginAnswer['body'], headers: Readonly<Record<string, string>>): Promise<Buffer | Readable> {
  if (!(body instanceof Readable)) return Buffer.from(body);
  if (Number(headers['content-length'] ?? 0) > MAX_OBJECT_BYTES) return body;
  const chunks: Buffer[] = [];
  let length = 0;
  const iterator = body.iterator({ destroyOnReturn: false }) as AsyncIterableIterator<Buffer>;
  try {
    for await (const chunk of iterator) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > MAX_OBJECT_BYTES) return Readable.from(joined(chunks, body), { objectMode: false });
    }
  } catch (cause) {
    throw new ViewerError(502, 'BadGateway', 'The origin broke off its answer.', { cause });
  }
  return Buffer.concat(chunks, length);
}

async function* joined(first: readonly Buffer[], rest: Readable): AsyncGenerator<Buffer> {
  yield* first;
  yield* rest as AsyncIterable<Buffer>;
}

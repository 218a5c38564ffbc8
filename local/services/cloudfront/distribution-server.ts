import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Listener } from '../../http/listener.ts';
import { GatewayError } from '../apigateway/gateway-error.ts';
import { readBody } from '../apigateway/read-body.ts';
import { portOf } from '../server-url.ts';
import type { LocalContext } from '../service.ts';
import { type CdnAnswer, shapeAnswer } from './cdn-answer.ts';
import { readCdnRequest } from './cdn-request.ts';
import type { Distribution } from './distribution.ts';
import { EdgeCache } from './edge-cache.ts';
import { EdgePipeline } from './edge-pipeline.ts';
import { ViewerError } from './viewer-error.ts';

/** "Maximum length of a request, including headers and query strings: 32,768 bytes". */
const MAX_HEADER_BYTES = 32_768;
const GRACE_MS = 5_000;

/** The HTTP server of one distribution. */
export class DistributionServer {
  readonly cache = new EdgeCache();
  readonly #distribution: Distribution;
  readonly #context: LocalContext;
  readonly #listener: Listener;

  constructor(distribution: Distribution, context: LocalContext) {
    this.#distribution = distribution;
    this.#context = context;
    this.#listener = new Listener({
      maxHeaderBytes: MAX_HEADER_BYTES,
      graceMs: GRACE_MS,
      serve: (message, response) => this.#serve(message, response),
      failed: (error) => context.log.error('cloudfront', `${distribution.id} could not answer: ${String(error)}`),
    });
  }

  /** @returns `http://127.0.0.1:<port>` */
  async listen(): Promise<string> {
    const port = await this.#listener.listen(portOf(`http://${this.#distribution.host}`));
    return `http://127.0.0.1:${port}`;
  }

  dispose(): Promise<void> {
    return this.#listener.dispose();
  }

  async #serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = readCdnRequest(message);
    let answer: CdnAnswer;
    try {
      const body = request.method === 'GET' || request.method === 'HEAD' ? undefined : await readBody(message);
      answer = shapeAnswer(
        request,
        await new EdgePipeline(this.#distribution, this.cache, this.#context).run(request, body),
        this.#distribution,
      );
    } catch (error) {
      answer = shapeAnswer(request, this.#refusal(error), this.#distribution);
    }
    await send(response, answer, request.method === 'HEAD');
    this.#context.log.debug?.('cloudfront', `${request.method} ${request.path} ${answer.status} ${answer.headers['x-cache']}`);
  }

  #refusal(error: unknown): CdnAnswer & { readonly cached: false } {
    const refusal = error instanceof GatewayError ? new ViewerError(error.status, 'BadRequest', error.message) : error;
    if (!(refusal instanceof ViewerError)) throw error;
    if (refusal.status >= 500) this.#context.log.warn('cloudfront', refusal.message);
    return { status: refusal.status, headers: { 'content-type': 'text/xml' }, body: Buffer.from(refusal.xml), cached: false };
  }
}

async function send(response: ServerResponse, { status, headers, body }: CdnAnswer, isHead: boolean): Promise<void> {
  response.writeHead(status, headers);
  if (isHead || status === 304 || status === 204) {
    if (body instanceof Readable) body.destroy();
    response.end();
    return;
  }
  if (!(body instanceof Readable)) {
    response.end(body);
    return;
  }
  // A viewer that goes away ends the read; an origin that breaks off ends the viewer's connection, so that nobody takes half for the whole.
  await pipeline(body, response).catch(() => response.destroy());
}

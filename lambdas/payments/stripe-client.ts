import { Agent as HttpAgent, type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { ApiError } from '../../contracts/errors.ts';
import { writeLog } from './write-log.ts';

// Our own in place of the package `stripe`: that is 241 KB in a bundle and takes 45 ms and more to load, answers of any size are read
// to their end by it, and its errors carry Stripe's words. Tests take it as the oracle.

/** The version of Stripe's API whose objects stripe-objects.ts reads. */
const apiVersion = '2026-10-28.endive';
const attemptTimeoutMs = 5_000;
const maxAttempts = 2;
/** Far more than any object that is asked for here has. */
const maxAnswerBytes = 512 * 1_024;
const maxRetryAfterSeconds = 60;
/** What is left for our own answer. */
const reserveMs = 500;

/** One request to Stripe. */
export interface StripeCall {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** With its query: `/v1/payment_intents/pi_1`. */
  readonly path: string;
  readonly secretKey: string;
  /** Where Stripe answers, without a slash at the end. */
  readonly apiUrl: string;
  /** The fields of a POST. */
  readonly fields?: Readonly<Record<string, string>>;
  /** By which Stripe knows a request that is sent again. */
  readonly idempotencyKey?: string;
  /** Milliseconds that are left. */
  readonly remainingMs: () => number;
}

/** What Stripe says. A refusal (4xx) tells Stripe's words for it, without its text. */
export type StripeAnswer =
  | { readonly ok: true; readonly object: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly status: number; readonly type: string; readonly code: string; readonly param: string };

interface RawAnswer {
  readonly status: number;
  readonly text: string;
  readonly retryAfter: string | undefined;
}

const agents = { 'http:': new HttpAgent({ keepAlive: true }), 'https:': new HttpsAgent({ keepAlive: true }) } as const;

/** @throws ApiError `bad_upstream` */
export const badUpstream = (reason: string, fields: Readonly<Record<string, unknown>> = {}): ApiError => {
  writeLog('ERROR', `Stripe answered what it must not: ${reason}`, fields);
  return new ApiError('bad_upstream', 'The payment provider answered what it must not. Nothing was charged; try again in a moment.');
};

const readText = (response: IncomingMessage): Promise<string> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    response.on('error', reject);
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      chunks.push(chunk);
      if (bytes <= maxAnswerBytes) return;
      reject(badUpstream(`more than ${maxAnswerBytes} bytes`));
      response.destroy();
    });
    response.on('end', () => resolve(Buffer.concat(chunks).toString()));
    response.on('close', () => {
      if (!response.complete) reject(new Error('the connection ended early'));
    });
  });

const send = ({ method, path, secretKey, apiUrl, fields, idempotencyKey }: StripeCall, timeoutMs: number): Promise<RawAnswer> =>
  new Promise((resolve, reject) => {
    const url = new URL(`${apiUrl}${path}`);
    // Plain HTTP is what stands in for Stripe on a developer's machine.
    const isPlain = url.protocol === 'http:';
    const body = fields === undefined ? '' : new URLSearchParams(fields).toString();
    const options: RequestOptions = {
      method,
      agent: isPlain ? agents['http:'] : agents['https:'],
      signal: AbortSignal.timeout(timeoutMs),
      headers: {
        authorization: `Bearer ${secretKey}`,
        'stripe-version': apiVersion,
        ...(method === 'POST' && { 'content-type': 'application/x-www-form-urlencoded', 'content-length': Buffer.byteLength(body) }),
        ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
      },
    };
    const request = (isPlain ? requestHttp : requestHttps)(url, options, (response) => {
      readText(response)
        .then((text) => resolve({ status: response.statusCode ?? 0, text, retryAfter: response.headers['retry-after'] }))
        .catch(reject);
    });
    request.on('error', reject);
    request.end(body);
  });

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const parse = ({ text, status }: RawAnswer): Readonly<Record<string, unknown>> => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw badUpstream('no JSON', { status });
  }
  if (!isObject(value)) throw badUpstream('no JSON object', { status });
  return value;
};

/** Words of Stripe's that name something; texts are left out, since they may repeat a key. */
const wordOf = (value: unknown): string => (typeof value === 'string' && /^[\w.[\]-]{1,100}$/.test(value) ? value : '');

const secondsOf = (retryAfter: string | undefined): number =>
  retryAfter !== undefined && /^[0-9]{1,4}$/.test(retryAfter) ? Math.min(Math.max(Number(retryAfter), 1), maxRetryAfterSeconds) : 5;

const busy = (answer?: RawAnswer): ApiError =>
  new ApiError('unavailable', 'The payment provider is busy or cannot be reached. Try again in a moment.', {
    retryAfterSeconds: secondsOf(answer?.retryAfter),
  });

const answerOf = (raw: RawAnswer): StripeAnswer => {
  const { status } = raw;
  if (status === 429 || status >= 500) {
    writeLog('WARN', 'Stripe is busy or fails', { status });
    throw busy(raw);
  }
  if (status >= 200 && status < 300) return { ok: true, object: parse(raw) };
  if (status < 400) throw badUpstream('a redirect', { status });
  const { error } = parse(raw);
  const { type, code, param } = isObject(error) ? error : {};
  return { ok: false, status, type: wordOf(type), code: wordOf(code), param: wordOf(param) };
};

const attempt = async (call: StripeCall): Promise<StripeAnswer> => {
  const timeoutMs = Math.min(attemptTimeoutMs, call.remainingMs() - reserveMs);
  if (timeoutMs <= 0) throw busy();
  try {
    return answerOf(await send(call, timeoutMs));
  } catch (error) {
    if (error instanceof ApiError) throw error;
    const name = (error as { code?: string }).code ?? (error as Error).name;
    writeLog('WARN', 'Stripe could not be reached', { error: name });
    if (name !== 'TimeoutError' && name !== 'ABORT_ERR') throw busy();
    throw new ApiError('timeout', 'The payment provider took too long. Try again in a moment.', { retryAfterSeconds: 5 });
  }
};

const mayTryAgain = (error: unknown): boolean => error instanceof ApiError && error.code === 'unavailable';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Sends a request to Stripe, a second time if Stripe is busy or cannot be reached. What is sent twice is done once: reads change
 * nothing, and the others carry a key.
 *
 * @throws ApiError `unavailable`, `timeout`, `bad_upstream`
 */
export const callStripe = async (call: StripeCall): Promise<StripeAnswer> => {
  for (let count = 1; ; count += 1) {
    try {
      return await attempt(call);
    } catch (error) {
      if (!mayTryAgain(error) || count === maxAttempts) throw error;
      await pause(200 + Math.random() * 200);
    }
  }
};

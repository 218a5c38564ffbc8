import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import webPush from 'web-push';
import type { WebSubscription } from '../../contracts/push.ts';
import { publicLookup } from '../runtime/outbound-url.ts';
import type { WebPayload } from './payload/web-payload.ts';
import type { VapidKeys } from './vapid-keys.ts';

/** What a push service has answered. */
export interface WebPushAnswer {
  readonly status: number;
  /** Seconds, by `Retry-After`. */
  readonly retryAfterSeconds?: number;
  /** The beginning of its words. */
  readonly text: string;
}

/** What one push to a browser is made of. */
export interface WebPush {
  readonly url: URL;
  readonly subscription: WebSubscription;
  readonly payload: WebPayload;
  /** Whom the push service may turn to. */
  readonly subject: string;
  readonly keys: VapidKeys;
}

const timeoutMs = 5_000;
/** Of an answer; push services say little. */
const maxTextBytes = 512;

/** `Retry-After` is seconds or a date (RFC 9110, section 10.2.3). */
const retryAfter = (header: string | undefined): number | undefined => {
  if (header === undefined) return undefined;
  const seconds = /^\d+$/.test(header) ? Number(header) : Math.ceil((Date.parse(header) - Date.now()) / 1_000);
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined;
};

/** A push as it goes over the wire. */
export interface SealedPush {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string | number>>;
  readonly body: Buffer;
}

/**
 * Encrypts a message for one browser (RFC 8291) and signs it (RFC 8292).
 *
 * @throws Error for a subscription whose keys are none
 */
export const sealWebPush = ({ url, subscription, payload, subject, keys }: WebPush): SealedPush => {
  const { headers, body } = webPush.generateRequestDetails({ ...subscription, endpoint: url.href }, payload.payload, {
    TTL: payload.ttlSeconds,
    urgency: payload.urgency,
    topic: payload.topic,
    vapidDetails: { subject, ...keys },
    contentEncoding: 'aes128gcm',
  });
  return { url, headers: headers as SealedPush['headers'], body: body as Buffer };
};

/**
 * Hands a push to the push service (RFC 8030). Redirects are not followed.
 *
 * @throws Error when there is no answer
 */
export const postWebPush = ({ url, headers, body }: SealedPush): Promise<WebPushAnswer> =>
  new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const options = { method: 'POST', headers, signal };
    // A name that leads into a private network is none of a push service, whoever has made it so.
    // Plain HTTP is let through to this machine only, and in local mode only (contracts/push-services.ts).
    const request = url.protocol === 'http:' ? requestHttp(url, options) : requestHttps(url, { ...options, lookup: publicLookup() });
    request.on('error', reject);
    request.on('response', (response) => {
      let text = '';
      const seconds = retryAfter(response.headers['retry-after']);
      const answer = () =>
        resolve({
          status: response.statusCode ?? 0,
          text: text.slice(0, maxTextBytes),
          ...(seconds !== undefined && { retryAfterSeconds: seconds }),
        });
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
        if (text.length < maxTextBytes) return;
        answer();
        response.destroy();
      });
      response.on('end', answer);
      response.on('error', reject);
    });
    request.end(body);
  });

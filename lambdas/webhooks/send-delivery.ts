import { type WebhookAttempt, webhookLimits } from '../../contracts/webhooks.ts';
import type { DeliveryItem, EndpointItem, MessageItem } from '../../contracts/webhooks-table.ts';
import { postOutbound } from '../runtime/outbound-request.ts';
import { retryAfterMs } from './plan-retry.ts';
import { signatureOf, validSecrets } from './sign.ts';

/** What came of a request to an endpoint. */
export interface SendResult {
  readonly attempt: WebhookAttempt;
  readonly isDelivered: boolean;
  /** How long the endpoint asks to be left alone. */
  readonly retryAfterMs: number;
}

const codeOf = (error: unknown): string => {
  const code = (error as { readonly code?: unknown }).code;
  return typeof code === 'string' && /^[A-Za-z0-9_]{1,64}$/.test(code) ? code : 'no_answer';
};

/** An answer may hold what it was sent, and anything at all: neither secrets nor control characters get into the log. */
const redact = (text: string, { headers, secrets }: EndpointItem): string =>
  [...Object.values(headers), ...secrets.map(({ secret }) => secret)]
    .filter((value) => value.length > 3)
    .reduce((shown, value) => shown.replaceAll(value, '[redacted]'), text)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is meant
    .replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, ' ');

const headersOf = ({ headers, secrets }: EndpointItem, id: string, body: string, nowMs: number): Readonly<Record<string, string>> => {
  const timestamp = Math.floor(nowMs / 1_000);
  return {
    ...headers,
    'content-type': 'application/json',
    'user-agent': 'plinth-webhooks/1',
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signatureOf({ id, timestamp, body }, validSecrets(secrets, nowMs)),
  };
};

/** Posts a message to an endpoint. Redirects are not followed, and 2xx alone is a success. Nothing is thrown. */
export const sendDelivery = async (endpoint: EndpointItem, { messageId }: DeliveryItem, { body }: MessageItem): Promise<SendResult> => {
  const nowMs = Date.now();
  const begun = performance.now();
  const took = () => ({ at: new Date(nowMs).toISOString(), durationMs: Math.round(performance.now() - begun) });
  try {
    const { status, headers, text } = await postOutbound({
      url: endpoint.url,
      headers: headersOf(endpoint, messageId, body, nowMs),
      body,
      timeoutMs: webhookLimits.timeoutMs,
      answerBytes: webhookLimits.answerBytes,
    });
    const isDelivered = status >= 200 && status < 300;
    const answer = isDelivered || text === '' ? {} : { answer: redact(text, endpoint) };
    return {
      attempt: { ...took(), status, ...(!isDelivered && { error: `http_${status}` }), ...answer },
      isDelivered,
      retryAfterMs: retryAfterMs(headers['retry-after'], nowMs),
    };
  } catch (error) {
    return { attempt: { ...took(), error: codeOf(error) }, isDelivered: false, retryAfterMs: 0 };
  }
};

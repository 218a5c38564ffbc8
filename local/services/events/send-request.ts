import type { DestinationRequest } from './destination-request.ts';

/** What an endpoint answered. */
export interface DestinationAnswer {
  readonly status: number;
  /** What `Retry-After` asks for: negative to stop, undefined where the answer does not say. */
  readonly retryAfterMs: number | undefined;
  readonly text: string;
}

/** "EventBridge requests to an API destination endpoint must have a maximum client execution timeout of 5 seconds." */
const TIMEOUT_MS = 5_000;

/**
 * Calls an endpoint. A redirect is an answer as others.
 *
 * @throws Error when no answer comes in time
 */
export async function send({ url, method, headers, body }: DestinationRequest): Promise<DestinationAnswer> {
  const answer = await fetch(url, {
    method,
    headers: { ...headers, connection: 'close' },
    ...(body !== undefined && { body }),
    redirect: 'manual',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  return { status: answer.status, retryAfterMs: waitOf(answer.headers.get('retry-after')), text: await answer.text() };
}

/** Seconds, or a date. */
function waitOf(header: string | null): number | undefined {
  if (header === null || header === '') return undefined;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.round(seconds * 1_000);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

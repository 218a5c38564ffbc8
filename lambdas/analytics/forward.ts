import { analytics } from '@compiled/analytics';
import type { AnalyticsEvent } from '../../contracts/analytics.ts';
import type { ForwardName } from '../../contracts/analytics-options.ts';
import { variables } from '../../contracts/variables.ts';
import { postOutbound } from '../runtime/outbound-request.ts';
import type { Destination, ProviderRequest } from './destination.ts';
import { ga4 } from './destinations/ga4.ts';
import { posthog } from './destinations/posthog.ts';
import { segment } from './destinations/segment.ts';
import { readSecret } from './secrets-store.ts';

const timeoutMs = 10_000;

const destinations: Readonly<Record<ForwardName, Destination>> = {
  segment,
  posthog: posthog(analytics.forward.posthog?.host ?? ''),
  ga4,
};

const assertTaken = (to: ForwardName, status: number): void => {
  if (status < 200 || status > 299) throw new Error(`${to} answered ${status}`);
};

/** To the recorder of local mode, where nobody has given a key. */
const record = async (to: ForwardName, origin: string, { path, headers = {}, body }: ProviderRequest): Promise<void> => {
  const { status } = await postOutbound({
    url: `${origin}${path}`,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    timeoutMs: { connect: 1_000, total: timeoutMs },
    answerBytes: 1_000,
  });
  assertTaken(to, status);
};

const post = async (to: ForwardName, origin: string, { path, headers = {}, body }: ProviderRequest): Promise<void> => {
  const answer = await fetch(`${origin}${path}`, {
    method: 'POST',
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  await answer.body?.cancel();
  assertTaken(to, answer.status);
};

const textsOf = (
  to: ForwardName,
  names: readonly string[],
  secret: Readonly<Record<string, unknown>>,
): Readonly<Record<string, string>> => {
  const missing = names.find((name) => typeof secret[name] !== 'string');
  if (missing !== undefined) throw new Error(`the secret of ${to} must hold JSON with the text ${missing}`);
  return secret as Readonly<Record<string, string>>;
};

/** On a developer's machine, a stand-in may take the place of the service. */
const originOf = ({ origin }: Destination, { apiUrl }: Readonly<Record<string, unknown>>): string =>
  process.env[variables.localMode] !== undefined && typeof apiUrl === 'string' ? apiUrl : origin;

/**
 * Sends events to a service.
 *
 * @throws Error where it does not take them
 */
export const forward = async (to: ForwardName, events: readonly AnalyticsEvent[]): Promise<void> => {
  const destination = destinations[to];
  const secret = await readSecret(analytics.forward[to]?.secretName ?? '');
  if (secret === undefined) {
    const placeholders = Object.fromEntries(destination.secret.map((name) => [name, name]));
    for (const request of destination.requests(events, placeholders)) await record(to, destination.origin, request);
    return;
  }
  const texts = textsOf(to, destination.secret, secret);
  for (const request of destination.requests(events, texts)) await post(to, originOf(destination, secret), request);
};

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
import { chunksOf, type Sent, sendByHalves } from './send-by-halves.ts';

const timeoutMs = 10_000;

const destinations: Readonly<Record<ForwardName, Destination>> = {
  segment,
  posthog: posthog(analytics.forward.posthog?.host ?? ''),
  ga4,
};

/** To the recorder of local mode, where nobody has given a key. */
const record = async (origin: string, { path, headers = {}, body }: ProviderRequest): Promise<number> => {
  const { status } = await postOutbound({
    url: `${origin}${path}`,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    timeoutMs: { connect: 1_000, total: timeoutMs },
    answerBytes: 1_000,
  });
  return status;
};

const post = async (origin: string, { path, headers = {}, body }: ProviderRequest): Promise<number> => {
  const answer = await fetch(`${origin}${path}`, {
    method: 'POST',
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  await answer.body?.cancel();
  return answer.status;
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

/** How events get to a service. It gives the status of the answer. */
const senderTo = async (to: ForwardName): Promise<(events: readonly AnalyticsEvent[]) => Promise<number>> => {
  const destination = destinations[to];
  const secret = await readSecret(analytics.forward[to]?.secretName ?? '');
  if (secret === undefined) {
    const placeholders = Object.fromEntries(destination.secret.map((name) => [name, name]));
    return (events) => record(destination.origin, destination.request(events, placeholders));
  }
  const texts = textsOf(to, destination.secret, secret);
  const origin = originOf(destination, secret);
  return (events) => post(origin, destination.request(events, texts));
};

/**
 * Sends events to a service. Where it refuses some for good, those are found by halves, and the others get through.
 *
 * @throws Error where none is taken and nothing is known of them that was not known before
 */
export const forward = async (to: ForwardName, events: readonly AnalyticsEvent[]): Promise<Sent> =>
  sendByHalves(to, chunksOf(events, destinations[to].eventsOfRequest ?? events.length), await senderTo(to));

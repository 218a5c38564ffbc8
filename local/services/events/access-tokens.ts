import type { ConnectionAuthorization, HttpParameters } from './connection.ts';
import { send } from './send-request.ts';

type OAuth = Extract<ConnectionAuthorization, { kind: 'OAUTH_CLIENT_CREDENTIALS' }>;

export interface AccessToken {
  readonly value: string;
  /** Whether it was asked for just now: another one would be refused as well. */
  readonly isNew: boolean;
}

interface Kept {
  readonly value: string;
  readonly untilMs: number;
}

/** Where the answer does not say how long a token is good for. */
const DEFAULT_LIFETIME_SECONDS = 300;
/** Tokens are asked for anew when they are about to end. */
const MARGIN_MS = 30_000;

/** Tokens of OAuth client credentials, kept until they end. */
export class AccessTokens {
  readonly #kept = new Map<string, Kept>();

  /** @throws Error when none is given */
  async get(client: OAuth, now: number): Promise<AccessToken> {
    const key = JSON.stringify(client);
    const kept = this.#kept.get(key);
    if (kept !== undefined && kept.untilMs > now) return { value: kept.value, isNew: false };
    const { value, seconds } = await askForToken(client);
    this.#kept.set(key, { value, untilMs: now + seconds * 1_000 - MARGIN_MS });
    return { value, isNew: true };
  }

  /** "EventBridge refreshes OAuth tokens when a 401 or 407 response is returned." */
  drop(client: OAuth): void {
    this.#kept.delete(JSON.stringify(client));
  }
}

async function askForToken({ endpoint, method, clientId, clientSecret, parameters }: OAuth) {
  const credentials = { client_id: clientId, client_secret: clientSecret };
  const answer = await send(tokenRequest(new URL(endpoint), method, { ...parameters, body: { ...credentials, ...parameters.body } }));
  if (answer.status !== 200) throw new Error(`${endpoint} gave no token: it answered ${answer.status}`);
  const { access_token: value, expires_in: seconds = DEFAULT_LIFETIME_SECONDS } = Object(JSON.parse(answer.text)) as {
    access_token?: unknown;
    expires_in?: unknown;
  };
  if (typeof value !== 'string') throw new Error(`${endpoint} gave no access_token`);
  return { value, seconds: Number(seconds) };
}

/** A GET has no body: then all is in the query. */
function tokenRequest(url: URL, method: string, { headers, query, body }: HttpParameters) {
  const hasBody = method !== 'GET';
  for (const [name, value] of Object.entries({ ...query, ...(!hasBody && body) })) url.searchParams.set(name, value);
  return {
    url: url.href,
    method,
    headers: { ...headers, accept: 'application/json', ...(hasBody && { 'content-type': 'application/x-www-form-urlencoded' }) },
    body: hasBody ? new URLSearchParams(body).toString() : undefined,
  };
}

import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';

/** "API Gateway can cache the public key for two hours." */
const CACHE_MS = 2 * 3_600_000;
/** An unknown key id is looked up again, but not more often than this. */
const REFRESH_PAUSE_MS = 10_000;
const FETCH_TIMEOUT_MS = 1_500;
const COGNITO_ISSUER = /^https:\/\/cognito-idp\.[\w-]+\.amazonaws\.com(?:\.cn)?\/[\w-]+$/;

/** The public keys of a token issuer. */
export class KeySet {
  readonly #issuer: string;
  readonly #endpointUrl: string;
  #keys: ReadonlyMap<string, KeyObject> = new Map();
  #fetchedAt = Number.NEGATIVE_INFINITY;
  #fetching: Promise<void> | undefined;

  /** @param endpointUrl where the user pools of this run are */
  constructor(issuer: string, endpointUrl: string) {
    this.#issuer = issuer;
    this.#endpointUrl = endpointUrl;
  }

  /** @throws Error when the issuer can't be reached and no key of it is known */
  async find(keyId: string): Promise<KeyObject | undefined> {
    const age = performance.now() - this.#fetchedAt;
    const known = this.#keys.get(keyId);
    if (known !== undefined && age < CACHE_MS) return known;
    if (known === undefined && age < REFRESH_PAUSE_MS) return undefined;
    this.#fetching ??= this.#fetch().finally(() => {
      this.#fetching = undefined;
    });
    // Keys that are known go on verifying while the issuer is away.
    await this.#fetching.catch((error: unknown) => {
      if (this.#keys.size === 0) throw error;
    });
    return this.#keys.get(keyId);
  }

  async #fetch(): Promise<void> {
    const { keys } = (await fetchJson(await this.#keysUrl())) as { keys: (JsonWebKey & { kid?: string; kty?: string })[] };
    this.#keys = new Map(
      keys.flatMap((key) =>
        key.kid !== undefined && key.kty === 'RSA' ? [[key.kid, createPublicKey({ key, format: 'jwk' })] as const] : [],
      ),
    );
    this.#fetchedAt = performance.now();
  }

  async #keysUrl(): Promise<string> {
    if (COGNITO_ISSUER.test(this.#issuer)) return `${this.#endpointUrl}${new URL(this.#issuer).pathname}/.well-known/jwks.json`;
    const discovery = (await fetchJson(`${this.#issuer.replace(/\/$/, '')}/.well-known/openid-configuration`)) as { jwks_uri: string };
    return discovery.jwks_uri;
  }
}

async function fetchJson(url: string): Promise<unknown> {
  const response = await fetch(url, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return response.json();
}

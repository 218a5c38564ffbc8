import { problem, type SeenRequest, type Step } from './scripted-server.ts';

const tokens = (generation: number, expiresInSeconds: number) => ({
  accessToken: `access-${generation}`,
  idToken: `id-${generation}`,
  refreshToken: `refresh-${generation}`,
  tokenType: 'Bearer',
  expiresInSeconds,
});

/** The script of a backend whose refresh tokens are good once. Generations of tokens are counted from 1. */
export class RotatingBackend {
  /** What a refresh answers instead of new tokens. */
  refreshFails: Step | undefined;
  lifetimeSeconds = 900;
  /** No access token is good enough, however new. */
  refusesAll = false;
  passwordIsRight = false;
  /** Logins end in a challenge. */
  challenges = false;
  /** Method and path of each request, in the order in which they came. */
  readonly calls: string[] = [];
  #generation = 0;
  #refusedUpTo = 0;

  /** Refuses the access tokens that are out, as after a change of groups; their refresh token stays good. */
  refuseAccess(): void {
    this.#refusedUpTo = this.#generation;
  }

  count(call: string): number {
    return this.calls.filter((seen) => seen === call).length;
  }

  readonly script = (request: SeenRequest): Step => {
    const call = `${request.method} ${request.url}`;
    this.calls.push(call);
    if (call === 'POST /auth/login' || call === 'POST /auth/challenge') return this.#login();
    if (call === 'POST /auth/refresh') return this.refreshFails ?? this.#refresh(request);
    if (call === 'POST /auth/logout' || call === 'DELETE /auth/me') return { status: 204 };
    if (call === 'POST /auth/change-password') return this.passwordIsRight ? this.#login() : problem(401, 'invalid_credentials');
    const good =
      !this.refusesAll && this.#generation > this.#refusedUpTo && request.headers.authorization === `Bearer access-${this.#generation}`;
    return good ? { json: { id: '1' } } : problem(401, 'unauthenticated');
  };

  #login(): Step {
    return this.challenges ? { json: { challenge: 'authenticator_code', session: 's' } } : this.#newTokens();
  }

  #newTokens(): Step {
    this.#generation += 1;
    return { json: tokens(this.#generation, this.lifetimeSeconds) };
  }

  #refresh(request: SeenRequest): Step {
    const { refreshToken } = JSON.parse(request.body) as { refreshToken: string };
    return refreshToken === `refresh-${this.#generation}` ? this.#newTokens() : problem(401, 'invalid_session');
  }
}

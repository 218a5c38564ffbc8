import { AwsError } from '../service.ts';

/** Why a platform refuses a push, and whether for good: then the token is dead. */
const reasons: Readonly<Record<string, { readonly permanent: boolean }>> = {
  Unregistered: { permanent: true },
  BadDeviceToken: { permanent: true },
  NOT_FOUND: { permanent: true },
  '429': { permanent: false },
  '503': { permanent: false },
  QUOTA_EXCEEDED: { permanent: false },
};

export interface PushFailure {
  readonly token: string;
  readonly reason: string;
  /** Undefined: each time. */
  readonly times?: number;
}

/** What the platforms are told to answer, so that a test can have a device that is gone or a platform that is busy. */
export class PushFailures {
  readonly #failures = new Map<string, { reason: string; left: number }>();

  /**
   * Temporary reasons hold for one attempt unless told otherwise, permanent ones each time.
   *
   * @throws AwsError `InvalidParameter`
   */
  set(input: unknown): void {
    const { token, reason, times } = Object(input) as Partial<Record<keyof PushFailure, unknown>>;
    const known = typeof reason === 'string' || typeof reason === 'number' ? reasons[String(reason)] : undefined;
    if (typeof token !== 'string' || known === undefined || (times !== undefined && !(Number.isInteger(times) && Number(times) >= 0)))
      throw new AwsError('InvalidParameter', `give {"token", "reason": ${Object.keys(reasons).join(' | ')}, "times"?: a number}`);
    const left = times === undefined ? (known.permanent ? Number.POSITIVE_INFINITY : 1) : Number(times);
    this.#failures.set(token, { reason: String(reason), left });
  }

  list(): PushFailure[] {
    return [...this.#failures].map(([token, { reason, left }]) => ({
      token,
      reason,
      ...(Number.isFinite(left) && { times: left }),
    }));
  }

  clear(): void {
    this.#failures.clear();
  }

  /** How the platform refuses this push; undefined: it takes it. */
  take(token: string): { readonly reason: string; readonly permanent: boolean } | undefined {
    const failure = this.#failures.get(token);
    if (failure === undefined || failure.left <= 0) return undefined;
    failure.left -= 1;
    return { reason: failure.reason, permanent: reasons[failure.reason]?.permanent === true };
  }
}

import type { Clock } from '../../clock.ts';
import type { Stage } from './http-api.ts';

interface Bucket {
  readonly capacity: number;
  readonly ratePerSecond: number;
  tokens: number;
  filledAt: number;
}

/** AWS's defaults for an account. */
const ACCOUNT_RATE = 10_000;
const ACCOUNT_BURST = 5_000;

/** The token buckets of a stage: one for each route, filled at its rate and as large as its burst. */
export class Throttle {
  readonly #stage: Stage;
  readonly #clock: Clock;
  readonly #buckets = new Map<string, Bucket | undefined>();

  constructor(stage: Stage, clock: Clock) {
    this.#stage = stage;
    this.#clock = clock;
  }

  /** Whether a request to the route may pass now. */
  take(routeKey: string): boolean {
    if (!this.#buckets.has(routeKey)) this.#buckets.set(routeKey, this.#create(routeKey));
    const bucket = this.#buckets.get(routeKey);
    if (bucket === undefined) return true;
    const now = this.#clock.now();
    const elapsedSeconds = Math.max(0, now - bucket.filledAt) / 1_000;
    bucket.tokens = Math.min(bucket.capacity, bucket.tokens + elapsedSeconds * bucket.ratePerSecond);
    bucket.filledAt = now;
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }

  #create(routeKey: string): Bucket | undefined {
    const { defaultThrottle, routeThrottles } = this.#stage;
    const own = routeThrottles.get(routeKey);
    const rate = own?.ratePerSecond ?? defaultThrottle.ratePerSecond;
    const burst = own?.burst ?? defaultThrottle.burst;
    if (rate === undefined && burst === undefined) return undefined;
    const capacity = burst ?? ACCOUNT_BURST;
    return { capacity, ratePerSecond: rate ?? ACCOUNT_RATE, tokens: capacity, filledAt: this.#clock.now() };
  }
}

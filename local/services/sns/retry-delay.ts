/** How long SNS waits before it tries again, by phase. */
interface Policy {
  readonly immediate: number;
  readonly preBackoff: { readonly count: number; readonly ms: number };
  readonly backoff: { readonly count: number; readonly minMs: number; readonly maxMs: number };
  readonly postBackoff: { readonly count: number; readonly ms: number };
}

/** https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html */
const aws: Policy = {
  immediate: 3,
  preBackoff: { count: 2, ms: 1_000 },
  backoff: { count: 10, minMs: 1_000, maxMs: 20_000 },
  postBackoff: { count: 100_000, ms: 20_000 },
};
const push: Policy = {
  immediate: 0,
  preBackoff: { count: 2, ms: 10_000 },
  backoff: { count: 10, minMs: 10_000, maxMs: 600_000 },
  postBackoff: { count: 38, ms: 600_000 },
};
const http: Policy = {
  immediate: 0,
  preBackoff: { count: 0, ms: 0 },
  backoff: { count: 0, minMs: 0, maxMs: 0 },
  postBackoff: { count: 3, ms: 20_000 },
};

const policies: Readonly<Record<string, Policy>> = { sqs: aws, lambda: aws, application: push, http, https: http };

/** How long to wait after so many failed attempts; undefined: it is given up. */
export function retryDelayMs(protocol: string, failures: number): number | undefined {
  const { immediate, preBackoff, backoff, postBackoff } = policies[protocol] ?? push;
  let place = failures;
  if (place <= immediate) return 0;
  place -= immediate;
  if (place <= preBackoff.count) return preBackoff.ms;
  place -= preBackoff.count;
  if (place <= backoff.count) return Math.round(backoff.minMs * (backoff.maxMs / backoff.minMs) ** ((place - 1) / (backoff.count - 1)));
  place -= backoff.count;
  return place <= postBackoff.count ? postBackoff.ms : undefined;
}

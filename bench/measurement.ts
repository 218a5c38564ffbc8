/** One row of docs/performance.md. */
export interface Measurement {
  readonly what: string;
  readonly measured: string;
  /** The bound of the design, as text. */
  readonly bound: string;
  readonly met: boolean;
}

/** How much work a run does: a smoke shows that the measurement works, a full run gives figures to quote. */
export interface Effort {
  readonly smoke: boolean;
}

/** One measurement of the bench: `bench/run.ts` lists them. */
export type Measure = (effort: Effort) => Promise<readonly Measurement[]>;

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] as number) : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
};

/** `a` over `b` for pairs that were measured next to each other, so that the machine's drift cancels out. */
export const medianRatio = (pairs: readonly (readonly [a: number, b: number])[]): number => median(pairs.map(([a, b]) => a / b));

export const round = (value: number, digits = 2): string => value.toFixed(digits);

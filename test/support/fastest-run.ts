/** The milliseconds of the fastest of some runs: what the machine does beside is left out. */
export const fastestRunMs = (run: () => unknown, runs = 5): number =>
  Math.min(
    ...Array.from({ length: runs }, () => {
      const startedAt = performance.now();
      run();
      return performance.now() - startedAt;
    }),
  );

/** The milliseconds of the fastest of some requests, of which there are no more once one took less than `enoughMs`. */
export const fastestRequestMs = async (request: () => Promise<unknown>, enoughMs: number, most = 25): Promise<number> => {
  let fastest = Number.POSITIVE_INFINITY;
  for (let count = 0; count < most && fastest >= enoughMs; count += 1) {
    const startedAt = performance.now();
    await request();
    fastest = Math.min(fastest, performance.now() - startedAt);
  }
  return fastest;
};

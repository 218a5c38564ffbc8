/** The milliseconds of the fastest of some runs: what the machine does beside is left out. */
export const fastestRunMs = (run: () => unknown, runs = 5): number =>
  Math.min(
    ...Array.from({ length: runs }, () => {
      const startedAt = performance.now();
      run();
      return performance.now() - startedAt;
    }),
  );

/**
 * Looks until something is so.
 *
 * @throws Error with what was seen last, after so long
 */
export const until = async <T>(look: () => Promise<T> | T, isSo: (seen: T) => boolean, longestMs = 60_000): Promise<T> => {
  const deadline = performance.now() + longestMs;
  for (;;) {
    const seen = await look();
    if (isSo(seen)) return seen;
    if (performance.now() > deadline) throw new Error(`waited in vain; last seen: ${JSON.stringify(seen).slice(0, 2_000)}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
};

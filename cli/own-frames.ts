const frame = /^\s+at /;
const foreign = /[\\/]node_modules[\\/]|\(node:|\bat (?:async )?node:|\bat (?:async )?[^(]*\(<anonymous>\)$/;

/**
 * A text with its stack traces cut down to the lines of the project: those of packages and of Node.js go. A trace that has no other
 * keeps its first, so that there is a place to begin.
 */
export const ownFrames = (text: string): string => {
  const lines = text.split('\n');
  const traces: { readonly from: number; to: number }[] = [];
  lines.forEach((line, index) => {
    if (!frame.test(line)) return;
    const last = traces.at(-1);
    if (last?.to === index) last.to += 1;
    else traces.push({ from: index, to: index + 1 });
  });
  const hidden = new Set(
    traces.flatMap(({ from, to }) => {
      const all = Array.from({ length: to - from }, (_, index) => from + index);
      const theirs = all.filter((index) => foreign.test(lines[index] ?? ''));
      return theirs.length === all.length ? theirs.slice(1) : theirs;
    }),
  );
  return lines.filter((_, index) => !hidden.has(index)).join('\n');
};

/** A command of a `console` block and the output that the page promises. */
export interface ConsoleStep {
  readonly command: string;
  readonly output: string;
}

/** The steps of all fenced `console` blocks of a Markdown page, in order. A command may go on over lines that end with `\`. */
export const consoleSteps = (markdown: string): readonly ConsoleStep[] => {
  const blocks = [...markdown.matchAll(/^```console\n([\s\S]*?)^```$/gm)].map((match) => match[1] ?? '');
  return blocks.flatMap(stepsOf);
};

const stepsOf = (block: string): readonly ConsoleStep[] => {
  const steps: { command: string; output: string }[] = [];
  let continues = false;
  for (const line of block.split('\n')) {
    const last = steps.at(-1);
    if (line.startsWith('$ ')) steps.push({ command: line.slice(2), output: '' });
    else if (continues && last !== undefined) last.command += `\n${line}`;
    else if (last !== undefined && line !== '') last.output += `${line}\n`;
    continues = line.endsWith('\\');
  }
  return steps;
};

/** What differs from run to run, and what stands in its place when outputs are compared. */
const variables: readonly (readonly [RegExp, string])[] = [
  [/eyJ[\w-]+\.[\w-]+\.[\w-]+/g, '<jwt>'],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, '<uuid>'],
  [/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, '<time>'],
  [/"refreshToken":"[^"]+"/g, '"refreshToken":"<token>"'],
  [/\b\d{6}\b/g, '<code>'],
  [/started in [\d.]+ s/g, 'started in <seconds> s'],
  [/^date: .*$/gim, 'date: <date>'],
];

/** An output without what differs from run to run. */
export const normalized = (output: string): string =>
  variables.reduce((text, [pattern, name]) => text.replace(pattern, name), output.replaceAll('\r', '')).trim();

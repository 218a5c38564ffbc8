import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { median, medianRatio, round } from '../measurement.ts';
import { LoadGenerator } from './load-generator.ts';
import type { LoadOrder, LoadResult } from './load-process.ts';
import { parseVersion, startParse } from './parse-target.ts';
import { startPlinth } from './plinth-target.ts';
import { startPostgres } from './postgres.ts';
import { processorTime } from './processor-time.ts';
import { type Operation, operations, type Target } from './target.ts';
import { prepareWorkload } from './workload.ts';

const CONNECTIONS = 10;
const bounds: Readonly<Record<Operation, number>> = { create: 1, get: 0.8, list: 1.5 };
const titles: Readonly<Record<Operation, string>> = { create: 'create', get: 'get by id', list: 'list of 20 newest' };

interface Stretch extends LoadResult {
  /** Processor time of the backend for one answer, in milliseconds. */
  readonly processor: number;
}

type Pair = readonly [plinth: Stretch, parse: Stretch];

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    pairs: { type: 'string', default: '7' },
    'postgres-setting': { type: 'string', multiple: true, default: [] },
  },
});
const [seconds, pairs] = [Number(values.seconds), Number(values.pairs)];
if (!(seconds > 0 && Number.isInteger(pairs) && pairs > 0)) throw new Error('--seconds and --pairs take a positive number');

const progress = (text: string): boolean => process.stderr.write(`${text}\n`);

const row = (operation: Operation, results: readonly Pair[]): string => {
  const ratio = medianRatio(results.map(([plinth, parse]) => [plinth.perSecond, parse.perSecond]));
  const each = results.map(([plinth, parse]) => plinth.perSecond / parse.perSecond);
  const cell = (side: 0 | 1): string => {
    const of = (figure: keyof Stretch): number => median(results.map((pair) => pair[side][figure]));
    return `${round(of('perSecond'), 0)}/s, ${round(of('p50'), 1)} ms, ${round(of('p99'), 1)} ms, ${round(of('processor'))} ms`;
  };
  const spread = `${round(Math.min(...each))}–${round(Math.max(...each))}`;
  const bound = bounds[operation];
  return `| ${titles[operation]} | ${cell(0)} | ${cell(1)} | ${round(ratio)}x (${spread}) | ≥ ${round(bound, 1)}x | ${ratio >= bound ? 'yes' : '**no**'} |`;
};

type Connections = LoadOrder['connections'];

const load = async (generator: LoadGenerator, { baseUrl, pids }: Target, connections: Connections): Promise<Stretch> => {
  const used = (): number => pids.reduce((sum, pid) => sum + processorTime(pid), 0);
  const before = used();
  const result = await generator.run({ baseUrl, seconds, connections });
  return { ...result, processor: (used() - before) / result.answers };
};

const compare = async (plinth: Target, parse: Target): Promise<readonly string[]> => {
  const generator = new LoadGenerator();
  try {
    progress('filling both backends');
    const plinthLoad = await prepareWorkload(plinth, CONNECTIONS);
    const parseLoad = await prepareWorkload(parse, CONNECTIONS);
    const rows: string[] = [];
    for (const operation of operations) {
      const measure = async (): Promise<Pair> => [
        await load(generator, plinth, plinthLoad[operation]),
        await load(generator, parse, parseLoad[operation]),
      ];
      // Warms up the code of both servers and of the generator.
      await measure();
      const results: Pair[] = [];
      while (results.length < pairs) {
        const pair = await measure();
        results.push(pair);
        progress(`${operation}: ${pair.map(({ perSecond }) => `${round(perSecond, 0)}/s`).join(' against ')}`);
      }
      rows.push(row(operation, results));
    }
    return rows;
  } finally {
    generator.stop();
  }
};

const running: { stop(): Promise<void> }[] = [];
const started = <Server extends { stop(): Promise<void> }>(server: Server): Server => {
  running.unshift(server);
  return server;
};
const stopEach = async (): Promise<void> => {
  for (const server of running) await server.stop();
};
let stopping: Promise<void> | undefined;
const stopAll = (): Promise<void> => {
  stopping ??= stopEach();
  return stopping;
};
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopAll().finally(() => process.exit(130)));

try {
  progress('starting PostgreSQL, parse-server and plinth dev');
  const postgres = started(await startPostgres(values['postgres-setting']));
  const parse = started(await startParse(postgres));
  const plinth = started(await startPlinth());
  const rows = await compare(plinth, parse);
  const settings = values['postgres-setting'].length > 0 ? ` with ${values['postgres-setting'].join(', ')}` : '';
  const lines = [
    `Node ${process.versions.node}, parse-server ${parseVersion()}, PostgreSQL ${postgres.version}${settings}; ${cpus().length} cores, ${process.platform} ${process.arch}; ${CONNECTIONS} connections, medians of ${pairs} pairs of ${seconds} s, ${new Date().toISOString().slice(0, 10)}.`,
    '',
    '| operation | Plinth: rate, p50, p99, processor time of an answer | parse-server with PostgreSQL: the same | ratio of the rates (range) | bound | met |',
    '|---|---|---|---|---|---|',
    ...rows,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
} finally {
  await stopAll();
}

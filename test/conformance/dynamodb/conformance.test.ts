import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DynamodbServer, startDynamodb } from '../../local/dynamodb/dynamodb-server.ts';
import { type DynamodbLocal, oracleObstacle, startDynamodbLocal } from './dynamodb-local.ts';
import { KNOWN_DIFFERENCES, knownReason, WORDING } from './known-differences.ts';
import { normalizeAnswer } from './normalize-answer.ts';
import { call, type Probe, runProbe } from './probe.ts';
import { ALL_PROBES } from './probes/all-probes.ts';
import { TABLES } from './tables.ts';

/** What the oracle and local mode answered when it was last recorded; ours only where it differs on purpose. */
interface Recording {
  readonly oracle: Record<string, unknown[]>;
  readonly ours: Record<string, Record<number, unknown>>;
}

const RECORDING_FILE = join(import.meta.dirname, 'recorded-answers.json');
/** Set it to write the recording anew; needs Java. */
const RECORD = process.env['PLINTH_RECORD'] === '1';
const recording: Recording = RECORD ? { oracle: {}, ours: {} } : (JSON.parse(readFileSync(RECORDING_FILE, 'utf8')) as Recording);
const obstacle = oracleObstacle();

let server: DynamodbServer;
let oracle: DynamodbLocal | undefined;

beforeAll(async () => {
  server = await startDynamodb();
  if (obstacle === undefined) oracle = await startDynamodbLocal();
  else console.log(`DynamoDB Local is not asked, its recorded answers are compared: ${obstacle}`);
  for (const table of TABLES) {
    await call(server.url, 'CreateTable', table);
    if (oracle !== undefined) await call(oracle.url, 'CreateTable', table);
  }
});

afterAll(async () => {
  await server.close();
  await oracle?.stop();
  if (RECORD) writeFileSync(RECORDING_FILE, `${JSON.stringify(recording, undefined, 1)}\n`);
});

describe('dynamodb against DynamoDB Local', () => {
  it.each(ALL_PROBES.map((probe) => [probe.name, probe] as const))('%s', async (_name, probe) => {
    const ours = await normalizedAnswers(probe, server.url);
    if (oracle !== undefined) {
      const answers = await normalizedAnswers(probe, oracle.url);
      if (RECORD) record(probe, answers, ours);
      expect(recording.oracle[probe.name]).toEqual(answers);
    }
    expect(ours).toEqual(expectedAnswers(probe));
  });

  it('has a reason for every difference', () => {
    const unexplained = Object.entries(recording.ours).flatMap(([probe, steps]) =>
      Object.entries(steps)
        .filter(([step, answer]) => reasonFor(probe, Number(step), answer) === undefined)
        .map(([step]) => `${probe}#${step}`),
    );
    expect(unexplained).toEqual([]);
  });
  it('lists no difference that is gone', () => {
    const recorded = Object.entries(recording.ours).flatMap(([probe, steps]) => [
      probe,
      ...Object.keys(steps).map((step) => `${probe}#${step}`),
    ]);
    expect(KNOWN_DIFFERENCES.flatMap(({ probes }) => probes).filter((name) => !recorded.includes(name))).toEqual([]);
  });
});

async function normalizedAnswers(probe: Probe, url: string): Promise<unknown[]> {
  const answers = await runProbe(probe, url);
  return answers.map((answer, step) => normalizeAnswer(answer, probe.steps[step]?.[0] ?? ''));
}

/** The oracle's answers, and ours where a difference is on record. */
function expectedAnswers(probe: Probe): unknown[] {
  const differences = recording.ours[probe.name] ?? {};
  return (recording.oracle[probe.name] ?? []).map((answer, step) => differences[step] ?? answer);
}

function record(probe: Probe, answers: unknown[], ours: unknown[]): void {
  recording.oracle[probe.name] = answers;
  const differing = ours.flatMap((answer, step) =>
    JSON.stringify(answer) === JSON.stringify(answers[step]) ? [] : [[step, answer] as const],
  );
  if (differing.length > 0) recording.ours[probe.name] = Object.fromEntries(differing);
}

function reasonFor(probe: string, step: number, ours: unknown): string | undefined {
  const known = knownReason(probe, step);
  if (known !== undefined) return known;
  const oracleAnswer = recording.oracle[probe]?.[step] as { status?: number; __type?: string } | undefined;
  const answer = ours as { status?: number; __type?: string };
  const sameError = answer.status !== undefined && answer.status === oracleAnswer?.status && answer.__type === oracleAnswer.__type;
  return sameError ? WORDING : undefined;
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SQSClient } from '@aws-sdk/client-sqs';
import { BatchWriteCommand, DynamoDBDocumentClient, PutCommand, paginateScan } from '@aws-sdk/lib-dynamodb';
import { countMessages, findQueues, lookAtMessages, redrive } from '../../cli/events-queues.ts';
import type { EventsTarget } from '../../cli/events-target.ts';
import { outputs } from '../../contracts/outputs.ts';
import type { LocalBackend } from '../../local/local-backend.ts';
import { ChaosProxy, type Mishaps } from './chaos-proxy.ts';

type Served = Pick<LocalBackend, 'endpointUrl' | 'region' | 'credentials' | 'outputs'>;

/** What the run does. */
export interface LedgerPlan {
  readonly assembly: string;
  readonly folder: string;
  readonly changes: number;
  /** How often the whole backend is killed with `kill -9` while events are on their way. */
  readonly kills: number;
  /** One of so many changes can't be handled until the mistake is mended. */
  readonly poisonOneIn: number;
}

/** What became of the changes. */
export interface Ledger {
  readonly changes: number;
  readonly poison: number;
  readonly kills: number;
  readonly mishaps: Mishaps;
  /** Before the redrive. */
  readonly once: number;
  readonly putAside: number;
  /** Distinct changes among the dead letters whose payload is whole. */
  readonly payloads: number;
  readonly moved: number;
  /** After it. */
  readonly onceAfter: number;
  readonly several: number;
  readonly missing: number;
  readonly leftAside: number;
  readonly seconds: number;
}

const script = join(import.meta.dirname, 'ledger-process.ts');
const batchSize = 25;
const writers = 4;

class LedgerRun {
  readonly #plan: LedgerPlan;
  readonly #proxy: ChaosProxy;
  #child: ChildProcess | undefined;
  #served: Served | undefined;

  constructor(plan: LedgerPlan, proxy: ChaosProxy) {
    this.#plan = plan;
    this.#proxy = proxy;
  }

  get served(): Served {
    if (this.#served === undefined) throw new Error('the backend does not run');
    return this.#served;
  }

  async start(): Promise<void> {
    const { assembly, folder } = this.#plan;
    const child = spawn(process.execPath, ['--no-warnings', script, assembly, folder, this.#proxy.url], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#child = child;
    let text = '';
    for await (const chunk of child.stdout) {
      text += String(chunk);
      if (text.includes('\n')) break;
    }
    this.#served = JSON.parse(text) as Served;
    this.#proxy.target = this.#served.endpointUrl;
  }

  async kill(): Promise<void> {
    if (this.#child === undefined) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
    this.#child = undefined;
  }

  /** Works with clients of the backend as it is now. */
  async with<T>(work: (clients: { database: DynamoDBDocumentClient; target: EventsTarget }) => Promise<T>): Promise<T> {
    const { endpointUrl: endpoint, region, credentials, outputs: named } = this.served;
    const settings = { endpoint, region, credentials, maxAttempts: 1 };
    const database = DynamoDBDocumentClient.from(new DynamoDBClient(settings));
    const target: EventsTarget = {
      sqs: new SQSClient(settings),
      eventBridge: new EventBridgeClient(settings),
      busName: named[outputs.eventBusName] ?? '',
      archiveName: named[outputs.eventArchiveName] ?? '',
      deadLetters: JSON.parse(named[outputs.deadLetterQueues] ?? '{}'),
      name: 'the run',
    };
    try {
      return await work({ database, target });
    } finally {
      for (const client of [database, target.sqs, target.eventBridge]) client.destroy();
    }
  }

  /** Lets time pass, for time-outs of queues and leases. */
  async pass(seconds: number): Promise<void> {
    await fetch(`${this.served.endpointUrl}/_plinth/clock`, { method: 'PUT', body: JSON.stringify({ advanceMs: seconds * 1_000 }) });
  }
}

const noteOf = (index: number, poisonOneIn: number) => {
  const time = new Date().toISOString();
  return {
    id: `n${index}`,
    version: 1,
    title: index % poisonOneIn === 0 ? 'poison' : 'fine',
    owner: 'somebody',
    createdAt: time,
    updatedAt: time,
  };
};

/** Writes notes until all are acknowledged. A write that a kill has ended is done again, and then changes nothing. */
const writeAll = async (run: LedgerRun, { changes, poisonOneIn }: LedgerPlan, onProgress: (written: number) => void): Promise<void> => {
  let next = 0;
  const table = (): string => JSON.parse(run.served.outputs[outputs.dataTables] ?? '{}').Note;
  const write = async (first: number): Promise<void> => {
    const indexes = Array.from({ length: Math.min(batchSize, changes - first) }, (_, offset) => first + offset);
    const requests = indexes.map((index) => ({ PutRequest: { Item: noteOf(index, poisonOneIn) } }));
    for (;;) {
      try {
        const send = ({ database }: { database: DynamoDBDocumentClient }) =>
          database.send(new BatchWriteCommand({ RequestItems: { [table()]: requests } }));
        const { UnprocessedItems: left = {} } = await run.with(send);
        if (Object.keys(left).length === 0) return;
      } catch {
        await pause(100);
      }
    }
  };
  const work = async (): Promise<void> => {
    while (next < changes) {
      const first = next;
      next += batchSize;
      await write(first);
      onProgress(Math.min(next, changes));
    }
  };
  await Promise.all(Array.from({ length: writers }, work));
};

/** The effects by the change. */
const effectsOf = (run: LedgerRun): Promise<ReadonlyMap<string, number>> =>
  run.with(async ({ database }) => {
    const effects = new Map<string, number>();
    for await (const { Items = [] } of paginateScan(
      { client: database },
      { TableName: run.served.outputs['EffectsName'], ConsistentRead: true },
    )) {
      for (const { id, effects: count } of Items) if (count !== undefined) effects.set(String(id).replace(/#1$/, ''), Number(count));
    }
    return effects;
  });

/** How many changes have had their effect. Local DynamoDB counts items at once. */
const countEffects = (run: LedgerRun): Promise<number> =>
  run.with(async ({ database }) => {
    const { Table } = await database.send(new DescribeTableCommand({ TableName: run.served.outputs['EffectsName'] }));
    return Table?.ItemCount ?? 0;
  });

const untilSettled = async (run: LedgerRun, wanted: number): Promise<void> => {
  const isQuiet = (): Promise<boolean> =>
    run.with(async ({ target }) => {
      const queues = await findQueues(target, ['Effect', 'events']);
      const counts = await Promise.all(queues.map(({ sourceUrl = '' }) => countMessages(target, sourceUrl)));
      return counts.every((count) => count === 0);
    });
  let before = -1;
  let idle = 0;
  for (;;) {
    const { size } = await effectsOf(run);
    if (size >= wanted && (await isQuiet())) return;
    // What waits for its time-out need not be waited for.
    if (size === before) await run.pass(35);
    idle = size === before ? idle + 1 : 0;
    if (idle > 60) throw new Error(`${size} of ${wanted} changes have had their effect, and no more will`);
    before = size;
    await pause(1_000);
  }
};

const payloadsOf = (run: LedgerRun, limit: number): Promise<ReadonlySet<string>> =>
  run.with(async ({ target }) => {
    const [queue] = await findQueues(target, ['Effect']);
    const bodies = await lookAtMessages(target, queue?.url ?? '', limit);
    const details = bodies.map((body) => JSON.parse(body).detail as { data: { id: string; new: { title: string } } });
    return new Set(details.filter(({ data }) => data.new.title === 'poison').map(({ data }) => data.id));
  });

/** Brings changes through publisher, bus, queue and function under faults, and keeps account of what becomes of each. */
export const keepLedger = async (plan: LedgerPlan): Promise<Ledger> => {
  const startedAt = performance.now();
  const proxy = await ChaosProxy.start({ throttled: 0.1, doubled: 0.05 });
  const run = new LedgerRun(plan, proxy);
  const poison = Math.ceil(plan.changes / plan.poisonOneIn);
  try {
    await run.start();
    let written = 0;
    const writing = writeAll(run, plan, (count) => {
      written = count;
    });
    const isReached = async (share: number): Promise<boolean> => {
      // The first half of the kills comes while changes are written, the second one while events are handled.
      const [done, part] = share <= 0.5 ? [written, share * 2] : [await countEffects(run), share * 2 - 1];
      return done >= part * (plan.changes - poison) * 0.95;
    };
    for (let kill = 1; kill <= plan.kills; kill += 1) {
      while (!(await isReached(kill / plan.kills))) await pause(50);
      await run.kill();
      await run.start();
    }
    await writing;
    await untilSettled(run, plan.changes - poison);
    const before = await effectsOf(run);
    const payloads = await payloadsOf(run, poison * 3);
    const putAside = await run.with(async ({ target }) => countMessages(target, (await findQueues(target, ['Effect']))[0]?.url ?? ''));
    await run.with(({ database }) =>
      database.send(new PutCommand({ TableName: run.served.outputs['EffectsName'], Item: { id: 'mended' } })),
    );
    const { moved, deadLetters: leftAside } = await run.with(async ({ target }) => {
      const [queue] = await findQueues(target, ['Effect']);
      if (queue === undefined) throw new Error('there is no queue of dead letters');
      return redrive(target, queue, 600);
    });
    await untilSettled(run, plan.changes);
    const after = await effectsOf(run);
    const onceIn = (effects: ReadonlyMap<string, number>): number => [...effects.values()].filter((count) => count === 1).length;
    return {
      changes: plan.changes,
      poison,
      kills: plan.kills,
      mishaps: proxy.mishaps,
      once: onceIn(before),
      putAside,
      payloads: payloads.size,
      moved,
      onceAfter: onceIn(after),
      several: [...after.values()].filter((count) => count > 1).length,
      missing: plan.changes - after.size,
      leftAside,
      seconds: Math.round((performance.now() - startedAt) / 1_000),
    };
  } finally {
    await run.kill();
    await proxy.stop();
  }
};

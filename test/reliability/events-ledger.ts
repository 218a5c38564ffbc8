import { setTimeout as pause } from 'node:timers/promises';
import { BatchWriteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { outputs } from '../../contracts/outputs.ts';
import type { WebhookEndpointWithSecret } from '../../contracts/webhooks.ts';
import { ChaosProxy, type Mishaps } from './chaos-proxy.ts';
import { bringBack, leftoversOf } from './ledger-leftovers.ts';
import { noteOf } from './ledger-note.ts';
import { LedgerReceiver, type Receipts } from './ledger-receiver.ts';
import { type LedgerPlace, LedgerRun } from './ledger-run.ts';
import { effectsOf, type LedgerEnds, untilSettled } from './ledger-settle.ts';

/** What the run does. */
export interface LedgerPlan extends LedgerPlace {
  readonly changes: number;
  /** How often the whole backend is killed with `kill -9` while events are on their way. */
  readonly kills: number;
  /** One of the functions is ended in the middle of what it does after so many of their requests. */
  readonly requestsToEnd: number;
  /** Of so many changes one can't be handled, and one is refused by the receiver, until both are mended. */
  readonly faultyOneIn: number;
}

/** How many changes got how far. */
export interface Arrivals {
  readonly effectOnce: number;
  readonly effectSeveral: number;
  /** Changes that arrived at the receiver under one id. */
  readonly webhookOnce: number;
  /** Changes that arrived under more than one. */
  readonly webhookSeveral: number;
  /** Neither arrived, nor whole among the dead letters or in the log of failed webhooks. */
  readonly lost: number;
  /** By queue. */
  readonly deadLetters: Readonly<Record<string, number>>;
  /** Webhooks that were given up, in their log. */
  readonly failedWebhooks: number;
  /** Distinct changes whose payload lies whole in one of both. */
  readonly payloads: number;
}

/** What became of the changes. */
export interface Ledger {
  readonly changes: number;
  readonly kills: number;
  readonly endedFunctions: number;
  readonly mishaps: Mishaps;
  readonly receipts: Receipts;
  readonly before: Arrivals;
  readonly moved: number;
  readonly replayed: number;
  readonly after: Arrivals;
  /** From the first write until everything but what is faulty had arrived. */
  readonly deliverySeconds: number;
  readonly seconds: number;
}

const stuckSeconds = 95;
const batchSize = 25;
const writers = 4;

/** Writes notes until all are acknowledged. A write that a kill has ended is done again, and then changes nothing. */
const writeAll = async (run: LedgerRun, { changes, faultyOneIn }: LedgerPlan, onProgress: (written: number) => void): Promise<void> => {
  let next = 0;
  const table = (): string => JSON.parse(run.served.outputs[outputs.dataTables] ?? '{}').Note;
  const write = async (first: number): Promise<void> => {
    const indexes = Array.from({ length: Math.min(batchSize, changes - first) }, (_, offset) => first + offset);
    const requests = indexes.map((index) => ({ PutRequest: { Item: noteOf(index, faultyOneIn) } }));
    for (;;) {
      try {
        const command = new BatchWriteCommand({ RequestItems: { [table()]: requests } });
        const { UnprocessedItems: left = {} } = await run.clients.database.send(command);
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

const countBy = <K>(values: Iterable<K>): ReadonlyMap<K, number> => {
  const counts = new Map<K, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
};

const howMany = (counts: ReadonlyMap<string, number>, isSo: (count: number) => boolean): number => [...counts.values()].filter(isSo).length;

/** Where the changes are. */
const takeStock = async ({ run, receiver }: LedgerEnds, plan: LedgerPlan, endpointId: string) => {
  const effects = await effectsOf(run);
  const arrived = countBy(receiver.taken.values());
  const leftovers = await leftoversOf(run, endpointId, plan.faultyOneIn);
  const { deadLetters, failed, payloads } = leftovers;
  const all = Array.from({ length: plan.changes }, (_, index) => `n${index}`);
  const arrivals: Arrivals = {
    effectOnce: howMany(effects, (count) => count === 1),
    effectSeveral: howMany(effects, (count) => count > 1),
    webhookOnce: howMany(arrived, (count) => count === 1),
    webhookSeveral: howMany(arrived, (count) => count > 1),
    lost: all.filter((id) => !(effects.has(id) && arrived.has(id)) && !payloads.has(id)).length,
    deadLetters,
    failedWebhooks: failed.length,
    payloads: payloads.size,
  };
  return { arrivals, leftovers };
};

/** Writes all changes, and kills the backend meanwhile: half of the times while they are written, half while webhooks arrive. */
const writeUnderKills = async ({ run, receiver }: LedgerEnds, plan: LedgerPlan): Promise<void> => {
  let written = 0;
  const writing = writeAll(run, plan, (count) => {
    written = count;
  });
  const isReached = (share: number): boolean => {
    const [done, part] = share <= 0.5 ? [written, share * 2] : [receiver.taken.size, share * 2 - 1];
    return done >= part * plan.changes * 0.9;
  };
  const untilReached = async (share: number): Promise<void> => {
    let [before, movedAt] = [-1, 0];
    while (!isReached(share)) {
      const moved = written + receiver.receipts.requests;
      if (moved !== before) [before, movedAt] = [moved, performance.now()];
      else if (performance.now() - movedAt > 4 * run.lookMs) {
        // What a kill has interrupted waits for its time-out.
        await run.pass(stuckSeconds);
        movedAt = performance.now();
      }
      await pause(50);
    }
  };
  for (let kill = 1; kill <= plan.kills; kill += 1) {
    await untilReached(kill / plan.kills);
    run.tell(`kill ${kill}: ${written} written, ${receiver.taken.size} arrived`);
    await run.kill();
    await run.start();
  }
  await writing;
};

const keepAccount = async (ends: LedgerEnds, plan: LedgerPlan, proxy: ChaosProxy): Promise<Ledger> => {
  const { run, receiver } = ends;
  const startedAt = performance.now();
  const secondsSince = (): number => Math.round((performance.now() - startedAt) / 1_000);
  await run.start();
  const endpoint = { url: receiver.url, events: ['effect.counted'] };
  const { id: endpointId, secret } = await run.call<WebhookEndpointWithSecret>('POST', '/webhooks/endpoints', endpoint);
  receiver.secret = secret;
  await writeUnderKills(ends, plan);
  const faulty = Array.from({ length: plan.changes }, (_, index) => noteOf(index, plan.faultyOneIn)).filter(
    ({ title }) => title !== 'fine',
  );
  await untilSettled(ends, plan.changes - faulty.length);
  const deliverySeconds = secondsSince();
  const before = await takeStock(ends, plan, endpointId);
  receiver.isMended = true;
  await run.clients.database.send(new PutCommand({ TableName: run.effects, Item: { id: 'mended' } }));
  const broughtBack = await bringBack(run, before.leftovers);
  await untilSettled(ends, plan.changes);
  const after = await takeStock(ends, plan, endpointId);
  const { changes, kills } = plan;
  const counts = { changes, kills, endedFunctions: run.endedFunctions, mishaps: proxy.mishaps, receipts: receiver.receipts };
  return { ...counts, before: before.arrivals, ...broughtBack, after: after.arrivals, deliverySeconds, seconds: secondsSince() };
};

/**
 * Brings changes through publisher, bus, queue and function, and the effects of the function as signed webhooks to a receiver, under
 * faults, and keeps account of what becomes of each.
 */
export const keepLedger = async (plan: LedgerPlan): Promise<Ledger> => {
  const proxy = await ChaosProxy.start({ throttled: 0.1, doubled: 0.05 });
  const receiver = await LedgerReceiver.start({ turnedDown: 0.03, unanswered: 0.02 }, plan.faultyOneIn);
  const run = new LedgerRun(plan, proxy);
  receiver.now = () => run.now();
  proxy.onRequest = (count) => {
    if (count % plan.requestsToEnd === 0) run.endFunction();
  };
  try {
    return await keepAccount({ run, receiver }, plan, proxy);
  } finally {
    await run.kill();
    await Promise.all([proxy.stop(), receiver.stop()]);
  }
};

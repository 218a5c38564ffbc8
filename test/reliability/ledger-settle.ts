import { setTimeout as pause } from 'node:timers/promises';
import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { paginateScan } from '@aws-sdk/lib-dynamodb';
import { countMessages, type DeadLetters, findQueues } from '../../cli/events-queues.ts';
import type { LedgerReceiver } from './ledger-receiver.ts';
import type { LedgerRun } from './ledger-run.ts';

/** A run, and who its webhooks are sent to. */
export interface LedgerEnds {
  readonly run: LedgerRun;
  readonly receiver: LedgerReceiver;
}

/** The effects by the change. */
export const effectsOf = async ({ clients: { database }, effects: TableName }: LedgerRun): Promise<ReadonlyMap<string, number>> => {
  const effects = new Map<string, number>();
  for await (const { Items = [] } of paginateScan({ client: database }, { TableName, ConsistentRead: true })) {
    for (const { id, effects: count } of Items) if (count !== undefined) effects.set(String(id).replace(/#1$/, ''), Number(count));
  }
  return effects;
};

/** How many changes have had their effect. Local DynamoDB counts items at once. */
const countEffects = async ({ clients: { database }, effects: TableName }: LedgerRun): Promise<number> =>
  (await database.send(new DescribeTableCommand({ TableName }))).Table?.ItemCount ?? 0;

/** All queues of dead letters, with where their messages come from. */
export const queuesOf = ({ clients: { target } }: LedgerRun): Promise<readonly DeadLetters[]> => findQueues(target, []);

const countWaiting = async (run: LedgerRun): Promise<number> => {
  const urls = (await queuesOf(run)).flatMap(({ sourceUrl }) => sourceUrl ?? []);
  const counts = await Promise.all(urls.map((url) => countMessages(run.clients.target, url)));
  return counts.reduce((sum, count) => sum + count, 0);
};

/** Time-outs of queues and leases, and the first retries of webhooks. */
const ladderSeconds = [95, 95, 100, 300, 400, 400] as const;

/** Waits until so many changes have arrived at the receiver, or until nothing moves any more. */
export const untilSettled = async ({ run, receiver }: LedgerEnds, wanted: number): Promise<void> => {
  let before = '';
  let idle = 0;
  for (;;) {
    const [effects, waiting] = [await countEffects(run), await countWaiting(run)];
    const arrived = new Set(receiver.taken.values()).size;
    if (arrived >= wanted && waiting === 0) return;
    const seen = `${effects} effects, ${arrived} webhooks, ${receiver.receipts.requests} requests, ${waiting} messages wait`;
    run.tell(seen);
    idle = seen === before ? idle + 1 : 0;
    before = seen;
    if (idle > ladderSeconds.length) return;
    // What waits for its time-out need not be waited for.
    if (idle > 0) await run.pass(ladderSeconds[idle - 1] ?? 0);
    await pause(run.lookMs);
  }
};

import { EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { type BackendEvent, eventLimits, eventSource } from '../../contracts/events.ts';
import { variables } from '../../contracts/variables.ts';
import { requiredVariable } from './environment.ts';

const bus = requiredVariable(variables.eventBus);
const client = new EventBridgeClient({
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 4_000, throwOnRequestTimeout: true },
});

/** PutEvents takes so many. */
const entriesPerRequest = 10;
const maxAttempts = 4;
const firstWaitMs = 50;
/** What may go well another time ("Handling failures with PutEvents"). */
const passing: ReadonlySet<string> = new Set(['InternalFailure', 'InternalException', 'ThrottlingException']);
/** Source, and the time as EventBridge counts it. */
const fixedBytes = eventSource.length + 14;

/** An event that is not on the bus. */
export interface Unsent {
  readonly event: BackendEvent;
  readonly code: string;
  /** Trying again will not help. */
  readonly isFinal: boolean;
}

/** An event as an entry of PutEvents. */
interface Entry {
  readonly event: BackendEvent;
  readonly detail: string;
  readonly bytes: number;
}

const entryOf = (event: BackendEvent): Entry => {
  const detail = JSON.stringify(event);
  return { event, detail, bytes: fixedBytes + Buffer.byteLength(event.type) + Buffer.byteLength(detail) };
};

/** How large an event is, as EventBridge counts it. */
export const eventBytes = (event: BackendEvent): number => entryOf(event).bytes;

const toRequest = ({ event, detail }: Entry): PutEventsRequestEntry => ({
  EventBusName: bus,
  Source: eventSource,
  DetailType: event.type,
  Detail: detail,
  Time: new Date(event.time),
});

/** As few requests as take the entries, in their order. */
const batchesOf = (entries: readonly Entry[]): readonly (readonly Entry[])[] => {
  const batches: Entry[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const entry of entries) {
    const last = batches.at(-1);
    if (last === undefined || last.length === entriesPerRequest || bytes + entry.bytes > eventLimits.entryBytes) {
      batches.push([entry]);
      bytes = entry.bytes;
    } else {
      last.push(entry);
      bytes += entry.bytes;
    }
  }
  return batches;
};

/** An entry that is not on the bus after one request. */
interface FailedEntry {
  readonly entry: Entry;
  readonly code: string;
  readonly isFinal: boolean;
}

/** Sends once. An answer of 200 can hide entries that EventBridge did not take; a request that failed says nothing about its entries. */
const sendOnce = async (batch: readonly Entry[]): Promise<readonly FailedEntry[]> => {
  try {
    const { Entries = [] } = await client.send(new PutEventsCommand({ Entries: batch.map(toRequest) }));
    return batch.flatMap((entry, index) => {
      const code = Entries[index]?.ErrorCode;
      return code === undefined ? [] : [{ entry, code, isFinal: !passing.has(code) }];
    });
  } catch (error) {
    const code = error instanceof Error ? error.name : typeof error;
    return batch.map((entry) => ({ entry, code, isFinal: false }));
  }
};

const toUnsent = ({ entry: { event }, code, isFinal }: FailedEntry): Unsent => ({ event, code, isFinal });

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const sendBatch = async (batch: readonly Entry[]): Promise<readonly Unsent[]> => {
  const unsent: Unsent[] = [];
  let left = batch;
  for (let attempt = 1; ; attempt += 1) {
    const failed = await sendOnce(left);
    unsent.push(...failed.filter(({ isFinal }) => isFinal).map(toUnsent));
    const passed = failed.filter(({ isFinal }) => !isFinal);
    if (passed.length === 0) return unsent;
    if (attempt === maxAttempts) {
      // A request can fail for one of its entries: the others need not.
      const alone = passed.length > 1 ? await Promise.all(passed.map(({ entry }) => sendOnce([entry]))) : [passed];
      return [...unsent, ...alone.flat().map(toUnsent)];
    }
    await pause(firstWaitMs * 2 ** attempt * (0.5 + Math.random()));
    left = passed.map(({ entry }) => entry);
  }
};

/**
 * Puts events on the bus, and tries those again that EventBridge did not take.
 *
 * @returns those that are not on the bus after all tries. It throws nothing
 */
export const putEvents = async (events: readonly BackendEvent[]): Promise<readonly Unsent[]> => {
  const entries = events.map(entryOf);
  const tooLarge = entries.filter(({ bytes }) => bytes > eventLimits.entryBytes);
  const fitting = entries.filter(({ bytes }) => bytes <= eventLimits.entryBytes);
  const unsent = await Promise.all(batchesOf(fitting).map(sendBatch));
  return [...tooLarge.map(({ event }) => ({ event, code: 'EntryTooLarge', isFinal: true })), ...unsent.flat()];
};

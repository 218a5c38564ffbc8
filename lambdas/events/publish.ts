import type { DynamoDBRecord } from 'aws-lambda';
import { type BackendEvent, eventLimits, type RecordChange, type RelayFault } from '../../contracts/events.ts';
import { variables } from '../../contracts/variables.ts';
import { requiredVariable } from '../runtime/environment.ts';
import { eventBytes, putEvents, type Unsent } from '../runtime/event-bus-client.ts';
import { fileEvent } from './file-event.ts';
import { outboxEvent } from './outbox-event.ts';
import { recordEvent } from './record-event.ts';
import { relay } from './relay-client.ts';
import { readChange } from './stream-records-client.ts';
import { writeLog } from './write-log.ts';

const relayQueue = requiredVariable(variables.eventRelayQueue);
const deadLetters = requiredVariable(variables.eventRelayDeadLetters);
/** What a table is: the name of its model, `$files` or `$outbox`. */
const marks = JSON.parse(requiredVariable(variables.eventTables)) as Readonly<Record<string, string>>;

/** A shard waits so long for the bus. Then what it does not take is kept by the relay, and the shard goes on. */
const patienceMs = 60_000;
/** When the relay tries for the first time. */
const relayDelaySeconds = 60;

/** Images that do not fit are left out. */
const fitting = (event: BackendEvent): BackendEvent => {
  if (eventBytes(event) <= eventLimits.entryBytes) return event;
  const { new: _new, old: _old, ...data } = event.data as RecordChange;
  return { ...event, data: { ...data, truncated: true } };
};

/** @throws Error for what no event can be made of */
const eventOf = (record: DynamoDBRecord): BackendEvent | undefined => {
  const change = readChange(record);
  const mark = marks[change.table];
  if (mark === undefined) throw new Error(`nothing is known of the table ${change.table}`);
  if (mark === '$outbox') return outboxEvent(change);
  if (mark === '$files') return fileEvent(change);
  const event = recordEvent(mark, change);
  return event && fitting(event);
};

/** An event that could not be made, or that must not be sent. */
const setAside = async (
  message: { readonly event: BackendEvent } | { readonly record: DynamoDBRecord },
  fault: RelayFault,
): Promise<void> => {
  const named = 'event' in message ? { type: message.event.type, id: message.event.id } : { id: message.record.eventID };
  writeLog('ERROR', 'an event is put aside among the dead letters', { ...named, ...fault });
  await relay(deadLetters, 'event' in message ? { kind: 'event', ...message, fault } : { kind: 'record', ...message, fault });
};

/** Keeps what is not on the bus where it cannot be lost. @returns whether it is kept */
const keep = async ({ event, code, isFinal }: Unsent, isPatient: boolean): Promise<boolean> => {
  if (isFinal) {
    await setAside({ event }, { code: 'refused', detail: code });
    return true;
  }
  if (isPatient) return false;
  writeLog('WARN', 'an event is kept until the bus takes it', { type: event.type, id: event.id, error: code });
  await relay(relayQueue, { kind: 'event', event }, relayDelaySeconds);
  return true;
};

/** An event with the record that it is of. */
interface Told {
  readonly record: DynamoDBRecord;
  readonly event: BackendEvent;
}

/** @returns what is to be sent; undefined if there is nothing to send */
const prepare = async (record: DynamoDBRecord): Promise<Told | undefined> => {
  let event: BackendEvent | undefined;
  try {
    event = eventOf(record);
  } catch (error) {
    await setAside({ record }, { code: 'unreadable', detail: error instanceof Error ? error.message : String(error) });
    return undefined;
  }
  if (event === undefined) return undefined;
  if (event.depth <= eventLimits.maxDepth) return { record, event };
  const detail = `events have led to events ${eventLimits.maxDepth} times: does the handling of ${event.type} lead to itself?`;
  await setAside({ event }, { code: 'too_deep', detail });
  return undefined;
};

const ageMs = ({ dynamodb }: DynamoDBRecord): number => Date.now() - (dynamodb?.ApproximateCreationDateTime ?? 0) * 1_000;

/** @returns whether it went well; what fails here is tried again with the record */
const attempt = async <T>(work: () => Promise<T>): Promise<T | 'failed'> => {
  try {
    return await work();
  } catch (error) {
    writeLog('ERROR', 'a change is not told, and will be tried again', { error: error instanceof Error ? error.name : typeof error });
    return 'failed';
  }
};

/**
 * Tells on the bus what records of streams say.
 *
 * @returns the records that are to come back
 */
export const publishRecords = async (records: readonly DynamoDBRecord[]): Promise<readonly DynamoDBRecord[]> => {
  const failed = new Set<DynamoDBRecord>();
  const told: Told[] = [];
  for (const record of records) {
    const prepared = await attempt(() => prepare(record));
    if (prepared === 'failed') failed.add(record);
    else if (prepared !== undefined) told.push(prepared);
  }
  const recordOf = new Map(told.map(({ event, record }) => [event, record]));
  for (const unsent of await putEvents(told.map(({ event }) => event))) {
    const record = recordOf.get(unsent.event) as DynamoDBRecord;
    if ((await attempt(() => keep(unsent, ageMs(record) < patienceMs))) !== true) failed.add(record);
  }
  return [...failed];
};

/**
 * Sends an event of the relay.
 *
 * @returns whether it need not come back
 */
export const publishRelayed = async (event: BackendEvent): Promise<boolean> => {
  const [unsent] = await putEvents([event]);
  return unsent === undefined || keep(unsent, true);
};

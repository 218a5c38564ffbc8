import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { BackendEvent } from '../../contracts/events.ts';
import type { EndpointItem } from '../../contracts/webhooks-table.ts';
import { listEndpoints } from './endpoints-store.ts';
import { type KeptDelivery, keepDeliveries, listenersOf, sendKept } from './fan-out.ts';
import { nameOfError, writeLog } from './write-log.ts';

/** An event as EventBridge puts it on a queue. */
interface BusMessage {
  readonly detail: BackendEvent;
}

/** A message of the queue, and what it is to send; undefined where that could not be stored. */
interface Handled {
  readonly record: SQSRecord;
  readonly kept: readonly KeptDelivery[] | undefined;
}

const tellFailure = ({ attributes }: SQSRecord, error: unknown): void =>
  writeLog('ERROR', 'an event was not handed to all endpoints, and will be tried again', {
    attempt: attributes.ApproximateReceiveCount,
    error: nameOfError(error),
  });

const keep = async (record: SQSRecord, endpoints: readonly EndpointItem[]): Promise<Handled> => {
  try {
    const { detail } = JSON.parse(record.body) as BusMessage;
    return { record, kept: await keepDeliveries(detail, listenersOf(detail.type, endpoints)) };
  } catch (error) {
    tellFailure(record, error);
    return { record, kept: undefined };
  }
};

/** @returns the messages that are to come back */
const sendAll = async (handled: readonly Handled[]): Promise<readonly Handled[]> => {
  const unkept = handled.filter(({ kept }) => kept === undefined);
  try {
    await sendKept(handled.flatMap(({ kept = [] }) => kept));
    return unkept;
  } catch (error) {
    const unsent = handled.filter(({ kept = [] }) => kept.length > 0);
    for (const { record } of unsent) tellFailure(record, error);
    return [...unkept, ...unsent];
  }
};

/**
 * The function behind the queue of events: finds which endpoints are to be told. They are read once for a batch, and its deliveries are
 * queued together.
 */
export const handler = async ({ Records }: SQSEvent): Promise<SQSBatchResponse> => {
  const endpoints = await listEndpoints();
  const failed = await sendAll(await Promise.all(Records.map((record) => keep(record, endpoints))));
  return { batchItemFailures: failed.map(({ record }) => ({ itemIdentifier: record.messageId })) };
};

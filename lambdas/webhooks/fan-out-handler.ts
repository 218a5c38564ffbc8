import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { BackendEvent } from '../../contracts/events.ts';
import type { EndpointItem } from '../../contracts/webhooks-table.ts';
import { eachRecord } from '../runtime/each-record.ts';
import { listEndpoints } from './endpoints-store.ts';
import { fanOut, listenersOf } from './fan-out.ts';
import { nameOfError, writeLog } from './write-log.ts';

/** An event as EventBridge puts it on a queue. */
interface BusMessage {
  readonly detail: BackendEvent;
}

/** @returns whether nothing is left to do */
const handle = async ({ body, attributes }: SQSRecord, endpoints: readonly EndpointItem[]): Promise<boolean> => {
  try {
    const { detail } = JSON.parse(body) as BusMessage;
    await fanOut(detail, listenersOf(detail.type, endpoints));
    return true;
  } catch (error) {
    writeLog('ERROR', 'an event was not handed to all endpoints, and will be tried again', {
      attempt: attributes.ApproximateReceiveCount,
      error: nameOfError(error),
    });
    return false;
  }
};

/** The function behind the queue of events: finds which endpoints are to be told. They are read once for a batch. */
export const handler = async (event: SQSEvent): Promise<SQSBatchResponse> => {
  const endpoints = await listEndpoints();
  return eachRecord(event, (record) => handle(record, endpoints));
};

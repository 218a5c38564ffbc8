import { FirehoseClient, PutRecordBatchCommand } from '@aws-sdk/client-firehose';
import type { AnalyticsEvent } from '../../contracts/analytics.ts';
import { variables } from '../../contracts/variables.ts';
import { requiredVariable } from '../runtime/environment.ts';
import { nameOfError, writeLog } from './write-log.ts';

const DeliveryStreamName = requiredVariable(variables.analyticsStream);
const client = new FirehoseClient({
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 500, requestTimeout: 1_500, throwOnRequestTimeout: true },
});
/** Of those that Firehose did not take. */
const rounds = 2;
const pauseMs = 100;

const encoder = new TextEncoder();

/** One line of JSON. */
const recordOf = (event: AnalyticsEvent) => ({ Data: encoder.encode(`${JSON.stringify(event)}\n`) });

const putOnce = async (events: readonly AnalyticsEvent[]): Promise<readonly AnalyticsEvent[]> => {
  const { FailedPutCount, RequestResponses = [] } = await client.send(
    new PutRecordBatchCommand({ DeliveryStreamName, Records: events.map(recordOf) }),
  );
  // "Even if the PutRecordBatch call succeeds, the value of FailedPutCount may be greater than 0."
  return FailedPutCount === 0 ? [] : events.filter((_, index) => RequestResponses[index]?.ErrorCode !== undefined);
};

/**
 * Puts events into the stream; those that fail are tried once more, and no others.
 *
 * @returns those that it has not taken: all of them where it does not answer
 */
export const putIntoStream = async (events: readonly AnalyticsEvent[]): Promise<readonly AnalyticsEvent[]> => {
  let left = events;
  try {
    for (let round = 1; round <= rounds && left.length > 0; round += 1) {
      if (round > 1) await new Promise((resolve) => setTimeout(resolve, pauseMs));
      left = await putOnce(left);
    }
  } catch (error) {
    writeLog('WARN', 'the stream takes no events, they wait', { events: left.length, error: nameOfError(error) });
  }
  return left;
};

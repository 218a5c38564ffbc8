import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';

/**
 * Does something for each message that SQS has handed to a function, and says which of them come back
 * ("Reporting batch item failures for Lambda functions with an Amazon SQS trigger").
 *
 * @param handle gives false for a message that is to come back; it throws nothing
 */
export const eachRecord = async ({ Records }: SQSEvent, handle: (record: SQSRecord) => Promise<boolean>): Promise<SQSBatchResponse> => {
  const batchItemFailures: { itemIdentifier: string }[] = [];
  for (const record of Records) {
    if (!(await handle(record))) batchItemFailures.push({ itemIdentifier: record.messageId });
  }
  return { batchItemFailures };
};

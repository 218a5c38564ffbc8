import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { countedBytes, reminderPrefix, type StoredFile, type StoredReminder } from '../../contracts/files-table.ts';
import { leftoversOf, orphanOf } from './plan-sweep.ts';
import { removeLeftovers } from './remove-leftovers.ts';
import { giveUpUpload, readFile, releaseOnce, toItem } from './sweep-store.ts';

/** DynamoDB itself has deleted the item, since its time was over: "Time to Live and streams", DynamoDB Developer Guide. */
const isExpiry = ({ eventName, userIdentity }: DynamoDBRecord): boolean =>
  eventName === 'REMOVE' && userIdentity?.principalId === 'dynamodb.amazonaws.com';

const sweepFile = async (old: StoredFile, record: DynamoDBRecord): Promise<void> => {
  const next = toItem<StoredFile>(record.dynamodb?.NewImage);
  const hasExpired = isExpiry(record);
  await removeLeftovers(leftoversOf(old, next, !hasExpired), record.dynamodb?.SequenceNumber ?? '');
  // Whoever deletes a file changes the usage with it; here nobody did.
  if (hasExpired && countedBytes(old) > 0) await releaseOnce(old, countedBytes(old));
};

const sweepReminder = async (reminder: StoredReminder): Promise<void> => {
  const file = await readFile(reminder.fileId);
  // Its bytes are swept with the change that this makes.
  if (file?.upload?.key === reminder.key) await giveUpUpload(file, reminder);
  else if (file?.key !== reminder.key) await removeLeftovers(orphanOf(reminder.key), reminder.key);
};

const sweep = async (record: DynamoDBRecord): Promise<void> => {
  const old = toItem<StoredFile | StoredReminder>(record.dynamodb?.OldImage);
  if (old === undefined) return;
  if ('folder' in old) await sweepFile(old, record);
  else if (old.id.startsWith(reminderPrefix) && isExpiry(record)) await sweepReminder(old);
};

/**
 * The function behind the stream of the table of files: deletes bytes that nothing refers to any more, with their variants, and
 * gives back what uploads that never came had reserved. Each step may be done twice.
 */
export const handler = async ({ Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
  for (const record of Records) {
    try {
      await sweep(record);
    } catch (error) {
      const name = error instanceof Error ? error.name : typeof error;
      const line = { level: 'ERROR', message: 'leftovers are not swept, and will be tried again', eventId: record.eventID, error: name };
      process.stdout.write(`${JSON.stringify(line)}\n`);
      // Lambda goes on from the first record that failed.
      return { batchItemFailures: [{ itemIdentifier: record.dynamodb?.SequenceNumber ?? '' }] };
    }
  }
  return { batchItemFailures: [] };
};

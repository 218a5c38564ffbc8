import { files } from '@compiled/files';
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { filesTable } from '../../contracts/files-table.ts';
import { requiredVariable } from '../runtime/environment.ts';
import { queryFiles } from './files-store.ts';
import { modelOf } from './folders.ts';
import { removeAnyway } from './remove-files.ts';

/** Files that one query reads. */
const pageSize = 100;

/** The folders that follow the records of a table, by the table's name. */
const followers: ReadonlyMap<string, readonly string[]> = new Map(
  Object.values(files.models).map(({ name, tableVariable }) => [
    requiredVariable(tableVariable),
    Object.values(files.folders).flatMap((folder) => (modelOf(folder) === name ? [folder.name] : [])),
  ]),
);

const tableOf = ({ eventSourceARN = '' }: DynamoDBRecord): string => /:table\/([^/]+)\//.exec(eventSourceARN)?.[1] ?? '';

const removeAll = async (folder: string, record: string): Promise<void> => {
  const place = { index: filesTable.byPlace, partition: `${folder}#${record}`, descending: false, limit: pageSize, equal: {} };
  let after: string | undefined;
  do {
    const page = await queryFiles({ ...place, after, nowSeconds: Math.floor(Date.now() / 1_000) });
    // One after the other: transactions on the usage of one owner would get into each other's way.
    for (const file of page.files) await removeAnyway(file);
    after = page.last;
  } while (after !== undefined);
};

/**
 * The function behind the streams of the tables whose records folders follow: files go with their record, since nobody could reach
 * them any more, and they would count in their owners' usage for ever. What is done stays done when it is told once more.
 */
export const handler = async ({ Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
  for (const record of Records) {
    try {
      const id = record.dynamodb?.Keys?.['id']?.S;
      if (record.eventName !== 'REMOVE' || id === undefined) continue;
      for (const folder of followers.get(tableOf(record)) ?? []) await removeAll(folder, id);
    } catch (error) {
      const name = error instanceof Error ? error.name : typeof error;
      const message = 'files of a deleted record are not deleted, and will be tried again';
      process.stdout.write(`${JSON.stringify({ level: 'ERROR', message, eventId: record.eventID, error: name })}\n`);
      // Lambda goes on from the first record that failed.
      return { batchItemFailures: [{ itemIdentifier: record.dynamodb?.SequenceNumber ?? '' }] };
    }
  }
  return { batchItemFailures: [] };
};

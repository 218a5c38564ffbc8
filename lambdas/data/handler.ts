import { dataRoutes } from '../../contracts/data.ts';
import { defineHandler } from '../runtime/define-handler.ts';
import { countRecords } from './count-records.ts';
import { createRecord } from './create-record.ts';
import { deleteRecord } from './delete-record.ts';
import { listRecords } from './list-records.ts';
import { lookUpRecord } from './look-up-record.ts';
import { readBatch } from './read-batch.ts';
import { readRecord } from './read-record.ts';
import { replaceRecord } from './replace-record.ts';
import { runTransaction } from './run-transaction.ts';
import { updateRecord } from './update-record.ts';
import { writeBatch } from './write-batch.ts';

/** The function behind `/data/*`. */
export const handler = defineHandler(dataRoutes, {
  listRecords,
  createRecord,
  countRecords,
  lookUpRecord,
  readRecord,
  updateRecord,
  replaceRecord,
  deleteRecord,
  runTransaction,
  readBatch,
  writeBatch,
});

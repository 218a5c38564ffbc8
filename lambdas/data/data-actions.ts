import type { dataRoutes } from '../../contracts/data.ts';
import type { InProcessActions } from '../runtime/in-process.ts';
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

/** The code of each route of data. */
export const dataActions = {
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
} as const satisfies InProcessActions<typeof dataRoutes>;

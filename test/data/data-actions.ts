// What data-fixture.ts bundles: the handler's actions without the HTTP around them.
export { countRecords } from '../../lambdas/data/count-records.ts';
export { createRecord } from '../../lambdas/data/create-record.ts';
export { deleteRecord } from '../../lambdas/data/delete-record.ts';
export { listRecords } from '../../lambdas/data/list-records.ts';
export { lookUpRecord } from '../../lambdas/data/look-up-record.ts';
export { readRecord } from '../../lambdas/data/read-record.ts';
export { replaceRecord } from '../../lambdas/data/replace-record.ts';
export { updateRecord } from '../../lambdas/data/update-record.ts';

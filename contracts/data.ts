import { defineRoutes } from './route.ts';

/** What may come of a change of a record that exists, in part or as a whole. */
const changeErrors = [
  'unknown_model',
  'not_found',
  'id_mismatch',
  'invalid_reference',
  'version_mismatch',
  'invalid_precondition',
  'precondition_required',
  'not_unique',
  'item_too_large',
  'idempotency_mismatch',
  'in_progress',
  'field_not_allowed',
  'write_conflict',
  'key_too_long',
  'invalid_idempotency_key',
  'hook_refused',
  'hook_failed',
] as const;

/** The routes of the data feature. `{model}` is the key of a model in the definition, for example `Note`. */
export const dataRoutes = defineRoutes({
  listRecords: {
    method: 'GET',
    path: '/data/{model}',
    access: 'rules',
    summary: 'Lists the records that the caller may read, page by page',
    status: 200,
    errors: [
      'unknown_model',
      'index_required',
      'index_building',
      'sort_not_supported',
      'invalid_cursor',
      'invalid_operand',
      'filter_too_complex',
      'field_not_allowed',
      'validation_failed',
      'unknown_field',
    ],
  },
  createRecord: {
    method: 'POST',
    path: '/data/{model}',
    access: 'rules',
    summary: 'Creates a record',
    status: 201,
    body: 'required',
    errors: [
      'unknown_model',
      'already_exists',
      'not_unique',
      'item_too_large',
      'invalid_id',
      'invalid_reference',
      'idempotency_mismatch',
      'in_progress',
      'field_not_allowed',
      'key_too_long',
      'invalid_idempotency_key',
      'write_conflict',
      'hook_refused',
      'hook_failed',
    ],
  },
  countRecords: {
    method: 'GET',
    path: '/data/{model}/count',
    access: 'rules',
    summary: 'Counts the records that the caller may read',
    status: 200,
    errors: [
      'unknown_model',
      'index_required',
      'index_building',
      'invalid_operand',
      'filter_too_complex',
      'field_not_allowed',
      'validation_failed',
      'unknown_field',
    ],
  },
  lookUpRecord: {
    method: 'GET',
    path: '/data/{model}/by/{field}/{value}',
    access: 'rules',
    summary: 'Reads the record that holds a unique value',
    status: 200,
    errors: ['unknown_model', 'not_found', 'field_not_allowed', 'validation_failed', 'unknown_field'],
  },
  readRecord: {
    method: 'GET',
    path: '/data/{model}/{id}',
    access: 'rules',
    summary: 'Reads one record',
    status: 200,
    errors: ['unknown_model', 'not_found', 'invalid_id', 'validation_failed', 'unknown_field'],
  },
  updateRecord: {
    method: 'PATCH',
    path: '/data/{model}/{id}',
    access: 'rules',
    summary: 'Changes the given fields of a record (RFC 7396 JSON Merge Patch; null removes an optional field)',
    status: 200,
    body: 'required',
    mediaTypes: ['application/json', 'application/merge-patch+json'],
    errors: changeErrors,
  },
  replaceRecord: {
    method: 'PUT',
    path: '/data/{model}/{id}',
    access: 'rules',
    summary: 'Replaces all fields of a record',
    status: 200,
    body: 'required',
    errors: changeErrors,
  },
  deleteRecord: {
    method: 'DELETE',
    path: '/data/{model}/{id}',
    access: 'rules',
    summary: 'Deletes a record',
    status: 204,
    errors: [
      'unknown_model',
      'not_found',
      'version_mismatch',
      'invalid_precondition',
      'precondition_required',
      'still_referenced',
      'idempotency_mismatch',
      'in_progress',
      'write_conflict',
      'invalid_idempotency_key',
      'hook_refused',
      'hook_failed',
    ],
  },
  runTransaction: {
    method: 'POST',
    path: '/data/transaction',
    access: 'rules',
    summary: 'Does up to 100 writes of several models, all or none',
    status: 200,
    body: 'required',
    errors: [
      'unknown_model',
      'not_found',
      'already_exists',
      'invalid_id',
      'invalid_reference',
      'id_mismatch',
      'version_mismatch',
      'precondition_required',
      'not_unique',
      'still_referenced',
      'item_too_large',
      'idempotency_mismatch',
      'in_progress',
      'field_not_allowed',
      'write_conflict',
      'key_too_long',
      'invalid_idempotency_key',
      'hook_refused',
      'hook_failed',
    ],
  },
  readBatch: {
    method: 'POST',
    path: '/data/batch/read',
    access: 'rules',
    summary: 'Reads up to 100 records of several models, each as if it were read alone',
    status: 200,
    body: 'required',
    errors: [],
  },
  writeBatch: {
    method: 'POST',
    path: '/data/batch/write',
    access: 'rules',
    summary: 'Does up to 100 writes of several models, each as if it were sent alone',
    status: 200,
    body: 'required',
    errors: ['idempotency_mismatch', 'invalid_idempotency_key'],
  },
});

export type DataRoute = keyof typeof dataRoutes;

/** The fields that the server sets on every record. A request that names one of them is refused with `read_only_field`. */
export const systemFields = ['id', 'owner', 'version', 'createdAt', 'updatedAt'] as const;
export type SystemField = (typeof systemFields)[number];

/** Ids that a client may choose: letters, digits, `-` and `_`, 1 to 64 characters, none of {@link reservedIds}. */
export const idPattern = '^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$';
/** Words that stand in the place of an id in a path. */
export const reservedIds: readonly string[] = ['count', 'by'];

/** Limits of the data feature, in one place for validators, handlers, OpenAPI document and tests. */
export const dataLimits = {
  /** Records a page, when the request does not say. */
  defaultPageSize: 20,
  /** Records a page at the most. */
  maxPageSize: 100,
  /** The length of the `filter` parameter in characters, after decoding. */
  maxFilterLength: 4_096,
  maxFilterDepth: 8,
  maxFilterTerms: 50,
  /** Operands of one `in`. DynamoDB takes 100 (Service quotas, "Operators and operands in an expression"). */
  maxInOperands: 100,
  /** Levels of nesting in a stored value. DynamoDB takes 32. */
  maxNesting: 32,
  /** Bytes of an item. DynamoDB takes 400 KB. */
  maxItemBytes: 409_600,
  /** Bytes of a partition key and of a sort key (DynamoDB service quotas). */
  maxPartitionKeyBytes: 2_048,
  maxSortKeyBytes: 1_024,
  /** Operations of one transaction or batch. DynamoDB takes 100 (TransactWriteItems, BatchGetItem). */
  maxOperations: 100,
  /** Bytes of the records of one transaction (TransactWriteItems: 4 MB). */
  maxTransactionBytes: 4 * 1_024 * 1_024,
  /** Bytes of the records in the answer to a batch or transaction, so that it stays below the 6 MB of Lambda. */
  maxBatchReplyBytes: 4_500_000,
  /** Index entries that one list request reads at the most, in search of records that pass the residual filter. */
  readBudgetItems: 1_000,
  /** Lists of related records that one request reads at the most. */
  maxExpandLists: 500,
  /** Bytes of related records in one answer, so that it stays below the 6 MB of Lambda. */
  maxExpandBytes: 4_000_000,
} as const;

/** What an operation of a transaction or batch has beside `op` and `model`; true: it must. A new record may have an id in its body. */
export const operationMembers = {
  create: { body: true },
  update: { id: true, ifMatch: false, body: true },
  replace: { id: true, ifMatch: false, body: true },
  delete: { id: true, ifMatch: false },
  check: { id: true, ifMatch: false },
} as const satisfies Readonly<Record<string, { readonly id?: true; readonly ifMatch?: false; readonly body?: true }>>;

/** One operation of a transaction or batch. */
export interface DataOperation {
  readonly op: keyof typeof operationMembers;
  readonly model: string;
  /** Of the record, for all but `create`. */
  readonly id?: string;
  /** The version that the record must have. */
  readonly ifMatch?: number;
  readonly body?: Readonly<Record<string, unknown>>;
}

/** A page of a list. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Give it back as `cursor` to go on. Absent on the last page. */
  readonly cursor?: string;
}

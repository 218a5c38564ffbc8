import { type DataRoute, dataRoutes } from '../../contracts/data.ts';
import type { TransactionOperation } from '../../contracts/data-schemas.ts';
import { ApiError, type FieldError } from '../../contracts/errors.ts';
import type { ApiRequest } from '../runtime/request.ts';
import { validateBody, validationError } from '../runtime/validate-body.ts';
import { requestValidator } from './models.ts';

/** The route that does an operation alone. A check is what a read asks for. */
const routeOf = {
  create: 'createRecord',
  update: 'updateRecord',
  replace: 'replaceRecord',
  delete: 'deleteRecord',
  check: 'readRecord',
} as const satisfies Record<TransactionOperation['op'], DataRoute>;

/** The body of a batch or transaction, checked against its schema. */
export const batchBody = <T>({ routeKey, body }: ApiRequest): T => {
  validateBody(requestValidator(routeKey), body);
  return body as T;
};

/** The record that an operation is about; undefined for a new one whose id is not known yet. */
const recordOf = (operation: TransactionOperation): string | undefined => {
  const id = operation.op === 'create' ? operation.body['id'] : operation.id;
  return typeof id === 'string' ? `${operation.model}/${id}` : undefined;
};

/**
 * Refuses a record that is named twice, since what became of it would be left to chance.
 *
 * @param list the name of the list in the body
 * @throws ApiError `validation_failed` that names the second place
 */
export const assertDistinct = (list: 'items' | 'operations', records: readonly (string | undefined)[]): void => {
  const seen = new Set<string>();
  const faults = records.flatMap((record, index): readonly FieldError[] => {
    if (record === undefined) return [];
    if (!seen.has(record)) {
      seen.add(record);
      return [];
    }
    return [{ pointer: `/${list}/${index}`, code: 'duplicate_record', detail: `The record ${record} is named twice. Name it once.` }];
  });
  if (faults.length > 0) throw validationError(faults);
};

/** @throws ApiError `validation_failed` */
export const assertDistinctOperations = (operations: readonly TransactionOperation[]): void =>
  assertDistinct('operations', operations.map(recordOf));

/** The request that would do this operation alone, by the same caller. */
export const toSingleRequest = (
  request: ApiRequest,
  operation: TransactionOperation,
  headers: Readonly<Record<string, string>> = {},
): ApiRequest => {
  const routeKey = routeOf[operation.op];
  const ifMatch = 'ifMatch' in operation ? operation.ifMatch : undefined;
  const body = 'body' in operation ? operation.body : undefined;
  return {
    ...request,
    route: dataRoutes[routeKey],
    routeKey,
    path: { model: operation.model, ...('id' in operation && { id: operation.id }) },
    query: new URLSearchParams(),
    headers: { ...headers, ...(ifMatch !== undefined && { 'if-match': `"${ifMatch}"` }) },
    body,
    rawBody: body === undefined ? '' : JSON.stringify(body),
  };
};

/** An error of one operation as the error of them all: it names the operation, and says what the single write would have said. */
export const atOperation = (index: number, error: unknown): unknown => {
  if (!(error instanceof ApiError) || error.status >= 500) return error;
  const pointer = `/operations/${index}`;
  const inside = (error.errors ?? []).map((each) => ({ ...each, pointer: `${pointer}/body${each.pointer}` }));
  return new ApiError(error.code, `Operation ${index}: ${error.message}`, {
    errors: [{ pointer, code: error.code, detail: error.message }, ...inside],
    ...(error.retryAfterSeconds !== undefined && { retryAfterSeconds: error.retryAfterSeconds }),
    cause: error,
  });
};

import { type DataOperation, type DataRoute, dataRoutes, operationMembers } from '../../contracts/data.ts';
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
} as const satisfies Record<DataOperation['op'], DataRoute>;

/** The body of a batch or transaction, checked against its schema. */
export const batchBody = <T>({ routeKey, body }: ApiRequest): T => {
  validateBody(requestValidator(routeKey), body);
  return body as T;
};

const memberNames = ['id', 'ifMatch', 'body'] as const;

const memberFaults = (operation: DataOperation, index: number): readonly FieldError[] => {
  const members: Readonly<Record<string, boolean>> = operationMembers[operation.op];
  return memberNames.flatMap((name): readonly FieldError[] => {
    const pointer = `/operations/${index}/${name}`;
    const isThere = operation[name] !== undefined;
    if (members[name] === true && !isThere) return [{ pointer, code: 'required', detail: 'This field is required.' }];
    if (members[name] !== undefined || !isThere) return [];
    return [{ pointer, code: 'unknown_field', detail: `The operation ${operation.op} has no ${name}. Leave it out.` }];
  });
};

/** The record that an operation is about; undefined for a new one whose id is not known yet. */
const recordOf = (operation: DataOperation): string | undefined => {
  const id = operation.op === 'create' ? operation.body?.['id'] : operation.id;
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

/**
 * The body of a transaction or batch of writes: each operation has what it needs and nothing else, and its record is named once.
 *
 * @throws ApiError `validation_failed`, `unknown_field`, `too_few_items`, `too_many_items`
 */
export const operationsBody = <T extends { readonly operations: readonly DataOperation[] }>(request: ApiRequest): T => {
  const body = batchBody<T>(request);
  const faults = body.operations.flatMap(memberFaults);
  if (faults.length > 0) throw validationError(faults);
  assertDistinct('operations', body.operations.map(recordOf));
  return body;
};

/** The request that would do this operation alone, by the same caller. */
export const toSingleRequest = (
  request: ApiRequest,
  operation: DataOperation,
  headers: Readonly<Record<string, string>> = {},
): ApiRequest => {
  const routeKey = routeOf[operation.op];
  const { model, id, ifMatch, body } = operation;
  return {
    ...request,
    route: dataRoutes[routeKey],
    routeKey,
    path: { model, ...(id !== undefined && { id }) },
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
    ...(error.refusal !== undefined && { refusal: error.refusal }),
    cause: error,
  });
};

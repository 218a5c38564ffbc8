import { variables } from '../../contracts/variables.ts';
import { authorize, grantsFor } from '../runtime/authorize.ts';
import { requiredVariable } from '../runtime/environment.ts';
import { livePredicate } from '../runtime/live-predicate.ts';
import { assertPrecondition, type Precondition, parseIfMatch } from '../runtime/precondition.ts';
import { allOf, anyOf, isAlways, type Predicate, term } from '../runtime/predicate.ts';
import type { ApiRequest, Caller } from '../runtime/request.ts';
import { fieldsNotAllowed } from './check-input.ts';
import type { Item } from './data-store.ts';
import { type ExpressionScope, predicateExpression } from './expression.ts';
import { type Claim, claimOf } from './idempotency.ts';
import { type ModelEntry, requestedModel } from './models.ts';
import { assertAllowed, isLive, notFound } from './record-access.ts';
import { isRecordId } from './record-id.ts';

/** The table of unique values, idempotency keys and the key of cursors. */
export const constraintsTableName = requiredVariable(variables.constraintsTable);

/** What a write to a stored record, or a check of it in a transaction (`get`), depends on beside its body. */
export interface WriteContext {
  readonly entry: ModelEntry;
  readonly caller: Caller;
  readonly operation: 'get' | 'update' | 'delete';
  readonly id: string;
  readonly precondition: Precondition;
  readonly claim: Claim | undefined;
  readonly nowMs: number;
  readonly requestId: string;
  readonly remainingMs: () => number;
  /** The fields of the write that only the record's owner may write. */
  readonly ownFields: readonly string[];
}

/** Reads what a PATCH, PUT, DELETE or check says beside its body, and turns away those who may never do it. */
export const writeContextOf = (request: ApiRequest, operation: WriteContext['operation']): WriteContext => {
  const { caller, path, headers, requestId, remainingMs } = request;
  const entry = requestedModel(path['model']);
  const { model } = entry;
  if (authorize(model.rules, operation, caller) === 'unauthenticated') assertAllowed('unauthenticated');
  const id = path['id'];
  if (!isRecordId(id)) throw notFound();
  const nowMs = Date.now();
  const precondition = parseIfMatch(headers['if-match'], model.requireIfMatch && operation !== 'get');
  return {
    entry,
    caller,
    operation,
    id,
    precondition,
    claim: claimOf(request, constraintsTableName, nowMs),
    nowMs,
    requestId,
    remainingMs,
    ownFields: [],
  };
};

const isOwner = (caller: Caller, stored: Item): boolean => caller.kind === 'user' && stored['owner'] === caller.id;

/**
 * Tells why a write to this stored record is refused, in the order that gives nothing away.
 *
 * @throws ApiError `not_found`, `forbidden`, `field_not_allowed`, `version_mismatch`
 */
export const assertWritable: (context: WriteContext, stored: Item | undefined) => asserts stored is Item = (context, stored) => {
  const { entry, caller, operation } = context;
  if (stored === undefined || !isLive(entry, stored)) throw notFound();
  assertAllowed(authorize(entry.model.rules, operation, caller, stored));
  if (context.ownFields.length > 0 && !isOwner(caller, stored)) throw fieldsNotAllowed(context.ownFields);
  assertPrecondition(context.precondition, stored['version']);
};

/** No record has this version. */
const impossibleVersion = -1;

const guardPredicate = ({ entry, caller, operation, precondition, nowMs, ownFields }: WriteContext): Predicate => {
  const live = livePredicate(entry.model, nowMs);
  const versions = precondition === 'any' || precondition.length > 0 ? precondition : [impossibleVersion];
  return allOf([
    anyOf(grantsFor(entry.model.rules, operation, caller)),
    ...(ownFields.length > 0 && caller.kind === 'user' ? [term('owner', 'eq', caller.id)] : []),
    ...(versions === 'any' ? [] : [term('version', 'in', versions)]),
    ...(live === undefined ? [] : [live]),
  ]);
};

/** Everything that {@link assertWritable} asks of the stored record, as the condition of the one request that writes. */
export const guardExpression = (context: WriteContext, scope: ExpressionScope): string => {
  const guard = guardPredicate(context);
  const exists = `attribute_exists(${scope.name('id')})`;
  if (isAlways(guard)) return exists;
  const expression = predicateExpression(guard, scope);
  return `${exists} AND ${guard.kind === 'or' ? `(${expression})` : expression}`;
};

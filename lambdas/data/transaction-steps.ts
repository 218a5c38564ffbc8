import type { DataOperation } from '../../contracts/data.ts';
import type { ApiReply, ApiRequest } from '../runtime/request.ts';
import { toSingleRequest } from './batch-request.ts';
import { alreadyExists, askAboutCreate, type PlannedCreate, planCreate } from './create-record.ts';
import type { Item, Place, Write } from './data-store.ts';
import { planDelete } from './delete-record.ts';
import { ExpressionScope } from './expression.ts';
import { hasGrants, type PlannedChange, prepareChange } from './modify-record.ts';
import { isReadable } from './record-access.ts';
import { type Effect, hasDependants } from './record-effects.ts';
import { planReplace } from './replace-record.ts';
import { asksHook } from './run-hooks.ts';
import { planUpdate } from './update-record.ts';
import { assertWritable, guardExpression, writeContextOf } from './write-context.ts';

/** What was found where a step's record is. */
export interface Found {
  readonly item: Item | undefined;
}

/** A step as writes. */
export interface PreparedStep {
  readonly write: Write;
  /** Writes of other items that belong to it. */
  readonly effects: readonly Effect[];
  readonly reply: ApiReply;
}

/** One operation of a transaction, checked as far as that can be done without its stored record. */
export interface Step {
  readonly place: Place;
  readonly status: number;
  /** The stored record has to be read. */
  readonly needsStored: boolean;
  /** Whether somebody is asked before the record is written. */
  readonly asksHook: boolean;
  /** Whether the answer to {@link prepare} holds the record. */
  readonly showsRecord: boolean;
  /** Makes the writes: of the record as it was found, or of whatever record there is. */
  readonly prepare: (found: Found | undefined) => Promise<PreparedStep>;
  /**
   * Looks at the record for which the step's own write did not hold.
   *
   * @throws ApiError if that is final; else the step can be prepared anew for this record
   */
  readonly assertRepeatable: (item: Item | undefined) => void;
  /** Whether the caller may read the record, as others of the transaction ask who refer to it. Undefined: it has to be read first. */
  readonly isReadable: (found: Found | undefined) => boolean | undefined;
  /** The model of a deleted record on which others may depend. */
  readonly followUp?: string;
}

const createStep = (request: ApiRequest, nowMs: number): Step => {
  const first = planCreate(request, nowMs);
  const { entry, caller, item } = first;
  let asked: PlannedCreate | undefined;
  return {
    place: { table: entry.table, key: { id: String(item['id']) } },
    status: 201,
    needsStored: false,
    asksHook: asksHook(entry, 'create', caller),
    showsRecord: true,
    prepare: async () => {
      asked ??= await askAboutCreate(first);
      return asked;
    },
    assertRepeatable: () => {
      throw alreadyExists();
    },
    isReadable: () => isReadable(entry, caller, (asked ?? first).item),
  };
};

const changeStep = (planned: PlannedChange, returnRecords: boolean): Step => {
  const { context, modification } = planned;
  const { entry, caller, id, operation } = context;
  const { direct } = modification;
  const isDelete = operation === 'delete';
  const showsRecord = returnRecords && !isDelete;
  return {
    place: { table: entry.table, key: { id } },
    status: isDelete ? 204 : 200,
    // Nothing tells the new values of a record that was changed in a transaction unread.
    needsStored: direct === undefined || showsRecord || !hasGrants(context),
    asksHook: asksHook(entry, isDelete ? 'delete' : 'update', caller),
    showsRecord,
    prepare: async (found) => {
      if (found === undefined && direct !== undefined) return { write: direct, effects: [], reply: {} };
      const stored = found?.item;
      assertWritable(context, stored);
      return prepareChange(planned, stored);
    },
    assertRepeatable: (item) => assertWritable(context, item),
    isReadable: (found) => {
      if (isDelete) return false;
      return found === undefined ? undefined : found.item !== undefined && isReadable(entry, caller, found.item);
    },
    ...(isDelete && hasDependants(entry.model) && { followUp: entry.model.name }),
  };
};

const checkStep = (request: ApiRequest): Step => {
  const context = writeContextOf(request, 'get');
  const { entry, id } = context;
  const scope = new ExpressionScope();
  const condition = guardExpression(context, scope);
  const place = { table: entry.table, key: { id } };
  return {
    place,
    status: 200,
    needsStored: !hasGrants(context),
    asksHook: false,
    showsRecord: false,
    prepare: async (found) => {
      if (found !== undefined) assertWritable(context, found.item);
      return { write: { kind: 'check', ...place, condition, parameters: scope.parameters() }, effects: [], reply: {} };
    },
    assertRepeatable: (item) => assertWritable(context, item),
    // The step's own condition asks for it.
    isReadable: () => true,
  };
};

/** Plans one operation by the code of the route that would do it alone. */
export const planStep = (request: ApiRequest, operation: DataOperation, options: { nowMs: number; returnRecords: boolean }): Step => {
  const single = toSingleRequest(request, operation);
  switch (operation.op) {
    case 'create':
      return createStep(single, options.nowMs);
    case 'update':
      return changeStep(planUpdate(single), options.returnRecords);
    case 'replace':
      return changeStep(planReplace(single), options.returnRecords);
    case 'delete':
      return changeStep(planDelete(single), options.returnRecords);
    case 'check':
      return checkStep(single);
  }
};

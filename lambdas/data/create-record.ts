import { ApiError } from '../../contracts/errors.ts';
import { authorize } from '../runtime/authorize.ts';
import { inProgress } from '../runtime/idempotency-key.ts';
import { newId } from '../runtime/new-id.ts';
import type { Action, ApiReply, ApiRequest, Caller } from '../runtime/request.ts';
import { causeAttributes } from '../runtime/write-cause.ts';
import { checkInput } from './check-input.ts';
import { commit, type Item, type Write } from './data-store.ts';
import { type Claim, claimOf, claimWrites, earlierReply, replayOf } from './idempotency.ts';
import { assertKeysFit, withKeys } from './index-keys.ts';
import { assertItemFits } from './item-size.ts';
import { type ModelEntry, requestedModel } from './models.ts';
import { assertAllowed } from './record-access.ts';
import { type Effect, effectsOf, refusalOf } from './record-effects.ts';
import { isRecordId } from './record-id.ts';
import { writeReply } from './record-view.ts';
import { amendCreate, asksHook, type HookedWrite } from './run-hooks.ts';
import { newOwner, splitOwner } from './system-write.ts';
import { constraintsTableName } from './write-context.ts';

const chosenId = (body: Readonly<Record<string, unknown>>): string | undefined => {
  const { id } = body;
  if (id === undefined || isRecordId(id)) return id;
  throw new ApiError(
    'invalid_id',
    'An id has 1 to 64 letters, digits, - and _, and begins with a letter or digit. Leave it out to get one.',
    {
      errors: [{ pointer: '/id', code: 'invalid_id', detail: 'The id is not well formed, or it is a reserved word.' }],
    },
  );
};

type Values = Readonly<Record<string, unknown>>;

/** The record that a request makes, checked against the schema. */
const newRecord = ({ model, validators }: ModelEntry, request: ApiRequest, nowMs: number): Values => {
  const { caller, body = {} } = request;
  const { id: _id, ...unsplit } = body;
  const { fields, given } = splitOwner(caller, unsplit);
  const id = chosenId(body) ?? newId(nowMs);
  const { values } = checkInput({ model, caller, validator: validators.create }, fields);
  const time = new Date(nowMs).toISOString();
  return { ...values, id, ...newOwner(caller), ...given, version: 1, createdAt: time, updatedAt: time };
};

/** The record as it is stored, if the rules and the database take it. */
const newItem = ({ model }: ModelEntry, caller: Caller, record: Values): Item => {
  assertAllowed(authorize(model.rules, 'create', caller, record));
  assertKeysFit(model, record);
  const item = { ...withKeys(model, record), ...causeAttributes(caller) };
  assertItemFits(item);
  return item;
};

const recordWrite = (table: string, item: Item): Write => ({
  kind: 'put',
  table,
  item,
  condition: 'attribute_not_exists(#i)',
  parameters: { ExpressionAttributeNames: { '#i': 'id' } },
});

/** A new record that was checked: its write, and those that belong into one transaction with it. */
export interface PlannedCreate extends HookedWrite {
  readonly record: Values;
  readonly item: Item;
  readonly nowMs: number;
  readonly hasChosenId: boolean;
  readonly write: Write;
  readonly effects: readonly Effect[];
  readonly reply: ApiReply;
}

type CreateInput = HookedWrite & Pick<PlannedCreate, 'record' | 'nowMs' | 'hasChosenId'>;

const toPlanned = (input: CreateInput): PlannedCreate => {
  const { entry, caller, record, nowMs, hasChosenId } = input;
  const { model, table } = entry;
  const item = newItem(entry, caller, record);
  const id = String(item['id']);
  const { headers, ...reply } = writeReply(model, caller, item);
  const created = { ...reply, headers: { ...headers, location: `/data/${model.name}/${id}` } };
  const effects = effectsOf({ model, table: constraintsTableName, recordId: id, nowMs, caller, hasChosenId }, undefined, item);
  return { ...input, item, write: recordWrite(table, item), effects, reply: created };
};

/** Makes the record that a request asks for. */
export const planCreate = (request: ApiRequest, nowMs: number): PlannedCreate => {
  const { caller, body = {}, requestId, remainingMs } = request;
  const entry = requestedModel(request.path['model']);
  assertAllowed(authorize(entry.model.rules, 'create', caller));
  const record = newRecord(entry, request, nowMs);
  return toPlanned({ entry, caller, requestId, remainingMs, record, nowMs, hasChosenId: body['id'] !== undefined });
};

/** Asks the hook of the model, and plans anew what it changes. */
export const askAboutCreate = async (planned: PlannedCreate): Promise<PlannedCreate> => {
  const record = await amendCreate(planned, planned.record);
  return record === undefined ? planned : toPlanned({ ...planned, record });
};

/** The refusal of an id that a record has. */
export const alreadyExists = (): ApiError =>
  new ApiError('already_exists', 'There is a record with this id. Choose another, or leave the id out to get one.');

const create = async (planned: PlannedCreate, claim: Claim | undefined): Promise<ApiReply> => {
  const { write: main, effects, hasChosenId, reply: created } = planned;
  const claims = claim === undefined ? [] : claimWrites(claim, created);
  const result = await commit([main, ...effects.map(({ write }) => write), ...claims]);
  if (result.ok) return created;
  const failedAt = (index: number) => result.failed.find((failed) => failed.index === index);
  const replay = claim && (await replayOf(claim, failedAt(effects.length + 1)?.item));
  if (replay !== undefined) return replay;
  if (failedAt(0) !== undefined) {
    // Nobody else can have made an id of ours: the database did it, and its answer was lost on the way.
    if (!hasChosenId) return created;
    throw alreadyExists();
  }
  throw refusalOf(effects.filter((_effect, index) => failedAt(index + 1) !== undefined));
};

/** POST: creates a record that the caller owns. */
export const createRecord: Action = async (request) => {
  const nowMs = Date.now();
  const planned = planCreate(request, nowMs);
  const claim = claimOf(request, constraintsTableName, nowMs);
  try {
    // What was done is not asked about again.
    const replay = claim && asksHook(planned.entry, 'create', request.caller) ? await earlierReply(claim) : undefined;
    return replay ?? (await create(await askAboutCreate(planned), claim));
  } catch (error) {
    throw inProgress(claim, error);
  }
};

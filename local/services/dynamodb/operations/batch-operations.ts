import batchGetTypes from 'dynalite/validations/batchGetItem.js';
import batchWriteTypes from 'dynalite/validations/batchWriteItem.js';
import validations from 'dynalite/validations/index.js';
import { refuseIf, validationError } from '../dynamodb-errors.ts';
import { readUnits } from '../items/capacity-units.ts';
import { type CapacityRequest, ConsumedCapacity } from '../items/consumed-capacity.ts';
import type { WriteAction } from '../items/item-writer.ts';
import { checkKey, checkNestedPaths } from '../items/key-checks.ts';
import { deleteAction, putAction } from '../items/write-actions.ts';
import type { Item } from '../values/attribute-value.ts';
import { checkItem } from '../values/check-attribute-value.ts';
import { itemSize } from '../values/item-size.ts';
import { type ExpressionInput, parseExpressions } from './expression-input.ts';
import { checkAttributesToGet, checkNewItem, projectItem } from './item-operations.ts';
import { type Engine, type Grant, leadingKeys, type Operation } from './operation.ts';

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html */
const MAX_WRITES = 25;
/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
const MAX_GETS = 100;
const MAX_GET_BYTES = 16 * 1_048_576;
const DUPLICATES = 'Provided list of item keys contains duplicates';

interface WriteRequest {
  readonly PutRequest?: { Item: Item };
  readonly DeleteRequest?: { Key: Item };
}

interface BatchWriteInput {
  readonly RequestItems: Record<string, WriteRequest[]>;
  readonly ReturnConsumedCapacity?: CapacityRequest;
}

interface KeysAndAttributes extends ExpressionInput {
  readonly Keys: Item[];
  readonly AttributesToGet?: string[];
  readonly ConsistentRead?: boolean;
}

interface BatchGetInput {
  readonly RequestItems: Record<string, KeysAndAttributes>;
  readonly ReturnConsumedCapacity?: CapacityRequest;
}

export const batchWriteItem: Operation<BatchWriteInput> = {
  types: withoutNamePattern(batchWriteTypes.types),
  grants: (input, engine) =>
    batchGrants('dynamodb:BatchWriteItem', input.RequestItems, engine, (requests) =>
      requests.map((request) => request.PutRequest?.Item ?? request.DeleteRequest?.Key),
    ),
  validate(input) {
    const requests = Object.values(input.RequestItems).flat();
    for (const request of requests) checkWriteRequest(request);
    if (requests.length > MAX_WRITES) throw validationError('Too many items requested for the BatchWriteItem call');
  },
  async run(input, engine, billed) {
    const actions = Object.entries(input.RequestItems).flatMap(([name, requests]) => batchActions(name, requests, engine));
    if (new Set(actions.map((action) => action.key)).size < actions.length) throw validationError(DUPLICATES);
    // Each write stands alone, as on AWS; they share a Level batch because they are decided in one tick.
    const results = await Promise.all(actions.map((action) => engine.writer.write(action)));
    const capacity = new ConsumedCapacity('write', billed);
    results.forEach((result, position) => {
      capacity.add((actions[position] as WriteAction).table, result.change.tableUnits, result.change.indexUnits);
    });
    return { UnprocessedItems: {}, ConsumedCapacity: capacity.list(input.ReturnConsumedCapacity) };
  },
};

export const batchGetItem: Operation<BatchGetInput> = {
  types: withoutNamePattern(batchGetTypes.types),
  grants: (input, engine) => batchGrants('dynamodb:BatchGetItem', input.RequestItems, engine, (request) => request.Keys),
  validate(input) {
    let count = 0;
    for (const request of Object.values(input.RequestItems)) {
      refuseIf(validations.validateExpressionParams(request, ['ProjectionExpression'], ['AttributesToGet']));
      checkAttributesToGet(request.AttributesToGet);
      parseExpressions(request);
      for (const key of request.Keys) refuseIf(checkItem(key));
      count += request.Keys.length;
    }
    if (count > MAX_GETS) throw validationError('Too many items requested for the BatchGetItem call');
  },
  run(input, engine, billed) {
    const answer: BatchAnswer = { responses: {}, unprocessed: {}, bytes: 0, capacity: new ConsumedCapacity('read', billed) };
    const plans = Object.entries(input.RequestItems).map(([name, request]) => getPlan(name, request, engine));
    for (const plan of plans) readBatch(plan, engine, answer);
    return {
      Responses: answer.responses,
      UnprocessedKeys: answer.unprocessed,
      ConsumedCapacity: answer.capacity.list(input.ReturnConsumedCapacity),
    };
  },
};

interface BatchAnswer {
  readonly responses: Record<string, Item[]>;
  readonly unprocessed: Record<string, KeysAndAttributes>;
  bytes: number;
  readonly capacity: ConsumedCapacity;
}

type GetPlan = ReturnType<typeof getPlan>;

function getPlan(name: string, request: KeysAndAttributes, engine: Engine) {
  const table = engine.catalog.get(name);
  for (const key of request.Keys) checkKey(key, table);
  checkNestedPaths(request._projection?.nestedPaths, table);
  const keys = request.Keys.map((key) => table.itemKey(key));
  if (new Set(keys).size < keys.length) throw validationError(DUPLICATES);
  return { name, request, table, keys };
}

function readBatch({ name, request, table, keys }: GetPlan, engine: Engine, answer: BatchAnswer): void {
  const found: Item[] = [];
  const left: Item[] = [];
  answer.responses[name] = found;
  keys.forEach((key, position) => {
    const item = answer.bytes < MAX_GET_BYTES ? engine.database.get<Item>(key) : undefined;
    const size = item === undefined ? 0 : itemSize(item);
    if (answer.bytes + size > MAX_GET_BYTES || answer.bytes >= MAX_GET_BYTES) {
      answer.bytes = MAX_GET_BYTES;
      left.push(request.Keys[position] as Item);
      return;
    }
    answer.bytes += size;
    answer.capacity.add(table, readUnits(Math.max(size, 1), request.ConsistentRead === true));
    if (item !== undefined) found.push(projectItem(item, request));
  });
  if (left.length > 0) answer.unprocessed[name] = { ...withoutParsed(request), Keys: left };
}

function withoutParsed(request: KeysAndAttributes): KeysAndAttributes {
  return Object.fromEntries(Object.entries(request).filter(([name]) => !name.startsWith('_'))) as unknown as KeysAndAttributes;
}

function checkWriteRequest({ PutRequest, DeleteRequest }: WriteRequest): void {
  if ((PutRequest === undefined) === (DeleteRequest === undefined)) {
    throw validationError('Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes');
  }
  if (PutRequest !== undefined) checkNewItem(PutRequest.Item);
  if (DeleteRequest !== undefined) refuseIf(checkItem(DeleteRequest.Key));
}

function batchActions(name: string, requests: readonly WriteRequest[], engine: Engine): WriteAction[] {
  const table = engine.catalog.get(name);
  return requests.map(({ PutRequest, DeleteRequest }) =>
    PutRequest ? putAction(table, PutRequest) : deleteAction(table, DeleteRequest as { Key: Item }),
  );
}

function batchGrants<T>(
  action: string,
  items: Record<string, T>,
  engine: Engine,
  keys: (part: T) => readonly (Item | undefined)[],
): readonly Grant[] {
  return Object.entries(items).map(([name, part]) => [action, engine.catalog.arnOf(name), leadingKeys(engine, name, keys(part))] as const);
}

/** The keys of `RequestItems` may be ARNs too, which dynalite's pattern for names refuses. */
function withoutNamePattern(types: Record<string, unknown>): Record<string, unknown> {
  const requestItems = types['RequestItems'] as Record<string, unknown>;
  return { ...types, RequestItems: { ...requestItems, keys: { lengthLessThanOrEqual: 1_024, lengthGreaterThanOrEqual: 1 } } };
}

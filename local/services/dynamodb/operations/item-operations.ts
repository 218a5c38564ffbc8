import deleteItemTypes from 'dynalite/validations/deleteItem.js';
import getItemTypes from 'dynalite/validations/getItem.js';
import validations from 'dynalite/validations/index.js';
import putItemTypes from 'dynalite/validations/putItem.js';
import updateItemTypes from 'dynalite/validations/updateItem.js';
import { refuseIf, validationError } from '../dynamodb-errors.ts';
import { project } from '../expressions/document-path.ts';
import { readUnits } from '../items/capacity-units.ts';
import { type BilledUnits, type CapacityRequest, ConsumedCapacity } from '../items/consumed-capacity.ts';
import type { WriteResult } from '../items/item-writer.ts';
import { checkKey, checkNestedPaths } from '../items/key-checks.ts';
import {
  deleteAction,
  type KeyInput,
  MAX_ITEM_BYTES,
  type PutInput,
  putAction,
  type UpdateInput,
  updateAction,
} from '../items/write-actions.ts';
import type { Table } from '../tables/table.ts';
import type { Item } from '../values/attribute-value.ts';
import { checkItem } from '../values/check-attribute-value.ts';
import { itemSize } from '../values/item-size.ts';
import { type ExpressionInput, parseExpressions } from './expression-input.ts';
import { checkLegacyUpdates } from './legacy-checks.ts';
import { type Engine, type Grant, leadingKeys, type Operation } from './operation.ts';

interface SingleWriteInput extends ExpressionInput {
  readonly TableName: string;
  readonly ReturnConsumedCapacity?: CapacityRequest;
  readonly ReturnItemCollectionMetrics?: 'SIZE' | 'NONE';
  readonly ReturnValues?: 'NONE' | 'ALL_OLD' | 'UPDATED_OLD' | 'ALL_NEW' | 'UPDATED_NEW';
}

interface GetItemInput extends ExpressionInput {
  readonly TableName: string;
  readonly Key: Item;
  readonly ConsistentRead?: boolean;
  readonly AttributesToGet?: readonly string[];
  readonly ReturnConsumedCapacity?: CapacityRequest;
}

/** The member that AWS added to all conditional writes in 2023. */
export const RETURN_ON_FAILURE = { ReturnValuesOnConditionCheckFailure: { type: 'String', enum: ['ALL_OLD', 'NONE'] } };

export const putItem: Operation<SingleWriteInput & PutInput> = {
  types: { ...putItemTypes.types, ...RETURN_ON_FAILURE },
  grants: (input, engine) => itemGrant('dynamodb:PutItem', input.TableName, input.Item, engine),
  validate(input) {
    refuseIf(validations.validateExpressionParams(input, ['ConditionExpression'], ['Expected']));
    checkNewItem(input.Item);
    checkReturnValues(input);
    checkConditions(input);
  },
  async run(input, engine, billed) {
    const table = engine.catalog.get(input.TableName);
    const result = await engine.writer.write(putAction(table, input));
    return writeAnswer(input, { table, result, billed }, input.ReturnValues === 'ALL_OLD' ? result.before : undefined);
  },
};

export const deleteItem: Operation<SingleWriteInput & KeyInput> = {
  types: { ...deleteItemTypes.types, ...RETURN_ON_FAILURE },
  grants: (input, engine) => itemGrant('dynamodb:DeleteItem', input.TableName, input.Key, engine),
  validate(input) {
    refuseIf(validations.validateExpressionParams(input, ['ConditionExpression'], ['Expected']));
    refuseIf(checkItem(input.Key));
    checkReturnValues(input);
    checkConditions(input);
  },
  async run(input, engine, billed) {
    const table = engine.catalog.get(input.TableName);
    const result = await engine.writer.write(deleteAction(table, input));
    return writeAnswer(input, { table, result, billed }, input.ReturnValues === 'ALL_OLD' ? result.before : undefined);
  },
};

export const updateItem: Operation<SingleWriteInput & UpdateInput> = {
  types: { ...updateItemTypes.types, ...RETURN_ON_FAILURE },
  grants: (input, engine) => itemGrant('dynamodb:UpdateItem', input.TableName, input.Key, engine),
  validate(input) {
    refuseIf(validations.validateExpressionParams(input, ['UpdateExpression', 'ConditionExpression'], ['AttributeUpdates', 'Expected']));
    refuseIf(checkItem(input.Key));
    checkLegacyUpdates(input.AttributeUpdates);
    checkConditions(input);
  },
  async run(input, engine, billed) {
    const table = engine.catalog.get(input.TableName);
    const result = await engine.writer.write(updateAction(table, input));
    return writeAnswer(input, { table, result, billed }, updateAttributes(input, result));
  },
};

export const getItem: Operation<GetItemInput> = {
  types: getItemTypes.types,
  grants: (input, engine) => itemGrant('dynamodb:GetItem', input.TableName, input.Key, engine),
  validate(input) {
    refuseIf(validations.validateExpressionParams(input, ['ProjectionExpression'], ['AttributesToGet']));
    refuseIf(checkItem(input.Key));
    checkAttributesToGet(input.AttributesToGet);
    parseExpressions(input);
  },
  run(input, engine, billed) {
    const table = engine.catalog.get(input.TableName);
    checkKey(input.Key, table);
    checkNestedPaths(input._projection?.nestedPaths, table);
    const item = engine.database.get<Item>(table.itemKey(input.Key));
    const units = readUnits(item === undefined ? 1 : itemSize(item), input.ConsistentRead === true);
    return {
      Item: item && projectItem(item, input),
      ConsumedCapacity: new ConsumedCapacity('read', billed).add(table, units).single(input.ReturnConsumedCapacity),
    };
  },
};

/** The grant of an operation on one table. */
export function tableGrant(action: string): (input: { TableName: string }, engine: Engine) => readonly Grant[] {
  return (input, engine) => [[action, engine.catalog.arnOf(input.TableName)]];
}

function itemGrant(action: string, tableName: string, key: Item, engine: Engine): readonly Grant[] {
  return [[action, engine.catalog.arnOf(tableName), leadingKeys(engine, tableName, [key])]];
}

/** Refuses an item with an invalid value, or above 400 KB. */
export function checkNewItem(item: Item): void {
  refuseIf(checkItem(item));
  if (itemSize(item) > MAX_ITEM_BYTES) throw validationError('Item size has exceeded the maximum allowed size');
}

export function checkAttributesToGet(names: readonly string[] | undefined): void {
  const duplicate = names && validations.findDuplicate(names);
  if (duplicate) throw validationError(`One or more parameter values were invalid: Duplicate value in attribute name: ${duplicate}`);
}

/** The attributes that the caller asked for. */
export function projectItem(item: Item, input: Pick<GetItemInput, '_projection' | 'AttributesToGet'>): Item {
  const paths = input._projection?.paths ?? input.AttributesToGet?.map((name) => [name]);
  return paths === undefined ? item : project(item, paths);
}

function checkConditions(input: ExpressionInput): void {
  refuseIf(validations.validateAttributeConditions(input));
  parseExpressions(input);
}

function checkReturnValues({ ReturnValues }: SingleWriteInput): void {
  if (ReturnValues !== undefined && ReturnValues !== 'ALL_OLD' && ReturnValues !== 'NONE') {
    throw validationError('ReturnValues can only be ALL_OLD or NONE');
  }
}

function updateAttributes(input: SingleWriteInput & UpdateInput, { before, after }: WriteResult): Item | undefined {
  const paths = input._updates?.paths ?? Object.keys(input.AttributeUpdates ?? {}).map((name) => [name]);
  switch (input.ReturnValues) {
    case 'ALL_OLD':
      return before;
    case 'ALL_NEW':
      return after;
    case 'UPDATED_OLD':
      return nonEmpty(before && project(before, paths));
    case 'UPDATED_NEW':
      return nonEmpty(after && project(after, paths));
    default:
      return undefined;
  }
}

function nonEmpty(item: Item | undefined): Item | undefined {
  return item !== undefined && Object.keys(item).length > 0 ? item : undefined;
}

function writeAnswer(
  input: SingleWriteInput,
  { table, result, billed }: { table: Table; result: WriteResult; billed: BilledUnits },
  attributes: Item | undefined,
): unknown {
  const { change, before, after } = result;
  return {
    Attributes: attributes,
    ConsumedCapacity: new ConsumedCapacity('write', billed)
      .add(table, change.tableUnits, change.indexUnits)
      .single(input.ReturnConsumedCapacity),
    ItemCollectionMetrics: input.ReturnItemCollectionMetrics === 'SIZE' ? collectionMetrics(table, (before ?? after) as Item) : undefined,
  };
}

/** Local tables do not keep sizes of item collections; the estimate is the first band that AWS gives. */
function collectionMetrics(table: Table, item: Item | undefined): unknown {
  if (item === undefined || !table.indexes.some((index) => index.kind === 'local')) return undefined;
  return { ItemCollectionKey: { [table.key.hash]: item[table.key.hash] }, SizeEstimateRangeGB: [0, 1] };
}

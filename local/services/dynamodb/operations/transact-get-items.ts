import getItemTypes from 'dynalite/validations/getItem.js';
import { refuseIf, validationError } from '../dynamodb-errors.ts';
import { readUnits } from '../items/capacity-units.ts';
import { type CapacityRequest, ConsumedCapacity } from '../items/consumed-capacity.ts';
import { checkKey, checkNestedPaths } from '../items/key-checks.ts';
import type { Item } from '../values/attribute-value.ts';
import { checkItem } from '../values/check-attribute-value.ts';
import { itemSize } from '../values/item-size.ts';
import { type ExpressionInput, parseExpressions } from './expression-input.ts';
import { projectItem } from './item-operations.ts';
import { type Grant, leadingKeys, type Operation } from './operation.ts';
import { planAll, TRANSACTION_FACTOR } from './transact-write-items.ts';

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactGetItems.html */
const MAX_GETS = 100;

interface TransactGetInput {
  readonly TransactItems: readonly { readonly Get: ExpressionInput & { readonly TableName: string; readonly Key: Item } }[];
  readonly ReturnConsumedCapacity?: CapacityRequest;
}

const { TableName, Key, ProjectionExpression, ExpressionAttributeNames, ReturnConsumedCapacity } = getItemTypes.types;

export const transactGetItems: Operation<TransactGetInput> = {
  types: {
    ReturnConsumedCapacity,
    TransactItems: {
      type: 'List',
      notNull: true,
      lengthGreaterThanOrEqual: 1,
      lengthLessThanOrEqual: MAX_GETS,
      children: {
        type: 'ValueStruct<TransactGetItem>',
        children: {
          Get: { type: 'FieldStruct<Get>', notNull: true, children: { TableName, Key, ProjectionExpression, ExpressionAttributeNames } },
        },
      },
    },
  },
  grants(input, engine) {
    const keys = Map.groupBy(input.TransactItems, ({ Get }) => Get.TableName);
    return [...keys].map(([name, gets]): Grant => {
      const leading = leadingKeys(
        engine,
        name,
        gets.map(({ Get }) => Get.Key),
      );
      return ['dynamodb:GetItem', engine.catalog.arnOf(name), leading];
    });
  },
  validate(input) {
    for (const { Get } of input.TransactItems) {
      refuseIf(checkItem(Get.Key));
      parseExpressions(Get);
    }
  },
  run(input, engine, billed) {
    const gets = planAll(
      input.TransactItems.map(({ Get }) => () => {
        const table = engine.catalog.get(Get.TableName);
        checkKey(Get.Key, table);
        checkNestedPaths(Get._projection?.nestedPaths, table);
        return { get: Get, table, key: table.itemKey(Get.Key) };
      }),
    );
    if (new Set(gets.map(({ key }) => key)).size < gets.length) {
      throw validationError('Transaction request cannot include multiple operations on one item');
    }
    const items = engine.database.getAll<Item>(gets.map(({ key }) => key));
    const capacity = new ConsumedCapacity('read', billed);
    const responses = gets.map(({ get, table }, position) => {
      const item = items[position];
      capacity.add(table, readUnits(item === undefined ? 1 : itemSize(item), true) * TRANSACTION_FACTOR);
      return item === undefined ? {} : { Item: projectItem(item, get) };
    });
    return { Responses: responses, ConsumedCapacity: capacity.list(input.ReturnConsumedCapacity, 'ReadCapacityUnits') };
  },
};

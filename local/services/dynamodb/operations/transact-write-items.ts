import { hash } from 'node:crypto';
import deleteItemTypes from 'dynalite/validations/deleteItem.js';
import putItemTypes from 'dynalite/validations/putItem.js';
import updateItemTypes from 'dynalite/validations/updateItem.js';
import { AwsError } from '../../service.ts';
import { dynamodbError, refuseIf, validationError } from '../dynamodb-errors.ts';
import { readUnits } from '../items/capacity-units.ts';
import { type BilledUnits, type CapacityRequest, ConsumedCapacity } from '../items/consumed-capacity.ts';
import type { WriteAction, WriteResult } from '../items/item-writer.ts';
import {
  checkAction,
  deleteAction,
  type KeyInput,
  type PutInput,
  putAction,
  type UpdateInput,
  updateAction,
} from '../items/write-actions.ts';
import type { Item } from '../values/attribute-value.ts';
import { checkItem } from '../values/check-attribute-value.ts';
import { itemSize } from '../values/item-size.ts';
import { type ExpressionInput, parseExpressions } from './expression-input.ts';
import { checkNewItem, RETURN_ON_FAILURE } from './item-operations.ts';
import { type Engine, type Grant, leadingKeys, type Operation } from './operation.ts';

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html */
const MAX_ACTIONS = 100;
const MAX_BYTES = 4 * 1_048_576;
/** "DynamoDB performs two underlying reads or writes of every item in the transaction": same page. */
export const TRANSACTION_FACTOR = 2;

type ActionInput = ExpressionInput & { readonly TableName: string };

interface TransactWriteItem {
  readonly Put?: ActionInput & PutInput;
  readonly Delete?: ActionInput & KeyInput;
  readonly Update?: ActionInput & UpdateInput;
  readonly ConditionCheck?: ActionInput & KeyInput;
}

interface TransactWriteInput {
  readonly TransactItems: readonly TransactWriteItem[];
  readonly ClientRequestToken?: string;
  readonly ReturnConsumedCapacity?: CapacityRequest;
  readonly ReturnItemCollectionMetrics?: 'SIZE' | 'NONE';
  /** Made by `validate`, before expressions are parsed into the request. */
  _fingerprint?: string;
}

const KINDS = ['ConditionCheck', 'Put', 'Delete', 'Update'] as const;
const IAM_ACTIONS: Readonly<Record<(typeof KINDS)[number], string>> = {
  ConditionCheck: 'dynamodb:ConditionCheckItem',
  Put: 'dynamodb:PutItem',
  Delete: 'dynamodb:DeleteItem',
  Update: 'dynamodb:UpdateItem',
};

export const transactWriteItems: Operation<TransactWriteInput> = {
  types: {
    ReturnConsumedCapacity: putItemTypes.types['ReturnConsumedCapacity'],
    ReturnItemCollectionMetrics: putItemTypes.types['ReturnItemCollectionMetrics'],
    ClientRequestToken: { type: 'String', lengthGreaterThanOrEqual: 1, lengthLessThanOrEqual: 36 },
    TransactItems: {
      type: 'List',
      notNull: true,
      lengthGreaterThanOrEqual: 1,
      lengthLessThanOrEqual: MAX_ACTIONS,
      children: {
        type: 'ValueStruct<TransactWriteItem>',
        children: {
          ConditionCheck: actionTypes('ConditionCheck', deleteItemTypes.types, { ConditionExpression: { type: 'String', notNull: true } }),
          Put: actionTypes('Put', putItemTypes.types, {}),
          Delete: actionTypes('Delete', deleteItemTypes.types, {}),
          Update: actionTypes('Update', updateItemTypes.types, { UpdateExpression: { type: 'String', notNull: true } }),
        },
      },
    },
  },
  grants(input, engine) {
    const parts = input.TransactItems.flatMap((item) =>
      KINDS.map((kind) => ({ kind, part: item[kind] })).filter(({ part }) => part !== undefined),
    );
    const grouped = Map.groupBy(parts, ({ kind, part }) => `${kind} ${part?.TableName}`);
    return [...grouped.values()].map((group): Grant => {
      const { kind, part } = group[0] as (typeof group)[number];
      const name = (part as ActionInput).TableName;
      const items = group.map((member) => (member.part as Partial<PutInput & KeyInput>).Key ?? (member.part as PutInput).Item);
      return [IAM_ACTIONS[kind], engine.catalog.arnOf(name), leadingKeys(engine, name, items)];
    });
  },
  validate(input) {
    input._fingerprint = hash('sha256', JSON.stringify(input.TransactItems));
    for (const item of input.TransactItems) checkTransactItem(item);
  },
  async run(input, engine, billed) {
    const token = input.ClientRequestToken;
    const fingerprint = input._fingerprint as string;
    const actions = planAll(input.TransactItems.map((item) => () => actionOf(item, engine)));
    if (new Set(actions.map((action) => action.key)).size < actions.length) {
      throw validationError('Transaction request cannot include multiple operations on one item');
    }
    if (token !== undefined && engine.tokens.isReplay(token, fingerprint)) return replay(input, actions, engine, billed);
    const results = await decideAll(actions, engine);
    const writes = results.map((result, position) => ({ action: actions[position] as WriteAction, result }));
    await engine.writer.commit(writes, token === undefined ? [] : [engine.tokens.remember(token, fingerprint)]);
    const capacity = new ConsumedCapacity('write', billed);
    for (const { action, result } of writes) {
      const indexUnits = action.checkOnly
        ? []
        : [...result.change.indexUnits].map(([name, units]) => [name, units * TRANSACTION_FACTOR] as const);
      capacity.add(action.table, result.change.tableUnits * TRANSACTION_FACTOR, new Map(indexUnits));
    }
    return { ConsumedCapacity: capacity.list(input.ReturnConsumedCapacity, 'WriteCapacityUnits') };
  },
};

/**
 * Makes the parts of a transaction. What does not fit its table cancels the transaction, but for empty keys:
 * AWS sees those before it begins, and refuses the request as it refuses a single write.
 */
export function planAll<T>(makers: readonly (() => T)[]): T[] {
  const outcomes = makers.map((make) => attempt(make));
  const errors = outcomes.map((outcome) => (outcome instanceof AwsError ? outcome : undefined));
  const early = errors.find(
    (error) => error !== undefined && (error.code !== 'ValidationException' || error.message.includes('cannot contain an empty')),
  );
  if (early !== undefined) throw early;
  if (errors.some((error) => error !== undefined)) throw cancelled(errors);
  return outcomes as T[];
}

function attempt<T>(make: () => T): T | AwsError {
  try {
    return make();
  } catch (error) {
    if (error instanceof AwsError) return error;
    throw error;
  }
}

/** Decides all actions on one state; the first failure of each is its reason, and any failure cancels all. */
async function decideAll(actions: readonly WriteAction[], engine: Engine): Promise<WriteResult[]> {
  const outcomes = actions.map((action) => attempt(() => engine.writer.decide(action)));
  const results = outcomes.filter((outcome): outcome is WriteResult => !(outcome instanceof AwsError));
  if (results.length < outcomes.length) {
    await engine.database.flushed();
    throw cancelled(outcomes.map((outcome) => (outcome instanceof AwsError ? outcome : undefined)));
  }
  const bytes = results.reduce((sum, { after, before }) => sum + itemSize((after ?? before ?? {}) as Item), 0);
  if (bytes > MAX_BYTES) throw validationError(`Transaction payload size cannot exceed 4MB. Payload Size: ${bytes}`);
  return results;
}

/** @returns `TransactionCanceledException` with one reason for each action, in order. */
export function cancelled(errors: readonly (AwsError | undefined)[]): AwsError {
  const reasons = errors.map((error) => {
    if (error === undefined) return { Code: 'None' };
    const { Item } = error.members;
    return {
      Code: error.code.replace(/Exception$/, '').replace(/^Validation$/, 'ValidationError'),
      Message: error.message,
      ...(Item !== undefined && { Item }),
    };
  });
  const codes = reasons.map((reason) => reason.Code).join(', ');
  return dynamodbError(
    'TransactionCanceledException',
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    {
      CancellationReasons: reasons,
    },
  );
}

/** A transaction that is done already: it costs the reads that find that out. */
async function replay(input: TransactWriteInput, actions: readonly WriteAction[], engine: Engine, billed: BilledUnits): Promise<unknown> {
  await engine.database.flushed();
  const capacity = new ConsumedCapacity('read', billed);
  for (const { table, key } of actions) {
    const item = engine.database.get<Item>(key);
    capacity.add(table, readUnits(item === undefined ? 1 : itemSize(item), true) * TRANSACTION_FACTOR);
  }
  return { ConsumedCapacity: capacity.list(input.ReturnConsumedCapacity, 'ReadCapacityUnits') };
}

function checkTransactItem(item: TransactWriteItem): void {
  const kinds = KINDS.filter((kind) => item[kind] !== undefined);
  if (kinds.length !== 1) {
    throw validationError('TransactItems can only contain one of Check, Put, Update or Delete');
  }
  const { Put, Update, Delete, ConditionCheck } = item;
  const input = (Put ?? Update ?? Delete ?? ConditionCheck) as ActionInput & Partial<PutInput & KeyInput>;
  if (Put !== undefined) checkNewItem(Put.Item);
  else refuseIf(checkItem(input.Key as Item));
  parseExpressions(input);
}

function actionOf({ Put, Update, Delete, ConditionCheck }: TransactWriteItem, engine: Engine): WriteAction {
  if (Put !== undefined) return putAction(engine.catalog.get(Put.TableName), Put);
  if (Update !== undefined) return updateAction(engine.catalog.get(Update.TableName), Update);
  if (Delete !== undefined) return deleteAction(engine.catalog.get(Delete.TableName), Delete);
  const check = ConditionCheck as ActionInput & KeyInput;
  return checkAction(engine.catalog.get(check.TableName), check);
}

/** The members of one action: those of the single write without the ones of before 2014 and without what asks for an answer. */
function actionTypes(name: string, types: Record<string, unknown>, required: Record<string, unknown>): Record<string, unknown> {
  const { TableName, Item, Key, ConditionExpression, UpdateExpression, ExpressionAttributeNames, ExpressionAttributeValues } = types;
  const all = { TableName, Item, Key, ConditionExpression, UpdateExpression, ExpressionAttributeNames, ExpressionAttributeValues };
  const present = Object.fromEntries(Object.entries(all).filter(([, type]) => type !== undefined));
  return { type: `FieldStruct<${name}>`, children: { ...present, ...RETURN_ON_FAILURE, ...required } };
}

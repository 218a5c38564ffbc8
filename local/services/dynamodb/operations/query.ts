import validations from 'dynalite/validations/index.js';
import queryTypes from 'dynalite/validations/query.js';
import { refuseIf, validationError } from '../dynamodb-errors.ts';
import { matches } from '../expressions/condition.ts';
import { type LegacyConditions, legacyCondition } from '../expressions/legacy-parameters.ts';
import type { KeyRange } from '../storage/database.ts';
import { encodeKeyValue, partitionPrefix } from '../storage/key-encoding.ts';
import type { KeySchema } from '../tables/table-definition.ts';
import { type AttributeValue, contentOf, type Item, typeOf, valuesEqual } from '../values/attribute-value.ts';
import { parseExpressions } from './expression-input.ts';
import { checkAttributesToGet } from './item-operations.ts';
import type { Operation } from './operation.ts';
import {
  answerPage,
  checkSelect,
  checkStartKey,
  checkStartKeyValues,
  type ReadInput,
  type ReadTarget,
  readArn,
  readTarget,
} from './read-request.ts';

interface KeyCondition {
  readonly ComparisonOperator: string;
  readonly AttributeValueList: readonly AttributeValue[];
}

interface QueryInput extends ReadInput {
  KeyConditions?: Record<string, KeyCondition>;
  readonly QueryFilter?: LegacyConditions;
  readonly ScanIndexForward?: boolean;
}

const NOT_INDEXABLE: readonly string[] = ['NULL', 'NOT_NULL', 'NE', 'CONTAINS', 'NOT_CONTAINS', 'IN'];

export const query: Operation<QueryInput> = {
  types: queryTypes.types,
  grants(input, engine) {
    const table = engine.catalog.find(input.TableName);
    const schema = input.IndexName === undefined ? table?.key : table?.index(input.IndexName)?.key;
    const [value] = (schema && input.KeyConditions?.[schema.hash]?.AttributeValueList) ?? [];
    const context = value === undefined ? undefined : { 'dynamodb:LeadingKeys': [String(contentOf(value))] };
    return [['dynamodb:Query', readArn(input, engine), context]];
  },
  validate(input) {
    refuseIf(
      validations.validateExpressionParams(
        input,
        ['ProjectionExpression', 'FilterExpression', 'KeyConditionExpression'],
        ['AttributesToGet', 'QueryFilter', 'ConditionalOperator', 'KeyConditions'],
      ),
    );
    refuseIf(validations.validateConditions(input.QueryFilter));
    checkAttributesToGet(input.AttributesToGet);
    checkStartKeyValues(input.ExclusiveStartKey);
    if (input.KeyConditions === undefined && input.KeyConditionExpression === undefined) {
      throw validationError('Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.');
    }
    checkSelect(input);
    parseExpressions(input);
    input.KeyConditions = keyConditionsOf(input);
  },
  run(input, engine, billed) {
    const target = readTarget(input, engine);
    const schema = (target.index ?? target.table).key;
    const conditions = input.KeyConditions as Record<string, KeyCondition>;
    checkKeyConditions(conditions, schema, target);
    checkFilter(input, schema);
    const range = keyRange(conditions, schema, target, input.ScanIndexForward === false);
    return answerPage(input, target, startAfter(input, range, conditions, target), engine, billed);
  },
};

function keyConditionsOf(input: QueryInput): Record<string, KeyCondition> {
  const conditions =
    input._keyCondition === undefined ? input.KeyConditions : validations.convertKeyCondition(input._keyCondition.expression);
  if (typeof conditions === 'string') {
    throw validationError(conditions.includes('nested attributes') ? `Invalid KeyConditionExpression: ${conditions}` : conditions);
  }
  refuseIf(validations.validateConditions(conditions));
  const count = Object.keys(conditions ?? {}).length;
  if (count !== 1 && count !== 2) throw validationError('Conditions can be of length 1 or 2 only');
  return conditions as Record<string, KeyCondition>;
}

function checkKeyConditions(conditions: Record<string, KeyCondition>, schema: KeySchema, { table }: ReadTarget): void {
  if (schema.range === undefined && Object.keys(conditions).length > 1) throw validationError('Query key condition not supported');
  for (const name of [schema.hash, schema.range]) {
    if (name === undefined) continue;
    const condition = conditions[name];
    if (condition === undefined) {
      if (name === schema.hash || Object.keys(conditions).length > 1)
        throw validationError(`Query condition missed key schema element: ${name}`);
      continue;
    }
    checkKeyCondition(name, condition, schema, table.typeOfKey(name));
  }
}

function checkKeyCondition(name: string, condition: KeyCondition, schema: KeySchema, type: string): void {
  if (NOT_INDEXABLE.includes(condition.ComparisonOperator)) {
    throw validationError('Attempted conditional constraint is not an indexable operation');
  }
  for (const value of condition.AttributeValueList) {
    if (typeOf(value) !== type) {
      throw validationError('One or more parameter values were invalid: Condition parameter type does not match schema type');
    }
    if (contentOf(value) === '') {
      throw validationError(
        `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty ${type === 'S' ? 'string' : 'binary'} value. Key: ${name}`,
      );
    }
  }
  if (name === schema.hash && condition.ComparisonOperator !== 'EQ') throw validationError('Query key condition not supported');
}

function checkFilter(input: QueryInput, schema: KeySchema): void {
  const heads = input.QueryFilter ?? input._filter?.pathHeads;
  if (heads === undefined) return;
  const member = input.QueryFilter === undefined ? 'Filter Expression' : 'QueryFilter';
  for (const name of [schema.hash, schema.range]) {
    if (name !== undefined && Object.hasOwn(heads, name)) {
      throw validationError(`${member} can only contain non-primary key attributes: Primary key attribute: ${name}`);
    }
  }
}

/** The one range of keys that holds the answer: a Query never reads an entry outside it. */
function keyRange(conditions: Record<string, KeyCondition>, schema: KeySchema, target: ReadTarget, reverse: boolean): KeyRange {
  const [hashValue] = (conditions[schema.hash] as KeyCondition).AttributeValueList;
  const base = (target.index?.prefix ?? target.table.itemPrefix) + partitionPrefix(hashValue as AttributeValue);
  const condition = schema.range === undefined ? undefined : conditions[schema.range];
  if (condition === undefined) return { gte: base, lt: `${base}~`, reverse };
  const [first, second] = condition.AttributeValueList.map(encodeKeyValue) as [string, string];
  return { ...sortKeyRange(base, condition.ComparisonOperator, first, second), reverse };
}

/** `/` ends a sort key and sorts before its longer neighbours; `~` sorts behind everything that may follow. */
function sortKeyRange(base: string, operator: string, first: string, second: string): KeyRange {
  const from = `${base}${first}/`;
  switch (operator) {
    case 'LT':
      return { gte: base, lt: from };
    case 'LE':
      return { gte: base, lt: `${from}~` };
    case 'GT':
      return { gte: `${from}~`, lt: `${base}~` };
    case 'GE':
      return { gte: from, lt: `${base}~` };
    case 'BETWEEN':
      return { gte: from, lt: `${base}${second}/~` };
    case 'BEGINS_WITH':
      return { gte: base + first, lt: `${base}${first}~` };
    default:
      return { gte: from, lt: `${from}~` };
  }
}

function startAfter(input: QueryInput, range: KeyRange, conditions: Record<string, KeyCondition>, target: ReadTarget): KeyRange {
  const startKey = input.ExclusiveStartKey;
  if (startKey === undefined) return range;
  const { table, index } = target;
  checkStartKey(startKey, target, 'The provided starting key is invalid');
  checkStartKeyFits(startKey, conditions, (index ?? table).key);
  const key = (index === undefined ? table.itemKey(startKey) : table.indexKey(index, startKey)) as string;
  if (range.reverse) return { ...range, lt: key };
  const { gte: _beginning, ...rest } = range;
  return { ...rest, gt: key };
}

function checkStartKeyFits(startKey: Item, conditions: Record<string, KeyCondition>, schema: KeySchema): void {
  const [hashValue] = (conditions[schema.hash] as KeyCondition).AttributeValueList;
  const samePartition = valuesEqual(startKey[schema.hash] as AttributeValue, hashValue as AttributeValue);
  const rangeCondition = schema.range === undefined ? undefined : conditions[schema.range];
  if (rangeCondition === undefined) {
    if (!samePartition) throw validationError('The provided starting key is outside query boundaries based on provided conditions');
    return;
  }
  const predicate = legacyCondition({ [schema.range as string]: rangeCondition });
  if (predicate !== undefined && !matches(predicate, startKey)) {
    throw validationError('The provided starting key does not match the range key predicate');
  }
  if (!samePartition) throw validationError('The query can return at most one row and cannot be restarted');
}

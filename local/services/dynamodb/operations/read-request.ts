import { refuseIf, validationError } from '../dynamodb-errors.ts';
import { matches } from '../expressions/condition.ts';
import { type LegacyConditions, legacyCondition } from '../expressions/legacy-parameters.ts';
import { readUnits } from '../items/capacity-units.ts';
import { type BilledUnits, type CapacityRequest, ConsumedCapacity } from '../items/consumed-capacity.ts';
import { checkKey, checkKeyPart, checkNestedPaths } from '../items/key-checks.ts';
import { type Page, readPage } from '../items/page-reader.ts';
import type { KeyRange } from '../storage/database.ts';
import { keyNames, pick, type Table, type TableIndex } from '../tables/table.ts';
import type { Item } from '../values/attribute-value.ts';
import { checkItem } from '../values/check-attribute-value.ts';
import { itemSize } from '../values/item-size.ts';
import type { ExpressionInput } from './expression-input.ts';
import { projectItem } from './item-operations.ts';
import type { Engine } from './operation.ts';

/** What Query and Scan have in common. */
export interface ReadInput extends ExpressionInput {
  readonly TableName: string;
  readonly IndexName?: string;
  readonly Select?: 'ALL_ATTRIBUTES' | 'ALL_PROJECTED_ATTRIBUTES' | 'SPECIFIC_ATTRIBUTES' | 'COUNT';
  readonly Limit?: number;
  readonly ConsistentRead?: boolean;
  readonly ExclusiveStartKey?: Item;
  readonly AttributesToGet?: readonly string[];
  readonly ConditionalOperator?: 'AND' | 'OR';
  readonly ReturnConsumedCapacity?: CapacityRequest;
}

/** Where a Query or Scan reads. */
export interface ReadTarget {
  readonly table: Table;
  readonly index: TableIndex | undefined;
  /** The names of `LastEvaluatedKey`. */
  readonly startKeyNames: readonly string[];
  /** The items must come from the table: the local index does not hold all that is asked for. */
  readonly fetch: boolean;
}

/** AWS checks an index by its own ARN. */
export function readArn({ TableName, IndexName }: ReadInput, engine: Engine): string {
  const arn = engine.catalog.arnOf(TableName);
  return IndexName === undefined ? arn : `${arn}/index/${IndexName}`;
}

/** Refuses a start key with invalid values. */
export function checkStartKeyValues(key: Item | undefined): void {
  const problem = key && checkItem(key);
  const bare = /contains duplicates|number set|numeric value|significant digits|number with magnitude/;
  refuseIf(problem && (bare.test(problem) ? problem : `The provided starting key is invalid: ${problem}`));
}

export function checkSelect(input: ReadInput): void {
  const { Select } = input;
  const specific = input.ProjectionExpression !== undefined ? 'ProjectionExpression' : input.AttributesToGet && 'AttributesToGet';
  if (specific && Select !== undefined && Select !== 'SPECIFIC_ATTRIBUTES') {
    throw validationError(`Cannot specify the ${specific} when choosing to get ${Select === 'COUNT' ? 'only the Count' : Select}`);
  }
  if (Select === 'SPECIFIC_ATTRIBUTES' && !specific) {
    throw validationError('Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES');
  }
  if (Select === 'ALL_PROJECTED_ATTRIBUTES' && input.IndexName === undefined) {
    throw validationError('ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName');
  }
}

/** Finds the table and index. @throws AwsError when they cannot serve the request. */
export function readTarget(input: ReadInput, engine: Engine): ReadTarget {
  const table = engine.catalog.get(input.TableName);
  const index = input.IndexName === undefined ? undefined : indexOf(table, input.IndexName);
  if (index?.kind === 'global' && input.ConsistentRead) {
    throw validationError('Consistent reads are not supported on global secondary indexes');
  }
  checkNestedPaths(input._projection?.nestedPaths, table);
  checkNestedPaths(input._filter?.nestedPaths, table);
  const startKeyNames = [...new Set([...keyNames(table.key), ...(index ? keyNames(index.key) : [])])];
  return { table, index, startKeyNames, fetch: index !== undefined && needsTable(input, index) };
}

/** Refuses a start key that is no key of the target. */
export function checkStartKey(startKey: Item, target: ReadTarget, mismatch: string): void {
  const { table, index, startKeyNames } = target;
  if (Object.keys(startKey).length !== startKeyNames.length) throw validationError(mismatch);
  if (index !== undefined) {
    for (const name of keyNames(index.key)) {
      if (startKey[name] === undefined) throw validationError(mismatch);
      checkKeyPart(startKey, name, table, index.key);
    }
  }
  try {
    checkKey(pick(startKey, keyNames(table.key)), table);
  } catch (error) {
    throw validationError(`The provided starting key is invalid: ${(error as Error).message}`);
  }
}

/** Reads a page and answers it. */
export async function answerPage(
  input: ReadInput & { QueryFilter?: LegacyConditions; ScanFilter?: LegacyConditions },
  target: ReadTarget,
  range: KeyRange,
  engine: Engine,
  billed: BilledUnits,
): Promise<unknown> {
  const page = await readPage(engine.database, range, input.Limit);
  const fetched = target.fetch ? fetchItems(page, target, engine) : undefined;
  const condition = input._filter?.expression ?? legacyCondition(input.QueryFilter ?? input.ScanFilter, input.ConditionalOperator);
  const items = (fetched?.items ?? page.items).filter((item) => condition === undefined || matches(condition, item));
  return {
    Items: input.Select === 'COUNT' ? undefined : items.map((item) => projectItem(item, input)),
    Count: items.length,
    ScannedCount: page.items.length,
    LastEvaluatedKey: page.last && pick(page.last, target.startKeyNames),
    ConsumedCapacity: readCapacity(input, target, { page, fetchUnits: fetched?.units ?? 0, billed }),
  };
}

function readCapacity(
  input: ReadInput,
  { table, index }: ReadTarget,
  { page, fetchUnits, billed }: { page: Page; fetchUnits: number; billed: BilledUnits },
): unknown {
  const units = readUnits(Math.max(page.bytes, 1), input.ConsistentRead === true);
  const capacity = new ConsumedCapacity('read', billed);
  if (index === undefined) capacity.add(table, units);
  else capacity.add(table, fetchUnits, new Map([[index.name, units]]));
  return capacity.single(input.ReturnConsumedCapacity);
}

/** Each fetched item is a read of its own. */
function fetchItems(page: Page, { table }: ReadTarget, engine: Engine): { items: Item[]; units: number } {
  const items = engine.database.getAll<Item>(page.items.map((entry) => table.itemKey(entry))).filter((item) => item !== undefined);
  return { items, units: items.reduce((sum, item) => sum + readUnits(itemSize(item), false), 0) };
}

function indexOf(table: Table, name: string): TableIndex {
  const index = table.index(name);
  if (index === undefined) throw validationError(`The table does not have the specified index: ${name}`);
  if (index.status === 'CREATING') throw validationError(`Cannot read from backfilling global secondary index: ${name}`);
  return index;
}

function needsTable(input: ReadInput, index: TableIndex): boolean {
  const { projected } = index;
  if (projected === undefined) return false;
  const heads = input._projection?.paths.map((path) => String(path[0])) ?? input.AttributesToGet ?? [];
  const missing = heads.filter((name) => !projected.includes(name));
  if (index.kind === 'local') return input.Select === 'ALL_ATTRIBUTES' || missing.length > 0;
  const invalid = 'One or more parameter values were invalid: ';
  if (input.Select === 'ALL_ATTRIBUTES') {
    throw validationError(
      `${invalid}Select type ALL_ATTRIBUTES is not supported for global secondary index ${index.name} because its projection type is not ALL`,
    );
  }
  if (missing.length > 0) throw validationError(`${invalid}Global secondary index ${index.name} does not project [${missing.join(', ')}]`);
  return false;
}

import createTableTypes from 'dynalite/validations/createTable.js';
import updateTableTypes from 'dynalite/validations/updateTable.js';
import { dynamodbError, validationError } from '../dynamodb-errors.ts';
import { describeTable } from '../tables/describe-table.ts';
import { keyNames, type Table } from '../tables/table.ts';
import type { IndexDefinition, StoredIndex, StoredTable, StreamViewType } from '../tables/table-definition.ts';
import { attributeTypesOf, indexDefinition, type TableInput, throughputOf } from '../tables/table-settings.ts';
import { tableGrant } from './item-operations.ts';
import { type Engine, type Operation, optional } from './operation.ts';
import { namedTable, STREAM_SPECIFICATION, TABLE_CLASS } from './table-operations.ts';

interface IndexUpdate {
  readonly Create?: NonNullable<TableInput['GlobalSecondaryIndexes']>[number];
  readonly Update?: {
    readonly IndexName: string;
    readonly ProvisionedThroughput: { ReadCapacityUnits: number; WriteCapacityUnits: number };
  };
  readonly Delete?: { readonly IndexName: string };
}

interface UpdateTableInput {
  readonly TableName: string;
  readonly AttributeDefinitions?: TableInput['AttributeDefinitions'];
  readonly BillingMode?: 'PROVISIONED' | 'PAY_PER_REQUEST';
  readonly ProvisionedThroughput?: { ReadCapacityUnits: number; WriteCapacityUnits: number };
  readonly GlobalSecondaryIndexUpdates?: readonly IndexUpdate[];
  readonly StreamSpecification?: { StreamEnabled: boolean; StreamViewType?: StreamViewType };
  readonly DeletionProtectionEnabled?: boolean;
  readonly TableClass?: string;
}

const CHANGES = [
  'BillingMode',
  'ProvisionedThroughput',
  'GlobalSecondaryIndexUpdates',
  'StreamSpecification',
  'DeletionProtectionEnabled',
  'TableClass',
] as const;
/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
const MAX_GLOBAL_INDEXES = 20;
const INVALID = 'One or more parameter values were invalid: ';

export const updateTable: Operation<UpdateTableInput> = {
  types: {
    ...withOptionalThroughput(updateTableTypes.types),
    AttributeDefinitions: optional(createTableTypes.types['AttributeDefinitions']),
    StreamSpecification: STREAM_SPECIFICATION,
    DeletionProtectionEnabled: 'Boolean',
    TableClass: TABLE_CLASS,
  },
  grants: tableGrant('dynamodb:UpdateTable'),
  validate(input) {
    if (CHANGES.every((name) => input[name] === undefined)) {
      throw validationError(
        'At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required',
      );
    }
    if (input.BillingMode === 'PROVISIONED' && input.ProvisionedThroughput === undefined) {
      throw validationError(`${INVALID}ProvisionedThroughput must be specified when BillingMode is PROVISIONED`);
    }
    for (const update of input.GlobalSecondaryIndexUpdates ?? []) checkIndexUpdate(update);
  },
  async run(input, engine) {
    const table = namedTable(input.TableName, engine);
    const replaced = await engine.catalog.replace(table, changesOf(input, table, engine));
    const description = describeTable(replaced, engine.database);
    // Fails only when the store closes; the next start builds on.
    engine.builder.build(table.name).catch(() => {});
    return { TableDescription: { ...description, TableStatus: 'UPDATING' } };
  },
};

function checkIndexUpdate({ Create, Update, Delete }: IndexUpdate): void {
  if (Create === undefined && Update === undefined && Delete === undefined) {
    throw validationError(
      `${INVALID}One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, GlobalSecondaryIndexUpdate.Delete must not be null`,
    );
  }
}

function changesOf(input: UpdateTableInput, table: Table, engine: Engine): Partial<StoredTable> {
  const attributeTypes = { ...table.stored.attributeTypes, ...attributeTypesOf(input.AttributeDefinitions ?? []) };
  const indexes = updatedIndexes(input.GlobalSecondaryIndexUpdates ?? [], table, attributeTypes, engine);
  const used = new Set([table.stored.key, ...indexes.map((index) => index.key)].flatMap(keyNames));
  return {
    indexes,
    attributeTypes: Object.fromEntries(Object.entries(attributeTypes).filter(([name]) => used.has(name))),
    ...(input.BillingMode && { billingMode: input.BillingMode }),
    ...(input.BillingMode === 'PAY_PER_REQUEST' && { throughput: undefined }),
    ...(input.ProvisionedThroughput && { throughput: throughputOf(input.ProvisionedThroughput) }),
    ...(input.DeletionProtectionEnabled !== undefined && { deletionProtection: input.DeletionProtectionEnabled }),
    ...(input.TableClass && { tableClass: input.TableClass }),
    ...(input.StreamSpecification && { stream: updatedStream(input.StreamSpecification, table, engine) }),
  };
}

function updatedIndexes(
  updates: readonly IndexUpdate[],
  table: Table,
  attributeTypes: Readonly<Record<string, string>>,
  engine: Engine,
): StoredIndex[] {
  if (updates.filter((update) => update.Create ?? update.Delete).length > 1) {
    throw dynamodbError(
      'LimitExceededException',
      'Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table',
    );
  }
  let indexes = [...table.stored.indexes];
  for (const { Create, Update, Delete } of updates) {
    if (Create !== undefined) indexes.push(newIndex(indexDefinition(Create, 'global'), indexes, attributeTypes, engine));
    const name = Update?.IndexName ?? Delete?.IndexName;
    if (name === undefined) continue;
    if (!indexes.some((index) => index.name === name && index.kind === 'global')) {
      throw dynamodbError('ResourceNotFoundException', `Requested resource not found: Index: ${name} not found`);
    }
    if (Delete !== undefined) indexes = indexes.filter((index) => index.name !== name);
    if (Update !== undefined) {
      indexes = indexes.map((index) =>
        index.name === name ? { ...index, throughput: throughputOf(Update.ProvisionedThroughput) } : index,
      );
    }
  }
  return indexes;
}

function newIndex(
  definition: IndexDefinition,
  indexes: readonly StoredIndex[],
  types: Readonly<Record<string, string>>,
  engine: Engine,
): StoredIndex {
  if (indexes.some((index) => index.name === definition.name)) {
    throw validationError(`${INVALID}Attempting to create an index which already exists: ${definition.name}`);
  }
  const keys = keyNames(definition.key);
  if (keys.some((name) => types[name] === undefined)) {
    throw validationError(
      `${INVALID}Some index key attributes are not defined in AttributeDefinitions. ` +
        `Keys: [${keys.join(', ')}], AttributeDefinitions: [${Object.keys(types).join(', ')}]`,
    );
  }
  if (indexes.filter((index) => index.kind === 'global').length >= MAX_GLOBAL_INDEXES) {
    throw dynamodbError('LimitExceededException', 'GlobalSecondaryIndex count exceeds the per-table limit of 20');
  }
  return engine.catalog.newIndex(definition);
}

function updatedStream(input: NonNullable<UpdateTableInput['StreamSpecification']>, table: Table, engine: Engine): StoredTable['stream'] {
  const { stream } = table.stored;
  if (input.StreamEnabled) {
    if (stream?.enabled) throw validationError(`Table already has an enabled stream: TableName: ${table.name}`);
    if (input.StreamViewType === undefined) throw validationError(`${INVALID}StreamViewType is required when StreamEnabled is true`);
    return engine.catalog.newStream(input.StreamViewType);
  }
  if (!stream?.enabled) throw validationError(`Table is not currently streaming: TableName: ${table.name}`);
  return { ...stream, enabled: false };
}

/** dynalite asks for the throughput of a new index; tables on demand have none. */
function withOptionalThroughput(types: Record<string, unknown>): Record<string, unknown> {
  const copy = structuredClone(types) as {
    GlobalSecondaryIndexUpdates: { children: { children: { Create: { children: { ProvisionedThroughput: { notNull?: boolean } } } } } };
  };
  delete copy.GlobalSecondaryIndexUpdates.children.children.Create.children.ProvisionedThroughput.notNull;
  return copy as unknown as Record<string, unknown>;
}

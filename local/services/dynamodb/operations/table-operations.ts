import createTableTypes from 'dynalite/validations/createTable.js';
import deleteTableTypes from 'dynalite/validations/deleteTable.js';
import describeTableTypes from 'dynalite/validations/describeTable.js';
import listTablesTypes from 'dynalite/validations/listTables.js';
import { dynamodbError, refuseIf, tableNotFound, validationError } from '../dynamodb-errors.ts';
import { describeTable } from '../tables/describe-table.ts';
import type { Table } from '../tables/table.ts';
import { type TableInput, tableSettings } from '../tables/table-settings.ts';
import { tableGrant } from './item-operations.ts';
import type { Engine, Operation } from './operation.ts';

type CreateTableInput = TableInput & { readonly TableName: string };

interface ListTablesInput {
  readonly Limit?: number;
  readonly ExclusiveStartTableName?: string;
}

export const STREAM_SPECIFICATION = {
  type: 'FieldStruct<StreamSpecification>',
  children: {
    StreamEnabled: { type: 'Boolean', notNull: true },
    StreamViewType: { type: 'String', enum: ['NEW_IMAGE', 'OLD_IMAGE', 'NEW_AND_OLD_IMAGES', 'KEYS_ONLY'] },
  },
};
export const TAG_LIST = {
  type: 'List',
  children: { type: 'ValueStruct<Tag>', children: { Key: { type: 'String', notNull: true }, Value: { type: 'String', notNull: true } } },
};
export const TABLE_CLASS = { type: 'String', enum: ['STANDARD', 'STANDARD_INFREQUENT_ACCESS'] };
const DEFAULT_TABLE_LIMIT = 100;

export const createTable: Operation<CreateTableInput> = {
  types: {
    ...createTableTypes.types,
    StreamSpecification: STREAM_SPECIFICATION,
    DeletionProtectionEnabled: 'Boolean',
    TableClass: TABLE_CLASS,
    Tags: TAG_LIST,
  },
  grants: tableGrant('dynamodb:CreateTable'),
  validate(input) {
    refuseIf(createTableTypes.custom?.(input as never, { options: { maxItemSize: 0 } }));
    const stream = input.StreamSpecification;
    if (stream?.StreamEnabled === true && stream.StreamViewType === undefined) {
      throw validationError('One or more parameter values were invalid: StreamViewType is required when StreamEnabled is true');
    }
  },
  async run(input, engine) {
    if (engine.catalog.find(input.TableName) !== undefined) {
      throw dynamodbError('ResourceInUseException', `Table already exists: ${input.TableName}`);
    }
    const table = await engine.catalog.create(tableSettings(input.TableName, input));
    return { TableDescription: describeTable(table, engine.database) };
  },
};

export const deleteTable: Operation<{ TableName: string }> = {
  types: deleteTableTypes.types,
  grants: tableGrant('dynamodb:DeleteTable'),
  async run(input, engine) {
    const table = namedTable(input.TableName, engine);
    if (table.stored.deletionProtection) {
      throw validationError('Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.');
    }
    const description = { ...describeTable(table, engine.database), TableStatus: 'DELETING' };
    await engine.catalog.remove(table);
    return { TableDescription: description };
  },
};

export const describeTableOperation: Operation<{ TableName: string }> = {
  types: describeTableTypes.types,
  grants: tableGrant('dynamodb:DescribeTable'),
  run: (input, engine) => ({ Table: describeTable(namedTable(input.TableName, engine), engine.database) }),
};

export const listTables: Operation<ListTablesInput> = {
  types: listTablesTypes.types,
  grants: () => [['dynamodb:ListTables', '*']],
  run(input, engine) {
    const { ExclusiveStartTableName: start = '', Limit: limit = DEFAULT_TABLE_LIMIT } = input;
    const names = engine.catalog
      .list()
      .map((table) => table.name)
      .filter((name) => name > start);
    const page = names.slice(0, limit);
    return { TableNames: page, LastEvaluatedTableName: names.length > limit ? page.at(-1) : undefined };
  },
};

/** The table, or the error that names it: operations on tables say which one is missing. */
export function namedTable(name: string, engine: Engine): Table {
  const table = engine.catalog.find(name);
  if (table === undefined) throw tableNotFound(name);
  return table;
}

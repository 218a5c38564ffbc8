import { counterNames } from '../items/item-change.ts';
import type { Database } from '../storage/database.ts';
import type { Table, TableIndex } from './table.ts';
import type { KeySchema, StoredTable, Throughput } from './table-definition.ts';

/** A `TableDescription`. */
export function describeTable(table: Table, database: Database): Record<string, unknown> {
  const { stored } = table;
  const indexes = (kind: 'global' | 'local') =>
    table.indexes.filter((index) => index.kind === kind).map((index) => describeIndex(table, index, database));
  const [local, global] = [indexes('local'), indexes('global')];
  const counters = counterNames(table);
  const creating = table.indexes.some((index) => index.status === 'CREATING');
  return {
    AttributeDefinitions: Object.entries(stored.attributeTypes).map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType })),
    TableName: table.name,
    KeySchema: describeKeySchema(stored.key),
    TableStatus: creating ? 'UPDATING' : 'ACTIVE',
    CreationDateTime: stored.createdAt / 1_000,
    ProvisionedThroughput: describeThroughput(stored.throughput),
    TableSizeBytes: database.counter(counters.bytes),
    ItemCount: database.counter(counters.items),
    TableArn: table.arn,
    TableId: stored.uuid,
    ...(stored.billingMode === 'PAY_PER_REQUEST' && {
      BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST', LastUpdateToPayPerRequestDateTime: stored.createdAt / 1_000 },
    }),
    ...(local.length > 0 && { LocalSecondaryIndexes: local }),
    ...(global.length > 0 && { GlobalSecondaryIndexes: global }),
    ...describeStream(table),
    ...(stored.tableClass && { TableClassSummary: { TableClass: stored.tableClass } }),
    DeletionProtectionEnabled: stored.deletionProtection,
  };
}

export function describeKeySchema(key: KeySchema): unknown[] {
  const hash = { AttributeName: key.hash, KeyType: 'HASH' };
  return key.range === undefined ? [hash] : [hash, { AttributeName: key.range, KeyType: 'RANGE' }];
}

function describeIndex(table: Table, index: TableIndex, database: Database): Record<string, unknown> {
  const counters = counterNames(table, index);
  const { type, nonKeyAttributes } = index.projection;
  return {
    IndexName: index.name,
    KeySchema: describeKeySchema(index.key),
    Projection: { ProjectionType: type, ...(nonKeyAttributes && { NonKeyAttributes: nonKeyAttributes }) },
    ...(index.kind === 'global' && {
      IndexStatus: index.status,
      ...(index.status === 'CREATING' && { Backfilling: true }),
      ProvisionedThroughput: describeThroughput(index.throughput),
    }),
    IndexSizeBytes: database.counter(counters.bytes),
    ItemCount: database.counter(counters.items),
    IndexArn: index.arn,
  };
}

function describeThroughput(throughput: Throughput | undefined): unknown {
  return {
    NumberOfDecreasesToday: 0,
    ReadCapacityUnits: throughput?.ReadCapacityUnits ?? 0,
    WriteCapacityUnits: throughput?.WriteCapacityUnits ?? 0,
  };
}

function describeStream(table: Table): Record<string, unknown> {
  const { stream }: Pick<StoredTable, 'stream'> = table.stored;
  if (stream === undefined) return {};
  return {
    ...(stream.enabled && { StreamSpecification: { StreamEnabled: true, StreamViewType: stream.viewType } }),
    LatestStreamLabel: stream.label,
    LatestStreamArn: table.streamArn,
  };
}

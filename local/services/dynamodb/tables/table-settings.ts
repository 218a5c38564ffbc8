import type { KeyType } from '../values/attribute-value.ts';
import type { IndexDefinition, KeySchema, Projection, StreamViewType, TableSettings, Throughput } from './table-definition.ts';

interface IndexInput {
  readonly IndexName: string;
  readonly KeySchema: readonly { AttributeName: string; KeyType: string }[];
  readonly Projection?: { ProjectionType?: string; NonKeyAttributes?: readonly string[] };
  readonly ProvisionedThroughput?: { ReadCapacityUnits: unknown; WriteCapacityUnits: unknown };
}

/** The members that a `CreateTable` request and an `AWS::DynamoDB::Table` resource have in common. */
export interface TableInput {
  readonly KeySchema: readonly { AttributeName: string; KeyType: string }[];
  readonly AttributeDefinitions: readonly { AttributeName: string; AttributeType: string }[];
  readonly GlobalSecondaryIndexes?: readonly IndexInput[];
  readonly LocalSecondaryIndexes?: readonly IndexInput[];
  readonly BillingMode?: string;
  readonly ProvisionedThroughput?: { ReadCapacityUnits: unknown; WriteCapacityUnits: unknown };
  readonly StreamSpecification?: { StreamEnabled?: unknown; StreamViewType?: string };
  readonly DeletionProtectionEnabled?: unknown;
  readonly TableClass?: string;
  readonly Tags?: readonly { Key: string; Value: string }[];
}

export function tableSettings(name: string, input: TableInput): TableSettings {
  const throughput = input.ProvisionedThroughput && throughputOf(input.ProvisionedThroughput);
  return {
    name,
    key: keySchemaOf(input.KeySchema),
    attributeTypes: attributeTypesOf(input.AttributeDefinitions),
    indexes: [
      ...(input.GlobalSecondaryIndexes ?? []).map((index) => indexDefinition(index, 'global')),
      ...(input.LocalSecondaryIndexes ?? []).map((index) => indexDefinition(index, 'local')),
    ],
    billingMode: input.BillingMode === 'PAY_PER_REQUEST' ? 'PAY_PER_REQUEST' : 'PROVISIONED',
    ...(throughput && { throughput }),
    ...(hasStream(input.StreamSpecification) && { streamViewType: input.StreamSpecification.StreamViewType as StreamViewType }),
    pointInTimeRecovery: false,
    deletionProtection: isTrue(input.DeletionProtectionEnabled),
    ...(input.TableClass && { tableClass: input.TableClass }),
    tags: Object.fromEntries((input.Tags ?? []).map((tag) => [tag.Key, tag.Value])),
  };
}

export function indexDefinition(index: IndexInput, kind: 'global' | 'local'): IndexDefinition {
  return {
    name: index.IndexName,
    kind,
    key: keySchemaOf(index.KeySchema),
    projection: projectionOf(index.Projection),
    ...(index.ProvisionedThroughput && { throughput: throughputOf(index.ProvisionedThroughput) }),
  };
}

export function attributeTypesOf(definitions: TableInput['AttributeDefinitions']): Record<string, KeyType> {
  return Object.fromEntries(definitions.map((definition) => [definition.AttributeName, definition.AttributeType as KeyType]));
}

/** CloudFormation gives booleans and numbers as text now and then. */
export function isTrue(value: unknown): boolean {
  return value === true || value === 'true';
}

export function throughputOf(input: { ReadCapacityUnits: unknown; WriteCapacityUnits: unknown }): Throughput {
  return { ReadCapacityUnits: Number(input.ReadCapacityUnits), WriteCapacityUnits: Number(input.WriteCapacityUnits) };
}

function hasStream(stream: TableInput['StreamSpecification']): stream is NonNullable<TableInput['StreamSpecification']> {
  return stream?.StreamViewType !== undefined && (stream.StreamEnabled === undefined || isTrue(stream.StreamEnabled));
}

function keySchemaOf(schema: TableInput['KeySchema']): KeySchema {
  const range = schema.find((element) => element.KeyType === 'RANGE');
  const hash = schema.find((element) => element.KeyType === 'HASH');
  return { hash: hash?.AttributeName as string, ...(range && { range: range.AttributeName }) };
}

function projectionOf(input: IndexInput['Projection']): Projection {
  const type = (input?.ProjectionType ?? 'ALL') as Projection['type'];
  return { type, ...(input?.NonKeyAttributes && { nonKeyAttributes: [...input.NonKeyAttributes] }) };
}

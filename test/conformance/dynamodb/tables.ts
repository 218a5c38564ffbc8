const ON_DEMAND = { BillingMode: 'PAY_PER_REQUEST' };

const hash = (name: string) => ({ AttributeName: name, KeyType: 'HASH' });
const range = (name: string) => ({ AttributeName: name, KeyType: 'RANGE' });
const defined = (types: Record<string, string>) =>
  Object.entries(types).map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType }));

/** The tables that probes share: `CreateTable` requests. */
export const TABLES = [
  { ...ON_DEMAND, TableName: 'simple', KeySchema: [hash('id')], AttributeDefinitions: defined({ id: 'S' }) },
  { ...ON_DEMAND, TableName: 'numbers', KeySchema: [hash('pk'), range('sk')], AttributeDefinitions: defined({ pk: 'S', sk: 'N' }) },
  { ...ON_DEMAND, TableName: 'binaries', KeySchema: [hash('pk'), range('sk')], AttributeDefinitions: defined({ pk: 'S', sk: 'B' }) },
  {
    ...ON_DEMAND,
    TableName: 'notes',
    KeySchema: [hash('pk'), range('sk')],
    AttributeDefinitions: defined({ pk: 'S', sk: 'S', owner: 'S', at: 'N', status: 'S', category: 'S', title: 'S' }),
    GlobalSecondaryIndexes: [
      { IndexName: 'byOwner', KeySchema: [hash('owner'), range('at')], Projection: { ProjectionType: 'ALL' } },
      { IndexName: 'byStatus', KeySchema: [hash('status')], Projection: { ProjectionType: 'KEYS_ONLY' } },
      {
        IndexName: 'byCategory',
        KeySchema: [hash('category'), range('sk')],
        Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['text'] },
      },
    ],
    LocalSecondaryIndexes: [{ IndexName: 'byTitle', KeySchema: [hash('pk'), range('title')], Projection: { ProjectionType: 'KEYS_ONLY' } }],
  },
  {
    ...ON_DEMAND,
    TableName: 'streamed',
    KeySchema: [hash('id')],
    AttributeDefinitions: defined({ id: 'S' }),
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
  },
] as const;

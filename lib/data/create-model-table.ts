import { AttributeType, ProjectionType, StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import type { CompiledIndex, CompiledModel } from '../../contracts/compiled.ts';
import { expiryAttribute } from '../../contracts/key-encoding.ts';
import { keptTable, type Stage } from '../stage.ts';
import { systemFieldFacts } from './compile-fields.ts';
import { isNumberKind } from './compile-indexes.ts';

const attributeType = (model: CompiledModel, attribute: string, encoded: boolean): AttributeType => {
  const field = encoded ? undefined : { ...model.fields, ...systemFieldFacts }[attribute];
  return field !== undefined && isNumberKind(field.kind) ? AttributeType.NUMBER : AttributeType.STRING;
};

/** The attribute that holds a renamed field. */
const storedName = (model: CompiledModel, attribute: string): string => model.fields[attribute]?.storedAs ?? attribute;

const addIndex = (table: Table, model: CompiledModel, index: CompiledIndex): void => {
  const { sortAttribute } = index;
  table.addGlobalSecondaryIndex({
    indexName: index.name,
    partitionKey: {
      name: storedName(model, index.partitionAttribute),
      type: attributeType(model, index.partitionAttribute, index.partitionEncoded),
    },
    ...(sortAttribute !== undefined && {
      sortKey: { name: storedName(model, sortAttribute), type: attributeType(model, sortAttribute, index.sortEncoded) },
    }),
    projectionType: ProjectionType.ALL,
  });
};

/** The table of a model: a record an item, found by its id, and by the indexes. */
export const createModelTable = (scope: Construct, id: string, model: CompiledModel, stage: Stage): Table => {
  const table = new Table(scope, id, {
    partitionKey: { name: 'id', type: AttributeType.STRING },
    stream: StreamViewType.NEW_AND_OLD_IMAGES,
    ...keptTable(stage),
    ...(model.ttl !== undefined && { timeToLiveAttribute: expiryAttribute }),
  });
  for (const index of model.indexes) addIndex(table, model, index);
  return table;
};

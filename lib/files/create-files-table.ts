import { AttributeType, ProjectionType, StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import { filesTable } from '../../contracts/files-table.ts';
import { keptTable, type Stage } from '../stage.ts';

/** The table of files and of what each user keeps. Its stream tells which bytes nothing refers to any more. */
export const createFilesTable = (scope: Construct, stage: Stage): Table => {
  const table = new Table(scope, 'Table', {
    partitionKey: { name: filesTable.partitionKey, type: AttributeType.STRING },
    timeToLiveAttribute: filesTable.timeToLive,
    stream: StreamViewType.NEW_AND_OLD_IMAGES,
    ...keptTable(stage),
  });
  for (const { name, partition, sort } of [filesTable.byPlace, filesTable.byOwner]) {
    table.addGlobalSecondaryIndex({
      indexName: name,
      partitionKey: { name: partition, type: AttributeType.STRING },
      sortKey: { name: sort, type: AttributeType.STRING },
      projectionType: ProjectionType.ALL,
    });
  }
  return table;
};

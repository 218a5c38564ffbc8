import { AttributeType, ProjectionType, StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import { paymentsTable } from '../../contracts/payments-table.ts';
import { keptTable, type Stage } from '../stage.ts';

const text = (name: string) => ({ name, type: AttributeType.STRING });

/** The table of customers, payments and subscriptions (contracts/payments-table.ts). Its stream tells what is to go on the bus. */
export const createPaymentsTable = (scope: Construct, stage: Stage): Table => {
  const table = new Table(scope, 'Table', {
    partitionKey: text(paymentsTable.partitionKey),
    sortKey: text(paymentsTable.sortKey),
    timeToLiveAttribute: paymentsTable.timeToLive,
    stream: StreamViewType.NEW_AND_OLD_IMAGES,
    ...keptTable(stage),
  });
  for (const { name, partitionKey, sortKey } of [paymentsTable.byUser, paymentsTable.byDay]) {
    table.addGlobalSecondaryIndex({
      indexName: name,
      partitionKey: text(partitionKey),
      sortKey: text(sortKey),
      projectionType: ProjectionType.ALL,
    });
  }
  return table;
};

import { AttributeType, StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import { webhooksTable } from '../../contracts/webhooks-table.ts';
import { keptTable, type Stage } from '../stage.ts';

/** The table of endpoints and of what is sent to them (contracts/webhooks-table.ts). Its stream tells the events of webhooks themselves. */
export const createWebhooksTable = (scope: Construct, stage: Stage): Table =>
  new Table(scope, 'Table', {
    partitionKey: { name: webhooksTable.partitionKey, type: AttributeType.STRING },
    sortKey: { name: webhooksTable.sortKey, type: AttributeType.STRING },
    timeToLiveAttribute: webhooksTable.timeToLive,
    stream: StreamViewType.NEW_AND_OLD_IMAGES,
    ...keptTable(stage),
  });

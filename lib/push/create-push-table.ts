import { AttributeType, Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import { pushTable } from '../../contracts/push-table.ts';
import { keptTable, type Stage } from '../stage.ts';

/** The table of devices, preferences, messages and deliveries (contracts/push-table.ts). */
export const createPushTable = (scope: Construct, stage: Stage): Table =>
  new Table(scope, 'Table', {
    partitionKey: { name: pushTable.partitionKey, type: AttributeType.STRING },
    sortKey: { name: pushTable.sortKey, type: AttributeType.STRING },
    timeToLiveAttribute: pushTable.timeToLive,
    ...keptTable(stage),
  });

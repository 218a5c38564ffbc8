import { AttributeType, StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import { emailTable } from '../../contracts/email-table.ts';
import { keptTable, type Stage } from '../stage.ts';

/** The table of e-mails and of addresses that nothing is sent to (contracts/email-table.ts). Its stream tells the events of e-mail. */
export const createEmailTable = (scope: Construct, stage: Stage): Table =>
  new Table(scope, 'Table', {
    partitionKey: { name: emailTable.partitionKey, type: AttributeType.STRING },
    sortKey: { name: emailTable.sortKey, type: AttributeType.STRING },
    timeToLiveAttribute: emailTable.timeToLive,
    stream: StreamViewType.NEW_AND_OLD_IMAGES,
    ...keptTable(stage),
  });

import { Names, Stack } from 'aws-cdk-lib';
import { CfnDatabase, CfnTable } from 'aws-cdk-lib/aws-glue';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';

/** The table's name in its database. */
const tableName = 'events';

/** The members of a line (`AnalyticsEvent`); `properties` is JSON: `json_extract_scalar(properties, '$.path')`. */
const columns = ['id', 'type', 'at', 'receivedat', 'userid', 'anonymousid', 'properties'];

/** Where Athena finds the events. */
export interface AthenaTable {
  readonly databaseName: string;
  readonly tableName: string;
}

/** A table over the bucket. Days are computed from the query (partition projection), so that no crawler has to find them. */
export const createAthenaTable = (scope: Construct, bucket: IBucket): AthenaTable => {
  const databaseName = Names.uniqueResourceName(scope, { maxLength: 100, separator: '_', allowedSpecialCharacters: '_' }).toLowerCase();
  const catalogId = Stack.of(scope).account;
  const database = new CfnDatabase(scope, 'Database', { catalogId, databaseInput: { name: databaseName } });
  const location = `s3://${bucket.bucketName}/events/`;
  const table = new CfnTable(scope, 'EventsTable', {
    catalogId,
    databaseName,
    tableInput: {
      name: tableName,
      tableType: 'EXTERNAL_TABLE',
      partitionKeys: [{ name: 'day', type: 'string' }],
      parameters: {
        classification: 'json',
        'projection.enabled': 'true',
        'projection.day.type': 'date',
        'projection.day.format': 'yyyy-MM-dd',
        'projection.day.range': '2025-01-01,NOW',
        'storage.location.template': `${location}day=\${day}/`,
      },
      storageDescriptor: {
        location,
        columns: columns.map((name) => ({ name, type: 'string' })),
        compressed: true,
        inputFormat: 'org.apache.hadoop.mapred.TextInputFormat',
        outputFormat: 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat',
        serdeInfo: { serializationLibrary: 'org.openx.data.jsonserde.JsonSerDe' },
      },
    },
  });
  table.addResourceDependency(database);
  return { databaseName, tableName };
};

import type { LocalServiceType } from '../service.ts';
import { DynamodbService } from './dynamodb-service.ts';
import { identifyTable, templateTableSettings } from './tables/template-table.ts';

/** DynamoDB and DynamoDB Streams, on LevelDB in the service's folder or in memory. */
export const dynamodb = {
  signingName: 'dynamodb',
  resourceTypes: ['AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable'],
  identify: identifyTable,
  start: (resources, context) =>
    DynamodbService.start(
      resources.map((resource) => templateTableSettings(resource, context.account)),
      context,
    ),
} satisfies LocalServiceType;

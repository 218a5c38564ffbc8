import { sqs } from '../../../local/services/sqs/sqs.ts';
import type { SqsService } from '../../../local/services/sqs/sqs-service.ts';
import { createContext } from '../lambda/run-functions.ts';

const account = { accountId: '123456789012', region: 'eu-central-1', partition: 'aws' };

/** SQS alone, with one queue whose messages are kept in a folder. */
export async function startQueue(folder: string): Promise<{ service: SqsService; queueUrl: string; queueArn: string }> {
  const declared = { logicalId: 'Jobs', stackName: 'Test', type: 'AWS::SQS::Queue', properties: { QueueName: 'jobs' } };
  const identity = sqs.identify(declared, account, { apiUrl: '', endpointUrl: 'http://127.0.0.1:1' } as never);
  const { context } = createContext({ folder });
  const service = await sqs.start([{ ...declared, ...identity }], context);
  return { service, queueUrl: identity.ref, queueArn: identity.attributes['Arn'] ?? '' };
}

import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { variables } from '../../contracts/variables.ts';
import type { DeletedUser } from './deleted-users.ts';
import { requiredVariable } from './environment.ts';

const queueUrl = requiredVariable(variables.deletedUsersQueue);
const client = new SQSClient({
  // Else AWS_ENDPOINT_URL_SQS would be overruled, as of a VPC endpoint.
  useQueueUrlAsEndpoint: false,
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
});

/** Hands the rest of a deleted user to the next run. */
export const resumeDeletedUser = async (rest: DeletedUser): Promise<void> => {
  await client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: JSON.stringify(rest) }));
};

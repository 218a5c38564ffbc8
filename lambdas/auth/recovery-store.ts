import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { attemptsTable } from '../../contracts/auth.ts';
import { variables } from '../../contracts/variables.ts';
import { requiredVariable } from '../runtime/environment.ts';
import { hashRecoveryCode } from './recovery-codes.ts';
import { calling } from './service-failure.ts';

const table = requiredVariable(variables.attemptsTable);
const documents = DynamoDBDocumentClient.from(new DynamoDBClient({}));

const keyOf = (username: string) => ({ [attemptsTable.partitionKey]: `recovery#${username}` });

/** Keeps the hashes of an account's recovery codes, in place of earlier ones. */
export const keepRecoveryCodes = async (username: string, codes: readonly string[]): Promise<void> => {
  const command = new UpdateCommand({
    TableName: table,
    Key: keyOf(username),
    UpdateExpression: 'SET codes = :codes',
    ExpressionAttributeValues: { ':codes': new Set(codes.map(hashRecoveryCode)) },
  });
  await calling(documents.send(command));
};

/** Uses a code up. Of any number of parallel calls with one code exactly one answers true. */
export const useRecoveryCode = async (username: string, code: string): Promise<boolean> => {
  const hash = hashRecoveryCode(code);
  const command = new UpdateCommand({
    TableName: table,
    Key: keyOf(username),
    UpdateExpression: 'DELETE codes :used',
    ConditionExpression: 'contains(codes, :hash)',
    ExpressionAttributeValues: { ':used': new Set([hash]), ':hash': hash },
  });
  const call = documents.send(command).then(
    () => true,
    (error: unknown) => {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    },
  );
  return calling(call);
};

export const forgetRecoveryCodes = async (username: string): Promise<void> => {
  await calling(documents.send(new DeleteCommand({ TableName: table, Key: keyOf(username) })));
};

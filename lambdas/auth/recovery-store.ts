import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { attemptsTable } from '../../contracts/auth.ts';
import { attemptsTableName, documents } from './attempts-table.ts';
import { hashRecoveryCode } from './recovery-codes.ts';
import { calling } from './service-failure.ts';

const keyOf = (username: string) => ({ [attemptsTable.partitionKey]: `recovery#${username}` });

/** Keeps the hashes of an account's recovery codes, in place of earlier ones. */
export const keepRecoveryCodes = async (username: string, codes: readonly string[]): Promise<void> => {
  const command = new UpdateCommand({
    TableName: attemptsTableName,
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
    TableName: attemptsTableName,
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
  await calling(documents.send(new DeleteCommand({ TableName: attemptsTableName, Key: keyOf(username) })));
};

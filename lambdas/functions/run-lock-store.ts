import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { handledTable } from '../../contracts/events.ts';
import { variables } from '../../contracts/variables.ts';
import { database } from '../runtime/database-client.ts';
import { requiredVariable } from '../runtime/environment.ts';

const TableName = requiredVariable(variables.handledEventsTable);
const keyOf = (schedule: string) => ({ [handledTable.partitionKey]: `lock#${schedule}` });

const held = async (send: () => Promise<unknown>): Promise<boolean> => {
  try {
    await send();
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
};

/** Has a schedule to itself for so long. @returns false while another run has it */
export const claimRuns = (schedule: string, run: string, leaseSeconds: number): Promise<boolean> => {
  const now = Math.floor(Date.now() / 1_000);
  return held(() =>
    database.send(
      new UpdateCommand({
        TableName,
        Key: keyOf(schedule),
        UpdateExpression: 'SET #run = :run, #until = :until',
        ConditionExpression: 'attribute_not_exists(#until) OR #until < :now',
        ExpressionAttributeNames: { '#run': 'run', '#until': handledTable.timeToLive },
        ExpressionAttributeValues: { ':run': run, ':now': now, ':until': now + leaseSeconds },
      }),
    ),
  );
};

/** Lets the next run begin. One that took longer than its lease has lost the schedule already. */
export const releaseRuns = async (schedule: string, run: string): Promise<void> => {
  await held(() =>
    database.send(
      new DeleteCommand({
        TableName,
        Key: keyOf(schedule),
        ConditionExpression: '#run = :run',
        ExpressionAttributeNames: { '#run': 'run' },
        ExpressionAttributeValues: { ':run': run },
      }),
    ),
  );
};

import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, type TransactWriteCommandInput, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { eventLimits, handledTable } from '../../contracts/events.ts';
import { variables } from '../../contracts/variables.ts';
import { database } from './database-client.ts';
import { requiredVariable } from './environment.ts';

const table = requiredVariable(variables.handledEventsTable);
const daySeconds = 86_400;

const keyOf = (consumer: string, eventId: string) => ({ [handledTable.partitionKey]: `${consumer}#${eventId}` });

/** What became of a claim: `done`: it was handled before; `busy`: somebody else is at it. */
export type ClaimOutcome = 'claimed' | 'done' | 'busy';

/**
 * Claims an event for so long, unless it was handled or is being handled.
 *
 * @param claim a value that only this claim has
 */
export const claimEvent = async (consumer: string, eventId: string, claim: string, leaseSeconds: number): Promise<ClaimOutcome> => {
  const nowSeconds = Math.floor(Date.now() / 1_000);
  try {
    await database.send(
      new UpdateCommand({
        TableName: table,
        Key: keyOf(consumer, eventId),
        UpdateExpression: 'SET #claim = :claim, #until = :until, #expires = :expires',
        // Another attempt at the same request finds its own claim.
        ConditionExpression: 'attribute_not_exists(#done) AND (attribute_not_exists(#until) OR #until < :now OR #claim = :claim)',
        ExpressionAttributeNames: { '#claim': 'claim', '#until': 'leaseUntil', '#expires': handledTable.timeToLive, '#done': 'doneAt' },
        ExpressionAttributeValues: {
          ':claim': claim,
          ':now': nowSeconds,
          ':until': nowSeconds + leaseSeconds,
          ':expires': nowSeconds + eventLimits.rememberedDays * daySeconds,
        },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    );
    return 'claimed';
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    return error.Item?.['doneAt'] === undefined ? 'busy' : 'done';
  }
};

/** One write of a transaction. */
export type TransactItem = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

/** Remembers that an event was handled, by whoever holds the claim. */
export const handledMark = (consumer: string, eventId: string, claim: string) => {
  const nowSeconds = Math.floor(Date.now() / 1_000);
  return {
    Update: {
      TableName: table,
      Key: keyOf(consumer, eventId),
      UpdateExpression: 'SET #done = :now, #expires = :expires REMOVE #claim, #until',
      ConditionExpression: '#claim = :claim',
      ExpressionAttributeNames: { '#claim': 'claim', '#until': 'leaseUntil', '#expires': handledTable.timeToLive, '#done': 'doneAt' },
      ExpressionAttributeValues: { ':claim': claim, ':now': nowSeconds, ':expires': nowSeconds + eventLimits.rememberedDays * daySeconds },
    },
  } satisfies TransactItem;
};

/** Remembers that an event was handled. */
export const rememberHandled = async (consumer: string, eventId: string, claim: string): Promise<void> => {
  try {
    await database.send(new UpdateCommand(handledMark(consumer, eventId, claim).Update));
  } catch (error) {
    // It is remembered with the effect already, or another attempt, after the lease, is at it.
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
};

/** Gives a claim back, so that the next attempt need not wait for its end. */
export const releaseClaim = async (consumer: string, eventId: string, claim: string): Promise<void> => {
  try {
    await database.send(
      new DeleteCommand({
        TableName: table,
        Key: keyOf(consumer, eventId),
        ConditionExpression: '#claim = :claim',
        ExpressionAttributeNames: { '#claim': 'claim' },
        ExpressionAttributeValues: { ':claim': claim },
      }),
    );
  } catch (error) {
    // Its time was over, and somebody else is at it or done.
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
};

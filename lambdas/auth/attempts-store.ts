import { createHash } from 'node:crypto';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { type AttemptLimit, attemptsTable } from '../../contracts/auth.ts';
import { attemptsTableName, documents } from './attempts-table.ts';
import { calling } from './service-failure.ts';

const { partitionKey, timeToLive } = attemptsTable;

/** Whose attempts count against which limit: an address, an account, or a source of requests. */
export interface Attempt {
  readonly limit: AttemptLimit;
  readonly subject: string;
}

// Hashed, so that a copy of the table is no list of addresses.
const keyOf = ({ limit, subject }: Attempt) => ({
  [partitionKey]: `${limit.name}#${createHash('sha256').update(subject).digest('base64url')}`,
});

interface Counter {
  readonly windowEnds: number;
}

/** The counter as it was when a condition failed. Undefined: another request changed it at the same moment. */
type Outcome = 'counted' | Counter | undefined;

const countIn = async (attempt: Attempt, update: { expression: string; condition: string; values: object }): Promise<Outcome> => {
  try {
    await documents.send(
      new UpdateCommand({
        TableName: attemptsTableName,
        Key: keyOf(attempt),
        UpdateExpression: update.expression,
        ConditionExpression: update.condition,
        ExpressionAttributeValues: update.values,
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    );
    return 'counted';
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    const windowEnds = Number(error.Item?.['windowEnds']?.N);
    return Number.isFinite(windowEnds) ? { windowEnds } : undefined;
  }
};

/** Counts in the window that runs, or begins the first one. */
const countOn = (attempt: Attempt, now: number): Promise<Outcome> => {
  const { limit } = attempt;
  const ends = now + limit.windowSeconds * 1_000;
  const expression =
    limit.windowFrom === 'lastAttempt'
      ? `SET windowEnds = :ends, ${timeToLive} = :expires ADD attempts :one`
      : `SET windowEnds = if_not_exists(windowEnds, :ends), ${timeToLive} = if_not_exists(${timeToLive}, :expires) ADD attempts :one`;
  return countIn(attempt, {
    expression,
    condition: `attribute_not_exists(${partitionKey}) OR (windowEnds > :now AND attempts < :limit)`,
    values: { ':ends': ends, ':expires': Math.ceil(ends / 1_000), ':one': 1, ':now': now, ':limit': limit.attempts },
  });
};

/** Begins a window in place of one that has ended, but that DynamoDB has not removed yet. */
const beginAgain = (attempt: Attempt, now: number, ended: number): Promise<Outcome> => {
  const ends = now + attempt.limit.windowSeconds * 1_000;
  return countIn(attempt, {
    expression: `SET windowEnds = :ends, ${timeToLive} = :expires, attempts = :one`,
    condition: 'windowEnds = :ended',
    values: { ':ends': ends, ':expires': Math.ceil(ends / 1_000), ':one': 1, ':ended': ended },
  });
};

const maxTries = 3;

const tryToCount = async (attempt: Attempt, triesLeft = maxTries): Promise<number | undefined> => {
  const now = Date.now();
  const outcome = await countOn(attempt, now);
  if (outcome === 'counted') return undefined;
  if (outcome !== undefined && outcome.windowEnds > now) {
    return Math.min(Math.ceil((outcome.windowEnds - now) / 1_000), attempt.limit.windowSeconds);
  }
  if (outcome !== undefined && (await beginAgain(attempt, now, outcome.windowEnds)) === 'counted') return undefined;
  // Whoever loses so often stands among many that try at once.
  return triesLeft > 1 ? tryToCount(attempt, triesLeft - 1) : 1;
};

/**
 * Counts an attempt before it is looked at: of any number of parallel attempts at most the limit's number is let through.
 *
 * @returns undefined, or how many seconds to wait when there were too many
 */
export const countAttempt = (attempt: Attempt): Promise<number | undefined> => calling(tryToCount(attempt));

/** Takes one counted attempt back. */
export const refundAttempt = async (attempt: Attempt): Promise<void> => {
  await countIn(attempt, {
    expression: 'ADD attempts :minusOne',
    condition: 'attempts > :zero',
    values: { ':minusOne': -1, ':zero': 0 },
  });
};

/** Forgets all counted attempts. */
export const forgetAttempts = async (attempt: Attempt): Promise<void> => {
  await documents.send(new DeleteCommand({ TableName: attemptsTableName, Key: keyOf(attempt) }));
};

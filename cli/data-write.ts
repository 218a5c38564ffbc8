import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { TransactWriteCommand, type TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { Write } from '../lambdas/data/data-store.ts';
import type { Attributes } from '../lambdas/runtime/stored-record.ts';
import type { DataTarget } from './data-target.ts';

/** A write whose condition did not hold, with the item that was there. */
export interface FailedWrite {
  readonly index: number;
  readonly item: Attributes | undefined;
}

const maxConflicts = 8;

const parametersOf = (write: Write) => ({
  TableName: write.table,
  ConditionExpression: write.condition,
  ...write.parameters,
  ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
});

const transactItem = (write: Write): NonNullable<TransactWriteCommandInput['TransactItems']>[number] => {
  const parameters = parametersOf(write);
  switch (write.kind) {
    case 'put':
      return { Put: { ...parameters, Item: write.item } };
    case 'update':
      return { Update: { ...parameters, Key: write.key, UpdateExpression: write.expression } };
    case 'delete':
      return { Delete: { ...parameters, Key: write.key } };
    case 'check':
      return { ConditionCheck: { ...parameters, Key: write.key, ConditionExpression: write.condition } };
  }
};

interface Cancelled {
  readonly name?: string;
  readonly CancellationReasons?: readonly { readonly Code?: string; readonly Item?: Record<string, AttributeValue> }[];
}

const failedOf = (error: unknown): readonly FailedWrite[] => {
  const { name, CancellationReasons: reasons = [] } = error as Cancelled;
  if (name !== 'TransactionCanceledException') return [];
  return reasons.flatMap(({ Code, Item }, index) =>
    Code === 'ConditionalCheckFailed' ? [{ index, item: Item === undefined ? undefined : unmarshall(Item, { wrapNumbers: Number }) }] : [],
  );
};

/** What another writer, or the limits of the table, held up. */
const isBusy = (error: unknown): boolean => {
  const { name, CancellationReasons: reasons = [] } = error as Cancelled;
  const codes = [name, ...reasons.map(({ Code }) => Code)];
  return codes.some((code) =>
    ['TransactionConflictException', 'TransactionConflict', 'ThrottlingError', 'ThrottlingException'].includes(code ?? ''),
  );
};

/**
 * Does all of the writes or none. What meets another writer is tried again.
 *
 * @returns the writes whose condition did not hold; none if all were done
 */
export const commitAll = async ({ client }: DataTarget, writes: readonly Write[]): Promise<readonly FailedWrite[]> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await client.send(new TransactWriteCommand({ TransactItems: writes.map(transactItem) }));
      return [];
    } catch (error) {
      const failed = failedOf(error);
      if (failed.length > 0) return failed;
      if (!isBusy(error) || attempt > maxConflicts) throw error;
      await new Promise((done) => setTimeout(done, Math.random() * 50 * 2 ** attempt));
    }
  }
};

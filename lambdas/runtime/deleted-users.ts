import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { ApiError } from '../../contracts/errors.ts';
import type { BackendEvent, UserChange } from '../../contracts/events.ts';
import { eachRecord } from './each-record.ts';

/** What a queue of deleted users holds: the event as EventBridge puts it there, and where an earlier run has ended. */
export interface DeletedUser {
  readonly detail: Pick<BackendEvent<'user.deleted', UserChange>, 'id' | 'data'>;
  readonly from?: string;
}

/** What forgets a user: as far as there is time. */
export interface Forgetting {
  readonly userId: string;
  readonly hasTime: () => boolean;
  readonly remainingMs: () => number;
  /** Where an earlier run has ended. Undefined: at the beginning, and after a failure. */
  readonly from: string | undefined;
}

/** What is under way must still be able to end. */
const reserveMs = 15_000;

/** What may be told of an error: those of SDKs carry the request. */
const nameOfError = (error: unknown): string => {
  if (error instanceof ApiError) return error.code;
  return error instanceof Error ? error.name : typeof error;
};

/**
 * The handler behind a queue of deleted users. A deletion is told at least once, and once more when the last token of the user has
 * ended, so that `forget` is to find nothing to do when everything is done.
 *
 * @param forget gives where the next run has to go on; undefined when nothing is left to do
 * @param resume hands the rest to the next run
 */
export const deletedUsersHandler = (
  forget: (user: Forgetting) => Promise<string | undefined>,
  resume?: (rest: DeletedUser) => Promise<void>,
): ((event: SQSEvent, context: Context) => Promise<SQSBatchResponse>) => {
  const handle = async ({ body, attributes }: SQSRecord, context: Context): Promise<boolean> => {
    const { detail, from } = JSON.parse(body) as DeletedUser;
    const { userId } = detail.data;
    const attempt = Number(attributes.ApproximateReceiveCount);
    const remainingMs = (): number => context.getRemainingTimeInMillis();
    try {
      const hasTime = (): boolean => remainingMs() > reserveMs;
      const rest = await forget({ userId, hasTime, remainingMs, from: attempt === 1 ? from : undefined });
      if (rest !== undefined) await resume?.({ detail, from: rest });
      return true;
    } catch (error) {
      const facts = { userId, attempt, error: nameOfError(error) };
      const line = { level: 'ERROR', message: 'a deleted user is not forgotten, and will be again', ...facts };
      process.stdout.write(`${JSON.stringify(line)}\n`);
      return false;
    }
  };
  return (event, context) => eachRecord(event, (record) => handle(record, context));
};

import { ApiError } from '../../contracts/errors.ts';
import { type Result, resultsPerWrite, type Sender, writeResults } from './deliveries-store.ts';

/** Writes results as they come. */
export interface ResultLog {
  /** Ends when the result is stored. */
  add(result: Result): Promise<void>;
}

/** How often a write is tried again that always met others on the counts of the message. Each try is several of sendWrite. */
const maxTries = 5;

/** The pushes are out: what is not recorded would be sent again. */
const write = async (sender: Sender, results: readonly Result[], triesLeft = maxTries): Promise<void> => {
  try {
    await writeResults(sender, results);
  } catch (error) {
    if (!(error instanceof ApiError && error.code === 'write_conflict') || triesLeft === 1) throw error;
    await write(sender, results, triesLeft - 1);
  }
};

/**
 * One write at a time: results that come during it are written together by the next. All of them count in the same item, and would
 * only meet each other there.
 */
export const createResultLog = (sender: Sender): ResultLog => {
  let waiting: Result[] = [];
  let writing: Promise<void> | undefined;
  const writeAll = async (): Promise<void> => {
    try {
      while (waiting.length > 0) {
        const some = waiting.slice(0, resultsPerWrite);
        waiting = waiting.slice(resultsPerWrite);
        await write(sender, some);
      }
    } finally {
      writing = undefined;
    }
  };
  return {
    add: (result) => {
      waiting.push(result);
      writing ??= writeAll();
      return writing;
    },
  };
};

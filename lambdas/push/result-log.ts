import { type Result, resultsPerWrite, type Sender, writeResults } from './deliveries-store.ts';

/** Writes results as they come. */
export interface ResultLog {
  /** Ends when the result is stored. */
  add(result: Result): Promise<void>;
}

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
        await writeResults(sender, some);
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

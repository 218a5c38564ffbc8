import { webhookLimits } from '../../contracts/webhooks.ts';
import { keptBack } from '../runtime/kept-back.ts';
import type { LogPage } from './log-store.ts';

/** Entries of one read. An answer holds what four reads gave, each of 1 MB at the most: Lambda takes 6 MB. */
const entriesOfRead = webhookLimits.readBudget / 4;
/** The last read must still be able to end, and the answer to be sent. */
const reserveMs = 3_000;

/** What was found in the log. */
export interface Found<T> {
  readonly items: readonly T[];
  /** Where to go on after. Undefined at the end of the log. */
  readonly last: string | undefined;
}

/**
 * Reads the log until so many deliveries are found, the log ends, or enough was read. There may be fewer, or none, and more to come.
 *
 * @param read reads so many entries after one
 */
export const readOn = async <T extends { readonly sk: string }>(
  read: (limit: number, after: string | undefined) => Promise<LogPage<T>>,
  { wanted, after, remainingMs }: { readonly wanted: number; readonly after: string | undefined; readonly remainingMs: () => number },
): Promise<Found<T>> => {
  const keptMs = keptBack(remainingMs(), reserveMs);
  const items: T[] = [];
  let last = after;
  for (let left: number = webhookLimits.readBudget; left > 0; ) {
    const page = await read(Math.min(entriesOfRead, left), last);
    items.push(...page.items);
    if (items.length > wanted) return { items: items.slice(0, wanted), last: items[wanted - 1]?.sk };
    last = page.last;
    left -= page.read;
    const isCutShort = page.read < entriesOfRead && items.length > 0;
    if (last === undefined || items.length === wanted || isCutShort || remainingMs() < keptMs) break;
  }
  return { items, last };
};

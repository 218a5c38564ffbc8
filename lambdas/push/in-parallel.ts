/** Does something for each, `limit` at a time. The first that fails ends it, when those that are under way have ended. */
export const inParallel = async <T>(items: readonly T[], limit: number, work: (item: T) => Promise<void>): Promise<void> => {
  const left = items.values();
  let isFailed = false;
  const worker = async (): Promise<void> => {
    for (const item of left) {
      if (isFailed) return;
      try {
        await work(item);
      } catch (error) {
        isFailed = true;
        throw error;
      }
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: Math.min(limit, items.length) }, worker));
  for (const end of ended) if (end.status === 'rejected') throw end.reason;
};

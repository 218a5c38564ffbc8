import type { Leftovers } from './plan-sweep.ts';
import { abortParts, deleteObjects, invalidate } from './removed-objects-store.ts';

/**
 * Removes bytes that nothing refers to, wherever copies of them are. It may be done twice.
 *
 * @param reference the same for the same leftovers
 */
export const removeLeftovers = async ({ keys, uploads, paths }: Leftovers, reference: string): Promise<void> => {
  // Parts first: what is joined after that is an object that no file waits for, which arrivals delete.
  for (const { key, uploadId } of uploads) await abortParts(key, uploadId);
  if (keys.length > 0) await deleteObjects(keys);
  if (paths.length > 0) await invalidate(paths, reference);
};

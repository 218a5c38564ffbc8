import type { Leftovers } from './plan-sweep.ts';
import { abortParts, deleteObjects, invalidate, listVariants } from './removed-objects-store.ts';

/**
 * Removes bytes that nothing refers to, wherever copies of them are. It may be done twice.
 *
 * @param reference the same for the same leftovers
 */
export const removeLeftovers = async ({ keys, uploads, paths }: Leftovers, reference: string): Promise<void> => {
  // Parts first: what is joined after that is an object that no file waits for, which arrivals delete.
  for (const { key, uploadId } of uploads) await abortParts(key, uploadId);
  // Those too that were made when the folder declared others.
  const variants = await Promise.all(keys.map(listVariants));
  if (keys.length > 0) await deleteObjects([...keys, ...variants.flat()]);
  if (paths.length > 0) await invalidate(paths, reference);
};

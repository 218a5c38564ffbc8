import { pushLimits } from '../../contracts/push.ts';
import { callerKey } from '../runtime/caller-key.ts';
import { readLimit } from '../runtime/read-parameters.ts';
import type { ApiRequest } from '../runtime/request.ts';
import { createCursorSeal } from '../runtime/sealed-cursor.ts';
import { loadCursorKey, type Page, readPage } from './push-store.ts';

const cursors = createCursorSeal(loadCursorKey);

/** What of a list is wanted. */
export interface PageRequest {
  readonly partition: string;
  readonly descending: boolean;
  readonly limit?: string | undefined;
  readonly cursor?: string | undefined;
}

/**
 * One page of a partition. A cursor is good for this partition and this caller only.
 *
 * @throws ApiError `validation_failed`, `invalid_cursor`
 */
export const readListPage = async <T extends { readonly sk: string }>(
  { caller, routeKey }: ApiRequest,
  { partition, descending, ...request }: PageRequest,
): Promise<{ readonly items: readonly T[]; readonly cursor?: string }> => {
  const limit = readLimit(request.limit, pushLimits.pageSize);
  const binding = JSON.stringify([routeKey, partition, callerKey(caller)]);
  const after = request.cursor === undefined ? undefined : String(await cursors.open(binding, request.cursor));
  const { items, last }: Page<T> = await readPage<T>(partition, { limit, after, descending });
  return { items, ...(last !== undefined && { cursor: await cursors.seal(binding, last) }) };
};

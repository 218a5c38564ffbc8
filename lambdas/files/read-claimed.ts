import type { StoredFile } from '../../contracts/files-table.ts';
import type { KeyClaim } from '../runtime/idempotency-key.ts';
import { claimedFile } from './claims.ts';
import { readFileRow, readTwo } from './files-store.ts';

/** What is known before a change of a file. */
export interface ClaimedRead {
  readonly row: StoredFile | undefined;
  /** The file that the same request has changed before. */
  readonly replayed: string | undefined;
}

/**
 * Reads a file, and with an Idempotency-Key what is known of the key, in one request.
 *
 * @throws ApiError `idempotency_mismatch`
 */
export const readClaimed = async (id: string, claim: KeyClaim | undefined): Promise<ClaimedRead> => {
  if (claim === undefined) return { row: await readFileRow(id, true), replayed: undefined };
  const [row, claimed] = await readTwo([id, claim.id]);
  return { row: row as StoredFile | undefined, replayed: claimedFile(claim, claimed) };
};

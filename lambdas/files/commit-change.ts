import type { StoredFile } from '../../contracts/files-table.ts';
import { inProgress, type KeyClaim } from '../runtime/idempotency-key.ts';
import { claimedFile, claimWrite } from './claims.ts';
import { commit, type Write } from './files-store.ts';
import { quotaExceeded, usageWrites } from './usage.ts';

/** A change of one file, with all that belongs into one transaction with it. */
export interface FileChange {
  /** The write of the row; it fails if the row is not as it was read. */
  readonly row: Write;
  readonly fileId: string;
  readonly owner: string;
  /** By how much the owner's usage grows. */
  readonly bytes: number;
  /** Writes that cannot fail. */
  readonly others?: readonly Write[];
  readonly claim?: KeyClaim | undefined;
}

/**
 * - `done`: all of it has happened, now.
 * - `newer`: nothing has happened, since somebody else has written the row; `file` is what it is now.
 * - `replayed`: it had happened before, by the same request.
 */
export type ChangeOutcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'newer'; readonly file: StoredFile | undefined }
  | { readonly kind: 'replayed'; readonly fileId: string };

/**
 * Does a change, or nothing of it.
 *
 * @throws ApiError `quota_exceeded`, `idempotency_mismatch`, `in_progress`, `write_conflict`, `unavailable`, `timeout`
 */
export const commitChange = async (change: FileChange): Promise<ChangeOutcome> => {
  const { row, fileId, owner, bytes, others = [], claim } = change;
  const usage = usageWrites(owner, bytes);
  const claims = claim === undefined ? [] : [claimWrite(claim, fileId)];
  const writes = [row, ...usage, ...claims, ...others];
  const outcome = await commit(writes).catch((error: unknown) => {
    throw inProgress(claim, error);
  });
  if (outcome.ok) return { kind: 'done' };
  const failedAt = (index: number) => outcome.failed.find((failed) => failed.index === index);
  const claimed = claim && claimedFile(claim, failedAt(1 + usage.length)?.item);
  if (claimed !== undefined) return { kind: 'replayed', fileId: claimed };
  const failedRow = failedAt(0);
  if (failedRow !== undefined) return { kind: 'newer', file: failedRow.item as StoredFile | undefined };
  throw quotaExceeded(failedAt(1)?.item, bytes);
};

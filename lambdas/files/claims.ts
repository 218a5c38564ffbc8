import { filesTable } from '../../contracts/files-table.ts';
import { assertSameRequest, type KeyClaim, keptSeconds } from '../runtime/idempotency-key.ts';
import { type Item, table, type Write } from './files-store.ts';

/** The write that remembers which file a request made or changed. What it was answered is made anew: it held signatures. */
export const claimWrite = ({ id, requestHash, nowSeconds }: KeyClaim, fileId: string): Write => ({
  Put: {
    TableName: table,
    Item: { id, requestHash, fileId, [filesTable.timeToLive]: nowSeconds + keptSeconds },
    ConditionExpression: 'attribute_not_exists(#id) OR #expires < :now',
    ExpressionAttributeNames: { '#id': filesTable.partitionKey, '#expires': filesTable.timeToLive },
    ExpressionAttributeValues: { ':now': nowSeconds },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  },
});

/**
 * The file of the same request that came before; undefined if there was none.
 *
 * @param stored what the table holds under the claim's id
 * @throws ApiError `idempotency_mismatch`
 */
export const claimedFile = (claim: KeyClaim, stored: Item | undefined): string | undefined => {
  // DynamoDB deletes expired claims late.
  if (stored === undefined || Number(stored[filesTable.timeToLive]) < claim.nowSeconds) return undefined;
  assertSameRequest(claim, stored['requestHash']);
  return String(stored['fileId']);
};

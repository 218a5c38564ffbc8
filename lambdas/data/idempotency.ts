import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { constraintsTable } from '../../contracts/key-encoding.ts';
import { assertSameRequest, type KeyClaim, keptSeconds, keyClaimOf } from '../runtime/idempotency-key.ts';
import type { ApiReply, ApiRequest } from '../runtime/request.ts';
import { type Item, readItem, type Write } from './data-store.ts';

/** A record of the table holds 400 KB; a larger reply goes on in further ones. */
const maxPartBytes = 380_000;

/** The claim of one request on its `Idempotency-Key`, and where it is remembered. */
export interface Claim extends KeyClaim {
  readonly table: string;
}

/**
 * Reads `Idempotency-Key`.
 *
 * @throws ApiError `invalid_idempotency_key`
 */
export const claimOf = (request: ApiRequest, table: string, nowMs: number): Claim | undefined => {
  const claim = keyClaimOf(request, nowMs);
  return claim && { table, ...claim };
};

/** A space is in no key of a request, so that a part never lies where another claim does. */
const partKey = (claim: Claim, part: number): string => (part === 0 ? claim.id : `${claim.id} ${part}`);

const partsOf = (reply: ApiReply): readonly Uint8Array[] => {
  const packed = deflateRawSync(JSON.stringify(reply));
  const parts: Uint8Array[] = [];
  for (let start = 0; start < packed.length; start += maxPartBytes) parts.push(packed.subarray(start, start + maxPartBytes));
  return parts;
};

/** Holds where nobody has claimed a key, or the claim has expired. */
const unclaimed = (nowSeconds: number): Pick<Write, 'condition' | 'parameters'> => ({
  condition: 'attribute_not_exists(#k) OR #e < :n',
  parameters: {
    ExpressionAttributeNames: { '#k': constraintsTable.partitionKey, '#e': constraintsTable.timeToLive },
    ExpressionAttributeValues: { ':n': nowSeconds },
  },
});

/** The writes that remember a reply. They belong into the transaction that has the effect; only the first can fail. */
export const claimWrites = (claim: Claim, reply: ApiReply): readonly Write[] => {
  const parts = partsOf(reply);
  return parts.map((part, index): Write => {
    const item = {
      [constraintsTable.partitionKey]: partKey(claim, index),
      [constraintsTable.timeToLive]: claim.nowSeconds + keptSeconds,
      reply: part,
      ...(index === 0 && { requestHash: claim.requestHash, parts: parts.length }),
    };
    if (index > 0) return { kind: 'put', table: claim.table, item };
    return { kind: 'put', table: claim.table, item, ...unclaimed(claim.nowSeconds) };
  });
};

/**
 * The write that binds a key to one request, whose parts have claims of their own. It fails where the key is bound already: compare the hash
 * of what is there by `assertSameRequest`. A key of a single write has the same place, and its own hash.
 */
export const batchClaimWrite = ({ table, id, requestHash, nowSeconds }: Claim): Write => ({
  kind: 'put',
  table,
  item: {
    [constraintsTable.partitionKey]: id,
    [constraintsTable.timeToLive]: nowSeconds + keptSeconds,
    requestHash,
    parts: 0,
  },
  ...unclaimed(nowSeconds),
});

/** Whether a stored claim still counts: DynamoDB deletes expired ones late. */
const isCurrent = (claim: Claim, stored: Item): boolean => Number(stored[constraintsTable.timeToLive]) >= claim.nowSeconds;

const readParts = async (claim: Claim, first: Item): Promise<Uint8Array> => {
  const parts = [first['reply'] as Uint8Array];
  for (let part = 1; part < Number(first['parts']); part += 1) {
    const item = await readItem(claim.table, { [constraintsTable.partitionKey]: partKey(claim, part) }, true);
    parts.push(item?.['reply'] as Uint8Array);
  }
  return Buffer.concat(parts);
};

/**
 * The reply that was given to the same request before; undefined if there was none.
 *
 * @param stored what the table holds under the claim's key
 * @throws ApiError `idempotency_mismatch`
 */
export const replayOf = async (claim: Claim, stored: Item | undefined): Promise<ApiReply | undefined> => {
  if (stored === undefined || !isCurrent(claim, stored)) return undefined;
  assertSameRequest(claim, stored['requestHash']);
  const reply = JSON.parse(inflateRawSync(await readParts(claim, stored)).toString()) as ApiReply;
  return { ...reply, headers: { ...reply.headers, 'idempotency-replayed': 'true' } };
};

/**
 * The reply that was given to the same request before, for writes that are not to be prepared twice. It costs a read.
 *
 * @throws ApiError `idempotency_mismatch`
 */
export const earlierReply = async (claim: Claim): Promise<ApiReply | undefined> =>
  replayOf(claim, await readItem(claim.table, { [constraintsTable.partitionKey]: claim.id }, true));

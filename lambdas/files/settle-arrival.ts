import type { RefusalReason } from '../../contracts/files.ts';
import { type Awaited, isExpected, makeReady, readFile, refuse } from './arrivals-store.ts';
import { type ArrivedObject, readBeginning, readChecksum } from './arrived-bytes-store.ts';
import { locateObject } from './locate-object.ts';
import { orphanOf } from './plan-sweep.ts';
import { removeLeftovers } from './remove-leftovers.ts';
import { isOfType, sniffedBytes } from './sniff-type.ts';

/** Why the bytes are not those that were announced; undefined if they are. */
const faultOf = async ({ upload }: Awaited, { bytes, sizeBytes }: ArrivedObject): Promise<RefusalReason | undefined> => {
  // The reservation is for exactly so many bytes, so nobody gets more than the quota by sending more.
  if (sizeBytes !== upload.sizeBytes) return 'size_mismatch';
  if (!(await isOfType(upload.type, { bytes, isWhole: sizeBytes <= bytes.length }))) return 'type_mismatch';
  if (upload.checksumSha256 === undefined) return undefined;
  const checksum = await readChecksum(upload.key);
  return checksum === undefined || checksum === upload.checksumSha256 ? undefined : 'checksum_mismatch';
};

/**
 * Settles what has arrived at a key: the file becomes ready, or its bytes are refused. What no file waits for is deleted. It may be
 * told of the same object more than once, late and in any order.
 *
 * @param verdict of a scan that has been made
 */
export const settleArrival = async (key: string, verdict?: RefusalReason): Promise<void> => {
  const place = locateObject(key);
  // Not of a folder of today: whoever knows what it is may keep it.
  if (place === undefined) return;
  const file = await readFile(place.fileId);
  if (file?.key === key) return;
  if (file?.upload?.key !== key) {
    // A move puts bytes in place before it changes the file.
    if (!(await isExpected(key))) await removeLeftovers(orphanOf(key), key);
    return;
  }
  const awaited = file as Awaited;
  const arrived = await readBeginning(key, sniffedBytes);
  if (arrived === undefined) return;
  const fault = verdict ?? (await faultOf(awaited, arrived));
  await (fault === undefined ? makeReady(awaited) : refuse(awaited, fault));
};

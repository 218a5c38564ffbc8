import type { RefusalReason } from '../../contracts/files.ts';
import type { StoredFile } from '../../contracts/files-table.ts';
import { isExpected, makeReady, readFile, refuse, takeDown } from './arrivals-store.ts';
import { type ArrivedObject, readBeginning, readChecksum } from './arrived-bytes-store.ts';
import { locateObject } from './locate-object.ts';
import { orphanOf } from './plan-sweep.ts';
import { removeLeftovers } from './remove-leftovers.ts';
import { isOfType, sniffedBytes } from './sniff-type.ts';

/** What was said of the bytes at a key. */
type Announced = Pick<StoredFile, 'type' | 'sizeBytes' | 'checksumSha256'> & { readonly key: string };

/** Why the bytes are not those that were announced; undefined if they are. */
const faultOf = async (announced: Announced, { bytes, sizeBytes }: ArrivedObject): Promise<RefusalReason | undefined> => {
  // The reservation is for exactly so many bytes, so nobody gets more than the quota by sending more.
  if (sizeBytes !== announced.sizeBytes) return 'size_mismatch';
  if (!(await isOfType(announced.type, { bytes, isWhole: sizeBytes <= bytes.length }))) return 'type_mismatch';
  if (announced.checksumSha256 === undefined) return undefined;
  const checksum = await readChecksum(announced.key);
  return checksum === undefined || checksum === announced.checksumSha256 ? undefined : 'checksum_mismatch';
};

/** What a file says of the bytes at a key that it serves or waits for; undefined if it does neither. */
const announcedAt = (file: StoredFile | undefined, key: string): Announced | undefined => {
  const said = file?.key === key ? file : file?.upload;
  return said?.key === key ? { ...said, key } : undefined;
};

/**
 * Settles what has arrived at a key: the file becomes ready, or its bytes are refused. What no file waits for is deleted. It may be
 * told of the same object more than once, late and in any order. A form is good for an hour, and could be sent again when its bytes
 * have been looked at; so what is served already is looked at again, too.
 *
 * @param verdict of a scan that has been made
 */
export const settleArrival = async (key: string, verdict?: RefusalReason): Promise<void> => {
  const place = locateObject(key);
  // Not of a folder of today: whoever knows what it is may keep it.
  if (place === undefined) return;
  const file = await readFile(place.fileId);
  const announced = announcedAt(file, key);
  if (file === undefined || announced === undefined) {
    // A move puts bytes in place before it changes the file.
    if (!(await isExpected(key))) await removeLeftovers(orphanOf(key), key);
    return;
  }
  const arrived = await readBeginning(key, sniffedBytes);
  if (arrived === undefined) return;
  const fault = verdict ?? (await faultOf(announced, arrived));
  const { upload } = file;
  if (file.key === key) {
    // It is told of the object once more, and looks at the file as it is then.
    if (fault !== undefined && !(await takeDown({ ...file, key }, fault))) throw new Error('the file has changed meanwhile');
  } else if (upload !== undefined) await (fault === undefined ? makeReady({ ...file, upload }) : refuse({ ...file, upload }, fault));
};

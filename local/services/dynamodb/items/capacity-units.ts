const WRITE_UNIT_BYTES = 1_024;
const READ_UNIT_BYTES = 4_096;

/** Units of a write: one for each KB, at least one. */
export function writeUnits(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / WRITE_UNIT_BYTES));
}

/** Units of a read: one for each 4 KB, half of it when eventually consistent. Zero bytes cost nothing here: see the caller. */
export function readUnits(bytes: number, consistent: boolean): number {
  return Math.ceil(bytes / READ_UNIT_BYTES) * (consistent ? 1 : 0.5);
}

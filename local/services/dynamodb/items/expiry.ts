import type { Table } from '../tables/table.ts';
import { type AttributeValue, asType } from '../values/attribute-value.ts';

/** Items whose time is further back than this do not expire, so that a wrong clock deletes nothing. Source: "Using time to live" in the developer guide. */
const OLDEST_EXPIRY_SECONDS = 5 * 365 * 24 * 3600;
const DIGITS = 12;

/** The store's key of the entry by expiry time: the time in seconds, then the item's key. Undefined when the attribute is no time. */
export function expiryEntryKey(table: Table, itemKey: string, value: AttributeValue | undefined): string | undefined {
  const text = asType(value, 'N');
  if (text === undefined) return undefined;
  const seconds = Math.floor(Number(text));
  if (!(seconds > 0 && seconds < 10 ** DIGITS)) return undefined;
  return table.expiryPrefix + String(seconds).padStart(DIGITS, '0') + itemKey.slice(table.itemPrefix.length);
}

/** The entries that are due at this time. */
export function dueRange(table: Table, nowMs: number): { gte: string; lt: string } {
  const now = Math.floor(nowMs / 1_000);
  const from = Math.max(0, now - OLDEST_EXPIRY_SECONDS);
  const bound = (seconds: number) => table.expiryPrefix + String(seconds).padStart(DIGITS, '0');
  return { gte: bound(from), lt: bound(now) };
}

/** Whether the item is due: its time lies in the past, and not in the far past. */
export function isDue(value: AttributeValue | undefined, nowMs: number): boolean {
  const seconds = Math.floor(Number(asType(value, 'N')));
  const now = Math.floor(nowMs / 1_000);
  return seconds < now && seconds >= now - OLDEST_EXPIRY_SECONDS;
}

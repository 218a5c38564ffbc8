import type { PushPreferences } from '../../contracts/push.ts';

type QuietHours = NonNullable<PushPreferences['quietHours']>;

const minuteMs = 60_000;
const minutesPerDay = 1_440;
/** Shorter than any change of a clock, so that a step meets each. */
const stepMinutes = 15;

const minuteOfDay = (text: string): number => {
  const [hours = '0', minutes = '0'] = text.split(':');
  return Number(hours) * 60 + Number(minutes);
};

const formats = new Map<string, Intl.DateTimeFormat>();
const formatOf = (timeZone: string): Intl.DateTimeFormat => {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  formats.set(timeZone, format);
  return format;
};

/** The minute of the day that a clock on the wall of that zone shows. */
const minuteAt = (ms: number, timeZone: string): number => minuteOfDay(formatOf(timeZone).format(ms));

const isWithin = (minute: number, from: number, to: number): boolean =>
  from < to ? minute >= from && minute < to : minute >= from || minute < to;

/**
 * When the quiet hours of a moment end, in milliseconds since the epoch; undefined outside them. Times are those of the clock on the
 * wall, so that a night in which the clock is put forward or back is shorter or longer. `from` equal to `to` is never quiet.
 */
export const quietUntil = ({ from, to, timeZone }: QuietHours, nowMs: number): number | undefined => {
  const start = minuteOfDay(from);
  const end = minuteOfDay(to);
  if (start === end || !isWithin(minuteAt(nowMs, timeZone), start, end)) return undefined;
  const isQuiet = (at: number): boolean => isWithin(minuteAt(at, timeZone), start, end);
  let at = Math.floor(nowMs / minuteMs) * minuteMs;
  while (isQuiet(at)) at += Math.min((end - minuteAt(at, timeZone) + minutesPerDay) % minutesPerDay, stepMinutes) * minuteMs;
  // A step may have gone over a clock that is put forward past the end.
  while (!isQuiet(at - minuteMs)) at -= minuteMs;
  return at;
};

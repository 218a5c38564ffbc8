const pattern = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2})(\.\d+)?)?(?:Z|([+-])(\d{2}):(\d{2}))$/i;

const daysInMonth = (year: number, month: number): number => new Date(Date.UTC(year, month, 0)).getUTCDate();

/** `Date.parse` takes 30 February for 2 March; this doesn't. Leap seconds are refused, since no `Date` can hold them. */
const isRealTime = (parts: readonly number[]): boolean => {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, offsetHour = 0, offsetMinute = 0] = parts;
  const isRealDay = month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month);
  return isRealDay && hour <= 23 && minute <= 59 && second <= 59 && offsetHour <= 23 && offsetMinute <= 59;
};

/**
 * An ISO 8601 time with its zone, brought to UTC with milliseconds (finer digits are cut off), so that times sort as text.
 * Undefined for anything else.
 */
export const normalizeDateTime = (text: string): string | undefined => {
  const found = pattern.exec(text);
  if (found === null) return undefined;
  const [, year, month, day, hour, minute, second, , , offsetHour, offsetMinute] = found;
  if (!isRealTime([year, month, day, hour, minute, second ?? 0, offsetHour ?? 0, offsetMinute ?? 0].map(Number))) return undefined;
  const time = new Date(text.toUpperCase());
  if (Number.isNaN(time.getTime())) return undefined;
  const normal = time.toISOString();
  // A year before 0 or after 9999 is written with a sign, which would not sort.
  return normal.length === 24 ? normal : undefined;
};

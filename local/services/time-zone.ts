/** A time on the clocks of a place, without its zone. */
export interface WallTime {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();
const DAY_MS = 86_400_000;

/** Whether this is a name of the IANA time zone database. */
export function isTimeZone(name: string): boolean {
  try {
    formatOf(name);
    return true;
  } catch {
    return false;
  }
}

/** What the clocks of a zone show at an instant. */
export function wallTimeAt(instant: number, zone: string): WallTime {
  const parts = Object.fromEntries(
    formatOf(zone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts as Record<string, number>;
  return { year, month, day, hour, minute, second };
}

/**
 * The instant at which the clocks of a zone show a time: the first one where they show it twice; undefined where they skip it.
 */
export function instantOf(time: WallTime, zone: string): number | undefined {
  const asUtc = utcOf(time);
  // The offsets of the days before and after are the only two that the zone can have at this time.
  const offsets = [asUtc - DAY_MS, asUtc + DAY_MS].map((instant) => utcOf(wallTimeAt(instant, zone)) - instant);
  const candidates = offsets.map((offset) => asUtc - offset).filter((instant) => utcOf(wallTimeAt(instant, zone)) === asUtc);
  return candidates.length === 0 ? undefined : Math.min(...candidates);
}

const utcOf = ({ year, month, day, hour, minute, second }: WallTime): number => Date.UTC(year, month - 1, day, hour, minute, second);

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (format === undefined) {
    const numeric = 'numeric' as const;
    const fields = { year: numeric, month: numeric, day: numeric, hour: numeric, minute: numeric, second: numeric };
    format = new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', calendar: 'gregory', ...fields });
    formats.set(zone, format);
  }
  return format;
}

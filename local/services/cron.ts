import { instantOf, type WallTime, wallTimeAt } from './time-zone.ts';

/** A day on the calendar. */
interface Day {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

type DayTest = (day: Day) => boolean;

/** The fields of a `cron(…)` expression, as rules of EventBridge and schedules of its Scheduler have them. */
export interface Cron {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly months: ReadonlySet<number>;
  readonly years: ReadonlySet<number>;
  readonly isDay: DayTest;
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
const FIRST_YEAR = 1970;
const LAST_YEAR = 2199;
const DAY_MS = 86_400_000;

/**
 * Reads six fields: minutes, hours, day of month, month, day of week, year.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 *
 * @returns undefined for what is no expression
 */
export function parseCron(text: string): Cron | undefined {
  const [minutes = '', hours = '', days = '', months = '', weekdays = '', years = '', ...more] = text.trim().split(/\s+/);
  // One of the two day fields must be `?`: two answers to one question would be ambiguous.
  if (more.length > 0 || (days === '?') === (weekdays === '?')) return undefined;
  const parsed = {
    minutes: numbers(minutes, 0, 59),
    hours: numbers(hours, 0, 23),
    months: numbers(months, 1, 12, MONTHS, 1),
    years: numbers(years, FIRST_YEAR, LAST_YEAR),
    isDay: weekdays === '?' ? dayOfMonth(days) : dayOfWeek(weekdays),
  };
  if (parsed.minutes === undefined || parsed.hours === undefined || parsed.isDay === undefined) return undefined;
  if (parsed.months === undefined || parsed.years === undefined) return undefined;
  return {
    minutes: parsed.minutes,
    hours: parsed.hours,
    months: new Set(parsed.months),
    years: new Set(parsed.years),
    isDay: parsed.isDay,
  };
}

/**
 * The first time at or after an instant. A time that the clocks skip is left out, and one that they show twice counts once
 * ("Daylight savings time on EventBridge Scheduler").
 */
export function nextCronTime(cron: Cron, from: number, zone: string): number | undefined {
  const start = wallTimeAt(from, zone);
  for (let midnight = Date.UTC(start.year, start.month - 1, start.day); ; midnight += DAY_MS) {
    const date = new Date(midnight);
    const day: Day = { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
    if (day.year > LAST_YEAR || day.year > Math.max(...cron.years)) return undefined;
    if (!cron.years.has(day.year) || !cron.months.has(day.month) || !cron.isDay(day)) continue;
    const found = firstOfDay(cron, day, from, zone);
    if (found !== undefined) return found;
  }
}

function firstOfDay({ hours, minutes }: Cron, day: Day, from: number, zone: string): number | undefined {
  for (const hour of hours) {
    for (const minute of minutes) {
      const time: WallTime = { ...day, hour, minute, second: 0 };
      const instant = instantOf(time, zone);
      if (instant !== undefined && instant >= from) return instant;
    }
  }
  return undefined;
}

/** Reads `*`, lists, ranges and steps, with numbers or names. */
function numbers(field: string, min: number, max: number, names: readonly string[] = [], firstName = 0): number[] | undefined {
  const found = new Set<number>();
  for (const part of field.split(',')) {
    const [, range = '', step = '1'] = /^([^/]+)(?:\/(\d+))?$/.exec(part) ?? [];
    const bounds = readRange(range, min, max, { names, firstName, isStepped: part.includes('/') });
    if (bounds === undefined || Number(step) < 1) return undefined;
    const [from, to] = bounds;
    for (let value = from; value <= to; value += Number(step)) found.add(value);
  }
  return [...found].sort((left, right) => left - right);
}

interface RangeForm {
  readonly names: readonly string[];
  readonly firstName: number;
  readonly isStepped: boolean;
}

function readRange(text: string, min: number, max: number, { names, firstName, isStepped }: RangeForm): [number, number] | undefined {
  if (text === '*') return [min, max];
  const [first = '', last, ...more] = text.split('-');
  const read = (value: string): number => {
    const name = names.indexOf(value.toUpperCase());
    return name >= 0 ? name + firstName : /^\d+$/.test(value) ? Number(value) : Number.NaN;
  };
  const from = read(first);
  // `5/10` begins at 5 and goes on to the end.
  const to = last === undefined ? (isStepped ? max : from) : read(last);
  return more.length === 0 && from >= min && to <= max && from <= to ? [from, to] : undefined;
}

/** `L` is the last day of a month, `3W` the working day nearest to the third, `LW` the last working day. */
function dayOfMonth(field: string): DayTest | undefined {
  if (field === 'L') return ({ year, month, day }) => day === lengthOf(year, month);
  if (field === 'LW') return ({ year, month, day }) => day === nearestWorkday(year, month, lengthOf(year, month));
  const [, nearest] = /^(\d{1,2})W$/.exec(field) ?? [];
  if (nearest !== undefined)
    return ({ year, month, day }) => day === nearestWorkday(year, month, Math.min(Number(nearest), lengthOf(year, month)));
  const days = numbers(field, 1, 31);
  return days && (({ day }) => days.includes(day));
}

/** `6L` is the last Friday of a month, `3#2` the second Tuesday; a lone `L` is Saturday. */
function dayOfWeek(field: string): DayTest | undefined {
  const weekday = (text: string): number | undefined => {
    const [found, ...more] = numbers(text, 1, 7, WEEKDAYS, 1) ?? [];
    return more.length === 0 ? found : undefined;
  };
  const [, last] = /^(\w+)L$/.exec(field) ?? [];
  if (last !== undefined) {
    const wanted = weekday(last);
    return wanted === undefined ? undefined : (day) => weekdayOf(day) === wanted && day.day + 7 > lengthOf(day.year, day.month);
  }
  const [, name = '', nth] = /^(\w+)#([1-5])$/.exec(field) ?? [];
  if (nth !== undefined) {
    const wanted = weekday(name);
    return wanted === undefined ? undefined : (day) => weekdayOf(day) === wanted && Math.ceil(day.day / 7) === Number(nth);
  }
  const days = numbers(field === 'L' ? '7' : field, 1, 7, WEEKDAYS, 1);
  return days && ((day) => days.includes(weekdayOf(day)));
}

/** 1 is Sunday. */
const weekdayOf = ({ year, month, day }: Day): number => new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 1;
const lengthOf = (year: number, month: number): number => new Date(Date.UTC(year, month, 0)).getUTCDate();

function nearestWorkday(year: number, month: number, day: number): number {
  const weekday = weekdayOf({ year, month, day });
  if (weekday === 7) return day > 1 ? day - 1 : day + 2;
  if (weekday === 1) return day < lengthOf(year, month) ? day + 1 : day - 2;
  return day;
}
